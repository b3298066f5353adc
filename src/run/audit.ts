import { createHash } from 'node:crypto';
import { type Maps, TASKS } from '../core/tasks.ts';

/** Images, spread over the plan, whose outputs the timed run must give again. */
export const AUDIT_IMAGES = 3;

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
