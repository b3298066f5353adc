import { MeasurementError, messageOf } from '../core/errors.ts';
import {
  LATENCY_STAGES,
  type LatencyProof,
  type LatencyRecord,
  type LatencyStage,
  type RejectedWindow,
  type StageSummary,
} from '../core/latency-record.ts';
import type { Predictor } from '../core/predictor.ts';
import type { RgbRaster } from '../core/raster.ts';
import type { Maps } from '../core/tasks.ts';
import { quantile } from '../stats/quantile.ts';
import { judgeStability } from './latency-stability.ts';
import { peakMemoryBytes, type Usage, type Watch, watchUsage } from './latency-usage.ts';
import { warmUp } from './latency-warmup.ts';

export interface LatencyRules {
  readonly minimumSeconds: number;
  readonly minimumCount: number;
  readonly warmupSeconds: number;
}

export interface LatencySurroundings {
  /** Milliseconds. */
  readonly now?: () => number;
  readonly watch?: Watch;
  readonly onCall?: (call: number) => void;
  /** A window was found invalid; another begins. */
  readonly onAgain?: (reason: string) => void;
  /** What the last timed call gave. */
  readonly onLast?: (maps: Maps) => Promise<void>;
}

/** Milliseconds of one call; `total` is taken from outside the predictor. */
export type StageTimes = Record<LatencyStage, number>;

/**
 * One call after another of a predictor on one image.
 * @throws MeasurementError when a call fails: a measurement that left out failing calls would look fast.
 */
export function callsOf(
  predictor: Predictor,
  image: RgbRaster,
  now: () => number,
  onMaps?: (maps: Maps) => void,
): () => Promise<StageTimes> {
  const input = { id: 'latency', image: async () => image };
  return async () => {
    const startedMs = now();
    try {
      const { timesMs, maps } = await predictor.predict(input);
      const total = now() - startedMs;
      onMaps?.(maps);
      return { ...timesMs, total };
    } catch (error) {
      throw new MeasurementError(`latency of ${predictor.card.id}: a call failed: ${messageOf(error)}`);
    }
  };
}

/** A disturbance of seconds should not cost the whole run; one that stays is found in every window. */
export const WINDOWS = 3;

/**
 * Times one predictor on one image of fixed shape: the first call apart, then a warm-up until the times have settled,
 * then a window: calls until both the minimum duration and the minimum count are reached. A window that is found invalid
 * is measured again, {@link WINDOWS} in all; none is chosen by its times. Every raw sample is kept, in order of time (which
 * is why the loop is our own: tinybench sorts its samples).
 * @throws MeasurementError when a call fails.
 */
export async function measureLatency(
  predictor: Predictor,
  image: RgbRaster,
  rules: LatencyRules,
  loadMs: number,
  { now = () => performance.now(), watch = watchUsage, onCall, onAgain, onLast }: LatencySurroundings = {},
): Promise<LatencyRecord> {
  let last: Maps = {};
  const call = callsOf(predictor, image, now, (maps) => {
    last = maps;
  });
  const first = await call();
  const warmup = await warmUp(async () => (await call()).total, rules.warmupSeconds * 1000, now);
  const measureWindow = async () => {
    const calls: StageTimes[] = [];
    const usage = watch();
    const startedMs = now();
    while (calls.length < rules.minimumCount || now() - startedMs < rules.minimumSeconds * 1000) {
      calls.push(await call());
      onCall?.(calls.length);
    }
    const used = seenFromHere(predictor, usage());
    const totalsMs = calls.map(({ total }) => total);
    return { calls, used, totalsMs, stability: judgeStability(totalsMs, used.conditions) };
  };
  const rejectedWindows: RejectedWindow[] = [];
  let window = await measureWindow();
  while (window.stability.verdict === 'invalid' && rejectedWindows.length < WINDOWS - 1) {
    const { stability, totalsMs } = window;
    rejectedWindows.push({ reason: stability.reason, samplesMs: totalsMs });
    onAgain?.(stability.reason);
    window = await measureWindow();
  }
  const { calls, used, stability } = window;
  const peakBytes = peakMemoryBytes();
  await onLast?.(last);
  const perStage = <V>(value: (stage: LatencyStage) => V) =>
    Object.fromEntries(LATENCY_STAGES.map((stage) => [stage, value(stage)])) as Record<LatencyStage, V>;
  const samplesMs = perStage((stage) => calls.map((times) => times[stage]));
  return {
    inputSize: `${image.width}x${image.height}`,
    device: predictor.card.device,
    threads: predictor.card.threads,
    loadMs,
    firstCallMs: first.total,
    warmupCalls: warmup.calls,
    warmupSettled: warmup.settled,
    stages: perStage((stage) => summarise(samplesMs[stage])),
    samplesMs,
    peakMemoryBytes: peakBytes,
    conditions: used.conditions,
    stability,
    ...(rejectedWindows.length > 0 && { rejectedWindows }),
    proof: proofOf(predictor, used),
  };
}

/** An external program does the work: its time would count as that of others, and this process waits for nothing. */
function seenFromHere({ card }: Predictor, used: Usage): Usage {
  if (card.id !== 'process') return used;
  const { otherCores: _, waitingMs: __, ...conditions } = used.conditions;
  return { conditions };
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
