import { createHash } from 'node:crypto';
import type { Sample } from '../core/dataset.ts';
import type { Raster } from '../core/raster.ts';
import type { Maps, Task } from '../core/tasks.ts';
import type { TruthHashes } from './journal.ts';

/** The truth of the tasks that are judged. @throws ResourceError when a file of it cannot be read. */
export async function truthOf(sample: Sample, tasks: readonly Task[]): Promise<Maps> {
  const maps = await Promise.all(tasks.map(async (task) => [task, await sample[task]()] as const));
  return Object.fromEntries(maps);
}

/** Identifies the truth that was compared with: per task, 16 hex digits of SHA-256. */
export function truthHashes(truth: Maps): TruthHashes {
  return Object.fromEntries(Object.entries(truth).map(([task, raster]) => [task, hashRaster(raster)]));
}

export function hashRaster({ data, height, width }: Raster): string {
  const hash = createHash('sha256').update(`${height}x${width} ${data.constructor.name}\n`);
  hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex').slice(0, 16);
}
