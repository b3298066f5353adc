import type { Camera } from './camera.ts';
import { entered, ray } from './enter.ts';
import { newSurface, surfaceAt } from './surface.ts';
import { findCandidates, nearestInTile, type Tiles, tileAt } from './tiles.ts';
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
  const { width, height, pose } = camera;
  const { x, y, z } = pose;
  const tiles = findCandidates(world, camera);
  const solid = new Int32Array(width * height).fill(-1);
  const depthM = new Float64Array(width * height);
  const normals = new Float32Array(width * height * 3);
  const at = newSurface();
  const aim = aimer(camera);
  let last = -1;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      aim(column, row);
      entered[0] = FARTHEST_M;
      const hit = nearestInTile(world, tiles, tileAt(tiles, column, row), last);
      last = hit;
      if (hit < 0) continue;
      const t = entered[0];
      const i = row * width + column;
      solid[i] = hit;
      depthM[i] = t;
      at.x = ray[0] + ray[3] * t;
      at.y = ray[1] + ray[4] * t;
      at.z = ray[2] + ray[5] * t;
      surfaceAt(world.solids, hit, at);
      normals[3 * i] = at.nx * x[0] + at.ny * x[1] + at.nz * x[2];
      normals[3 * i + 1] = at.nx * y[0] + at.ny * y[1] + at.nz * y[2];
      normals[3 * i + 2] = at.nx * z[0] + at.ny * z[1] + at.nz * z[2];
    }
  }
  return { solid, depthM, normals, tiles };
}

/** Puts the ray through (column, row) into `ray`; its forward component is 1, so that t is the z-depth. */
export function aimer({ fxPx, fyPx, cxPx, cyPx, pose }: Camera): (column: number, row: number) => void {
  const [xx, xy, xz] = pose.x;
  const [yx, yy, yz] = pose.y;
  const [zx, zy, zz] = pose.z;
  const [ox, oy, oz] = pose.o;
  return (column, row) => {
    const a = (column - cxPx) / fxPx;
    const b = (row - cyPx) / fyPx;
    ray[0] = ox;
    ray[1] = oy;
    ray[2] = oz;
    ray[3] = xx * a + yx * b + zx;
    ray[4] = xy * a + yy * b + zy;
    ray[5] = xz * a + yz * b + zz;
  };
}
