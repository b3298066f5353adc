import { LATENCY_STAGES, type LatencyRecord } from '../core/latency-record.ts';
import type { MeasuredEntry } from '../core/record.ts';
import { againPhrase } from './latency-columns.ts';

interface LatencyLine {
  readonly key: string;
  readonly value?: number;
  readonly unit?: string;
  readonly better?: string;
  readonly count?: number;
  readonly reason?: string;
  readonly note?: string;
}

/**
 * Times, the ratio to the reference and the open loop; what was asked for and is not there keeps its reason.
 * @param overrides flags that changed how they were measured
 */
export function latencyLines(entry: MeasuredEntry, overrides: readonly string[] = []): LatencyLine[] {
  const { latency, latencyUndefined, latencyRatioUndefined, openLoopUndefined } = entry;
  const lacking = { latency: latencyUndefined, 'latency/ratio': latencyRatioUndefined, openLoop: openLoopUndefined };
  const lines: LatencyLine[] = [
    ...(latency ? absoluteLines(latency) : []),
    ...ratioLines(entry),
    ...openLoopLines(entry),
    ...Object.entries(lacking).flatMap(([key, reason]) => (reason === undefined ? [] : [{ key, reason }])),
  ];
  if (overrides.length === 0) return lines;
  const flags = `with ${overrides.join(' ')}`;
  return lines.map((line) => ({ ...line, note: line.note === undefined ? flags : `${line.note}; ${flags}` }));
}

function absoluteLines(latency: LatencyRecord): LatencyLine[] {
  const { device, threads, inputSize, warmupCalls, peakMemoryBytes, stability, rejectedAttempts = [] } = latency;
  const judged = stability === undefined ? '' : `, ${stability.verdict}`;
  const note = `${device}${threads === undefined ? '' : `, threads ${threads}`}, batch 1, ${inputSize}, after ${warmupCalls} warm-up calls${judged}`;
  const again = rejectedAttempts.length > 0 ? ` (${againPhrase(rejectedAttempts.length)})` : '';
  const time = { unit: 'ms', better: 'lower', note };
  return [
    ...LATENCY_STAGES.flatMap((stage) => {
      const { count, ...figures } = latency.stages[stage];
      return Object.entries(figures).map(([name, value]) => ({
        ...time,
        note: `${note}${again}`,
        key: `latency/${stage}/${name}`,
        value,
        count,
      }));
    }),
    { ...time, key: 'latency/loadMs', value: latency.loadMs },
    { ...time, key: 'latency/firstCallMs', value: latency.firstCallMs },
    ...(peakMemoryBytes === undefined
      ? []
      : [{ ...time, key: 'latency/peakMemoryBytes', value: peakMemoryBytes, unit: 'B' }]),
  ];
}

function ratioLines({ latencyRatio }: MeasuredEntry): LatencyLine[] {
  if (!latencyRatio) return [];
  const { to, pairs, ratio, low, high, verdict, reason } = latencyRatio;
  const common = {
    unit: '1',
    better: 'lower',
    count: pairs,
    note: `time / time of ${to}, count = pairs; ${verdict}`,
    reason,
  };
  return [
    { ...common, key: 'latency/ratio', value: ratio },
    { ...common, key: 'latency/ratio/low95', value: low },
    { ...common, key: 'latency/ratio/high95', value: high },
  ];
}

function openLoopLines({ openLoop }: MeasuredEntry): LatencyLine[] {
  if (!openLoop) return [];
  const { rateHz, frames, missed, p50Ms, p95Ms, p99Ms } = openLoop;
  const note = `frames at ${rateHz} Hz, from the scheduled time`;
  const times = { p50Ms, p95Ms, p99Ms };
  return [
    { key: 'openLoop/missedShare', value: missed / frames, unit: '1', better: 'lower', count: frames, note },
    ...Object.entries(times).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [{ key: `openLoop/${name}`, value, unit: 'ms', better: 'lower', count: frames - missed, note }],
    ),
  ];
}
