import { mix } from '../../core/random.ts';
import type { GeometryMaps } from '../geometry.ts';
import { noise3 } from '../noise.ts';
import type { World } from '../world.ts';

const FARTHEST_M = 82;

/**
 * Depth as eleven scans laid over each other and checked against stereo leave it, metres, 0 = none: the exact depth at
 * about a sixth of the pixels below the upper third, in rows that are denser than one scan's. None on glass, beside
 * edges of depth (where laid-over scans and stereo disagree), beyond 82 m, and in patches where tracking was lost.
 */
export function annotatedDepth(
  world: World,
  { depthM, solid }: GeometryMaps,
  width: number,
  height: number,
  seed: number,
): Float32Array {
  const out = new Float32Array(width * height);
  const scale = width / 1242;
  for (let row = Math.floor(height / 3); row < height; row++)
    for (let column = 0; column < width; column++) {
      const i = row * width + column;
      const z = depthM[i];
      if (z === 0 || z > FARTHEST_M) continue;
      if (world.materials[world.solids.material[solid[i]]].infrared < 0.15) continue;
      const bits = mix(seed ^ 0x2f0e1, i);
      const isOnRow = (mix(seed, Math.floor(row / 2)) & 3) !== 0;
      if ((bits & 255) > (isOnRow ? 66 : 10)) continue;
      if (noise3(column / (90 * scale), row / (40 * scale), seed & 31) > 0.62) continue;
      if (isBesideEdge(depthM, i, column, row, width, height)) continue;
      out[i] = z;
    }
  return out;
}

function isBesideEdge(depthM: Float64Array, i: number, column: number, row: number, width: number, height: number) {
  const z = depthM[i];
  const differs = (other: number) => Math.abs(depthM[other] - z) > 0.04 * z;
  return (
    (column > 0 && differs(i - 1)) ||
    (column + 1 < width && differs(i + 1)) ||
    (row > 0 && differs(i - width)) ||
    (row + 1 < height && differs(i + width))
  );
}
