import { createHash } from 'node:crypto';
import { MeasurementError } from '../core/errors.ts';
import type { Intrinsics } from '../core/intrinsics.ts';
import type { Predictor } from '../core/predictor.ts';
import type { RgbRaster } from '../core/raster.ts';
import { type Maps, TASKS } from '../core/tasks.ts';

/** Images, spread over the plan, whose outputs the timed run must give again. */
export const AUDIT_IMAGES = 3;

/** An image, and the hash of what the accuracy run made of it. */
export interface AuditCase {
  readonly sample: string;
  readonly image: RgbRaster;
  readonly intrinsics?: Intrinsics;
  readonly sha256: string;
}

/** What the last timed call gave, and of which image. */
export interface LastTimed {
  readonly sample: string;
  readonly maps: Maps;
}

/**
 * Holds the timed predictor against the accuracy run: the last timed call, and every case run again, must give the same outputs to the last bit.
 * @throws MeasurementError naming the image.
 */
export async function auditOutputs(predictor: Predictor, cases: readonly AuditCase[], last: LastTimed): Promise<void> {
  for (const { sample, image, intrinsics, sha256 } of cases) {
    const { maps } = await predictor.predict({
      id: sample,
      image: async () => image,
      ...(intrinsics && { intrinsics: async () => intrinsics }),
    });
    const differs = hashOutputs(maps) !== sha256 || (sample === last.sample && hashOutputs(last.maps) !== sha256);
    if (differs)
      throw new MeasurementError(
        `audit: image ${sample} gave other outputs in the timed run than in the accuracy run, so the time is not that of ` +
          'the same work; look for a model, option or program that changes between runs, or answers at random',
      );
  }
}

/** Identifies what a predictor put out for an image, to the last bit: SHA-256 over its maps with their sizes. */
export function hashOutputs(maps: Maps): string {
  const hash = createHash('sha256');
  for (const task of TASKS) {
    const map = maps[task];
    if (!map) continue;
    hash.update(`${task} ${map.height}x${map.width}x${map.channels} ${map.data.constructor.name}\n`);
    hash.update(new Uint8Array(map.data.buffer, map.data.byteOffset, map.data.byteLength));
  }
  return hash.digest('hex');
}
