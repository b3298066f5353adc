import type { OpenLoopRecord } from '../core/latency-record.ts';
import type { Predictor } from '../core/predictor.ts';
import type { RgbRaster } from '../core/raster.ts';
import { percentile } from './latency.ts';
import { callsOf } from './latency-calls.ts';
import { sleep } from './latency-sleep.ts';
import { type Watch, watchUsage } from './latency-usage.ts';
import { warmUp } from './latency-warmup.ts';

export interface OpenLoopRules {
  readonly rateHz: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
}

export interface OpenLoopSurroundings {
  readonly now?: () => number;
  /** Resolves at this moment of `now`, or later. */
  readonly sleepUntil?: (atMs: number) => Promise<void>;
  readonly watch?: Watch;
}

/**
 * Frames come at fixed times, as from a camera, and are answered one at a time. A frame that still waits when the next
 * one comes is dropped for it (a robot wants the newest) and counts as missed. A response counts from the frame's
 * scheduled time, so that waiting is part of it and a stall cannot hide the frames that it delayed.
 * @throws MeasurementError when a call fails.
 */
export async function measureOpenLoop(
  predictor: Predictor,
  image: RgbRaster,
  { rateHz, seconds, warmupSeconds }: OpenLoopRules,
  { now = () => performance.now(), sleepUntil = sleep, watch = watchUsage }: OpenLoopSurroundings = {},
): Promise<OpenLoopRecord> {
  const call = callsOf(predictor, image, now);
  await warmUp(async () => (await call()).total, warmupSeconds * 1000, now);
  const periodMs = 1000 / rateHz;
  const frames = Math.max(1, Math.round(rateHz * seconds));
  const responsesMs: (number | null)[] = Array(frames).fill(null);
  const usage = watch();
  const startedMs = now();
  const scheduledMs = (frame: number) => startedMs + frame * periodMs;
  for (let next = 0; next < frames; ) {
    if (now() < scheduledMs(next)) await sleepUntil(scheduledMs(next));
    let newest = next;
    while (newest + 1 < frames && scheduledMs(newest + 1) <= now()) newest++;
    await call();
    responsesMs[newest] = now() - scheduledMs(newest);
    next = newest + 1;
  }
  const { conditions } = usage();
  const answered = responsesMs.filter((response) => response !== null);
  const percentiles = {
    p50Ms: percentile(answered, 0.5),
    p95Ms: percentile(answered, 0.95),
    p99Ms: percentile(answered, 0.99),
  };
  return {
    rateHz,
    frames,
    missed: frames - answered.length,
    responsesMs,
    ...Object.fromEntries(Object.entries(percentiles).filter(([, value]) => value !== undefined)),
    conditions,
  };
}
