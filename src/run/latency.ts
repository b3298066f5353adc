import { MeasurementError, messageOf } from '../core/errors.ts';
import type { Predictor } from '../core/predictor.ts';
import type { RgbRaster } from '../core/raster.ts';
import { LATENCY_STAGES, type LatencyRecord, type LatencyStage, type StageSummary } from '../core/record.ts';
import { quantile } from '../stats/quantile.ts';

export interface LatencyRules {
  readonly minimumSeconds: number;
  readonly minimumCount: number;
  readonly warmupSeconds: number;
}

/** A percentile needs ten calls beyond it, or it describes single outliers. */
const P90_NEEDS_CALLS = 100;
const P99_NEEDS_CALLS = 1000;
const MINIMUM_WARMUP_CALLS = 3;

/**
 * Times one predictor on one image of fixed shape: the first call apart, then a warm-up, then calls until both the
 * minimum duration and the minimum count are reached. Every raw sample is kept, in order of time (which is why the
 * loop is our own: tinybench sorts its samples).
 * @throws MeasurementError when a call fails: a measurement that left out failing calls would look fast.
 */
export async function measureLatency(
  predictor: Predictor,
  image: RgbRaster,
  rules: LatencyRules,
  loadMs: number,
  now: () => number = () => performance.now(),
  onCall?: (call: number) => void,
): Promise<LatencyRecord> {
  const input = { id: 'latency', image: async () => image };
  const call = async (): Promise<Record<LatencyStage, number>> => {
    const startedMs = now();
    try {
      const { timesMs } = await predictor.predict(input);
      return { ...timesMs, total: now() - startedMs };
    } catch (error) {
      throw new MeasurementError(`latency of ${predictor.card.id}: a call failed: ${messageOf(error)}`);
    }
  };
  const repeat = async (minimumMs: number, minimumCount: number) => {
    const calls: Record<LatencyStage, number>[] = [];
    const startedMs = now();
    while (calls.length < minimumCount || now() - startedMs < minimumMs) {
      calls.push(await call());
      onCall?.(calls.length);
    }
    return calls;
  };
  const first = await call();
  const warmup = await repeat(rules.warmupSeconds * 1000, MINIMUM_WARMUP_CALLS);
  const calls = await repeat(rules.minimumSeconds * 1000, rules.minimumCount);
  const perStage = <V>(value: (stage: LatencyStage) => V) =>
    Object.fromEntries(LATENCY_STAGES.map((stage) => [stage, value(stage)])) as Record<LatencyStage, V>;
  const samplesMs = perStage((stage) => calls.map((times) => times[stage]));
  return {
    inputSize: `${image.width}x${image.height}`,
    device: predictor.card.device,
    threads: predictor.card.threads,
    loadMs,
    firstCallMs: first.total,
    warmupCalls: warmup.length,
    stages: perStage((stage) => summarise(samplesMs[stage])),
    samplesMs,
  };
}

export function summarise(samplesMs: readonly number[]): StageSummary {
  return {
    count: samplesMs.length,
    medianMs: quantile(samplesMs, 0.5),
    meanMs: samplesMs.reduce((sum, value) => sum + value, 0) / samplesMs.length,
    minimumMs: Math.min(...samplesMs),
    ...(samplesMs.length >= P90_NEEDS_CALLS && { p90Ms: quantile(samplesMs, 0.9) }),
    ...(samplesMs.length >= P99_NEEDS_CALLS && { p99Ms: quantile(samplesMs, 0.99) }),
  };
}
