import type { LatencyProof, LatencyRecord, StageSummary } from '../core/latency-record.ts';
import type { Predictor } from '../core/predictor.ts';
import type { RgbRaster } from '../core/raster.ts';
import type { Maps } from '../core/tasks.ts';
import { quantile } from '../stats/quantile.ts';
import { type AttemptRules, type AttemptSurroundings, untilStable } from './latency-attempts.ts';
import { callsOf, perStage } from './latency-calls.ts';
import { sleep } from './latency-sleep.ts';
import { peakMemoryBytes, type Usage, type Watch, watchUsage } from './latency-usage.ts';

export interface LatencySurroundings extends Partial<AttemptSurroundings> {
  /** What the last timed call gave. */
  readonly onLast?: (maps: Maps) => Promise<void>;
}

/**
 * Times one predictor on one image of fixed shape: the first call apart, then a warm-up until the times have settled,
 * then calls until both the minimum duration and the minimum count are reached; a disturbed series is measured again. Every
 * raw sample is kept, in order of time (which is why the loop is our own: tinybench sorts its samples).
 * @throws MeasurementError when a call fails.
 */
export async function measureLatency(
  predictor: Predictor,
  image: RgbRaster,
  rules: AttemptRules,
  loadMs: number,
  {
    now = () => performance.now(),
    sleepUntil = sleep,
    watch = watchUsage,
    onCall,
    onRejected,
    onLast,
  }: LatencySurroundings = {},
): Promise<LatencyRecord> {
  let maps: Maps = {};
  const call = callsOf(predictor, image, now, (given) => {
    maps = given;
  });
  const first = await call();
  const seen = seenFromHere(predictor, watch);
  const { last, rejected } = await untilStable(call, rules, { now, sleepUntil, watch: seen, onCall, onRejected });
  const peakBytes = peakMemoryBytes();
  await onLast?.(maps);
  return {
    inputSize: `${image.width}x${image.height}`,
    device: predictor.card.device,
    threads: predictor.card.threads,
    loadMs,
    firstCallMs: first.total,
    warmupCalls: last.warmup.calls,
    warmupSettled: last.warmup.settled,
    stages: perStage((stage) => summarise(last.samplesMs[stage])),
    samplesMs: last.samplesMs,
    peakMemoryBytes: peakBytes,
    conditions: last.used.conditions,
    stability: last.stability,
    ...(rejected.length > 0 && { rejectedAttempts: rejected }),
    proof: proofOf(predictor, last.used),
  };
}

/** An external program does the work: its time would count as that of others, and this process waits for nothing. */
function seenFromHere({ card }: Predictor, watch: Watch): Watch {
  if (card.id !== 'process') return watch;
  return () => {
    const usage = watch();
    return () => {
      const { otherCores: _, waitingMs: __, ...conditions } = usage().conditions;
      return { conditions };
    };
  };
}

/** On the CPU, the process itself is busy for nearly all of the time that is measured. */
const BUSY = 0.9;

/**
 * Threads are proven when as many worked as the card says; the device "cpu" when the process used CPU time for as long
 * as it was measured. What another process or a graphics card does cannot be seen from here.
 */
function proofOf({ card }: Predictor, { threadsAtWork, conditions }: Usage): LatencyProof {
  // Time in which a thread wanted a core but had none is no sign of another device.
  const busyMs = conditions.cpuMs + (conditions.waitingMs ?? 0);
  const onCpu = card.device === 'cpu' && busyMs >= BUSY * conditions.wallMs;
  return {
    device: onCpu ? 'proven' : 'stated',
    threads: onCpu && card.threads !== undefined && threadsAtWork === card.threads ? 'proven' : 'stated',
    ...(threadsAtWork !== undefined && { threadsAtWork }),
  };
}

/** A percentile needs this many calls beyond it, or it describes single outliers. */
const CALLS_BEYOND = 10;

/** The p-quantile, where there are enough samples for it. */
export const percentile = (samplesMs: readonly number[], p: number): number | undefined =>
  // The sum of a binary fraction such as 1 - 0.9 is a little off; a call more or less must not decide.
  Math.round(samplesMs.length * (1 - p) * 1e6) / 1e6 >= CALLS_BEYOND ? quantile(samplesMs, p) : undefined;

export function summarise(samplesMs: readonly number[]): StageSummary {
  const percentiles = {
    p90Ms: percentile(samplesMs, 0.9),
    p95Ms: percentile(samplesMs, 0.95),
    p99Ms: percentile(samplesMs, 0.99),
  };
  return {
    count: samplesMs.length,
    medianMs: quantile(samplesMs, 0.5),
    meanMs: samplesMs.reduce((sum, value) => sum + value, 0) / samplesMs.length,
    minimumMs: Math.min(...samplesMs),
    ...Object.fromEntries(Object.entries(percentiles).filter(([, value]) => value !== undefined)),
  };
}
