import { MeasurementError, messageOf } from '../core/errors.ts';
import { LATENCY_STAGES, type LatencyStage } from '../core/latency-record.ts';
import type { Predictor } from '../core/predictor.ts';
import type { RgbRaster } from '../core/raster.ts';
import type { Maps } from '../core/tasks.ts';

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

export const perStage = <V>(value: (stage: LatencyStage) => V): Record<LatencyStage, V> =>
  Object.fromEntries(LATENCY_STAGES.map((stage) => [stage, value(stage)])) as Record<LatencyStage, V>;
