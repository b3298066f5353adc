import type { Camera } from './camera.ts';
import { FARTHEST_M, type GeometryMaps } from './geometry.ts';
import { gatherLight } from './lighting.ts';
import { fillSpot, newSpot, shade } from './shade.ts';
import { nearestHit } from './trace.ts';
import type { World } from './world.ts';

/** Four places in a pixel, on a turned grid, for those pixels that an edge runs through. */
const EDGE_SAMPLES = [
  [-0.375, -0.125],
  [0.125, -0.375],
  [0.375, 0.125],
  [-0.125, 0.375],
] as const;

/**
 * The linear picture, [height, width, 3]. Inside a surface the centre ray's colour is taken (textures fade by
 * themselves); where the neighbourhood shows more than one solid, four more rays are averaged. Depth, labels and
 * normals stay those of the centre ray.
 */
export function renderPicture(world: World, camera: Camera, geometry: GeometryMaps): Float32Array {
  const { width, height } = camera;
  const light = gatherLight(world, camera, geometry);
  const radiance = new Float32Array(width * height * 3);
  const spot = newSpot();
  const colour = new Float64Array(3);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const i = row * width + column;
      if (isEdge(geometry.solid, width, height, column, row)) {
        let red = 0;
        let green = 0;
        let blue = 0;
        for (const [dx, dy] of EDGE_SAMPLES) {
          seen(column + dx, row + dy, -1, 0);
          // A glaring window must not eat up the edge of what stands before it.
          red += Math.min(colour[0], 3);
          green += Math.min(colour[1], 3);
          blue += Math.min(colour[2], 3);
        }
        colour[0] = red / 4;
        colour[1] = green / 4;
        colour[2] = blue / 4;
      } else seen(column, row, geometry.solid[i], geometry.depthM[i]);
      radiance[3 * i] = colour[0];
      radiance[3 * i + 1] = colour[1];
      radiance[3 * i + 2] = colour[2];
    }
  return radiance;

  /** Colour along the ray through (column, row); `known` = what it meets, or -1 to find out. */
  function seen(column: number, row: number, known: number, knownDepthM: number): void {
    const { x, y, z, o } = camera.pose;
    const a = (column - camera.cxPx) / camera.fxPx;
    const b = (row - camera.cyPx) / camera.fyPx;
    const dx = x[0] * a + y[0] * b + z[0];
    const dy = x[1] * a + y[1] * b + z[1];
    const dz = x[2] * a + y[2] * b + z[2];
    const solid = known >= 0 ? known : nearestHit(world, o[0], o[1], o[2], dx, dy, dz, FARTHEST_M);
    colour.fill(0);
    if (solid < 0) return;
    const t = known >= 0 ? knownDepthM : world.hitT;
    const inverse = 1 / Math.sqrt(dx * dx + dy * dy + dz * dz);
    fillSpot(
      world,
      solid,
      o[0] + dx * t,
      o[1] + dy * t,
      o[2] + dz * t,
      dx * inverse,
      dy * inverse,
      dz * inverse,
      t / camera.fxPx,
      spot,
    );
    shade(world, solid, spot, light, column, row, colour);
  }
}

function isEdge(solid: Int32Array, width: number, height: number, column: number, row: number): boolean {
  const i = row * width + column;
  const here = solid[i];
  return (
    (column > 0 && solid[i - 1] !== here) ||
    (column + 1 < width && solid[i + 1] !== here) ||
    (row > 0 && solid[i - width] !== here) ||
    (row + 1 < height && solid[i + width] !== here)
  );
}
