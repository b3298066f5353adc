import type { Camera } from './camera.ts';
import { newSurface, surfaceAt } from './surface.ts';
import { findCandidates, nearestInTile, type Tiles } from './tiles.ts';
import type { World } from './world.ts';

/** What the ray through each pixel's centre met: exact, one value per pixel, row-major. */
export interface GeometryMaps {
  /** Index of the solid; -1 where the ray left the world. */
  readonly solid: Int32Array;
  /** z-depth, metres; 0 where there is nothing. */
  readonly depthM: Float64Array;
  /** Unit normals xyz in the camera frame, towards the camera. */
  readonly normals: Float32Array;
  /** What may be met around each pixel, for rays between the pixels. */
  readonly tiles: Tiles;
}

export const FARTHEST_M = 1000;

export function traceGeometry(world: World, camera: Camera): GeometryMaps {
  const { width, height, fxPx, fyPx, cxPx, cyPx, pose } = camera;
  const { x, y, z, o } = pose;
  const tiles = findCandidates(world, camera);
  const solid = new Int32Array(width * height).fill(-1);
  const depthM = new Float64Array(width * height);
  const normals = new Float32Array(width * height * 3);
  const at = newSurface();
  let last = -1;
  for (let row = 0; row < height; row++) {
    const b = (row - cyPx) / fyPx;
    for (let column = 0; column < width; column++) {
      const a = (column - cxPx) / fxPx;
      const dx = x[0] * a + y[0] * b + z[0];
      const dy = x[1] * a + y[1] * b + z[1];
      const dz = x[2] * a + y[2] * b + z[2];
      const hit = nearestInTile(world, tiles, column, row, o[0], o[1], o[2], dx, dy, dz, FARTHEST_M, last);
      last = hit;
      if (hit < 0) continue;
      const t = world.hitT;
      const i = row * width + column;
      solid[i] = hit;
      depthM[i] = t;
      at.x = o[0] + dx * t;
      at.y = o[1] + dy * t;
      at.z = o[2] + dz * t;
      surfaceAt(world.solids, hit, at);
      normals[3 * i] = at.nx * x[0] + at.ny * x[1] + at.nz * x[2];
      normals[3 * i + 1] = at.nx * y[0] + at.ny * y[1] + at.nz * y[2];
      normals[3 * i + 2] = at.nx * z[0] + at.ny * z[1] + at.nz * z[2];
    }
  }
  return { solid, depthM, normals, tiles };
}
