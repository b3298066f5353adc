import { newSurface, type Surface, surfaceAt } from './surface.ts';
import { nearestHit, occluder } from './trace.ts';
import type { Light, Sky, World } from './world.ts';

/** Rays start this far off a surface, so that they do not meet it again. */
const OFFSET_M = 2e-4;
/** One ray per light and pixel, in 16 patterns that take turns over 4 x 4 pixels; a filter then sees all 16. */
const PATTERNS = 16;

/**
 * Irradiance at a point from one light when nothing is in between (an opening is summed over four points). Distances
 * are kept above 0.3 m, so that a lamp does not burn out its own shade.
 */
export function unshadowed(light: Light, at: Surface): number {
  const { x, y, z, nx, ny, nz } = at;
  const { centre, normal, u, v } = light;
  let sum = 0;
  const steps = normal ? 4 : 1;
  for (let i = 0; i < steps; i++) {
    const a = normal ? (i & 1) - 0.5 : 0;
    const b = normal ? (i >> 1) - 0.5 : 0;
    const lx = centre[0] + u[0] * a + v[0] * b - x;
    const ly = centre[1] + u[1] * a + v[1] * b - y;
    const lz = centre[2] + u[2] * a + v[2] * b - z;
    const d2 = lx * lx + ly * ly + lz * lz;
    const facing = lx * nx + ly * ny + lz * nz;
    if (facing <= 0) continue;
    const d = Math.sqrt(d2);
    let given = facing / d;
    if (normal) {
      const away = -(lx * normal[0] + ly * normal[1] + lz * normal[2]);
      if (away <= 0) continue;
      given *= away / d;
    }
    sum += given / (d2 > 0.09 ? d2 : 0.09);
  }
  return sum / steps;
}

/** Cell of a 4 x 4 grid for each pattern, shuffled so that the four patterns of a row do not lie in one row of cells. */
const CELL_A = Int32Array.from({ length: PATTERNS }, (_, i) => i & 3);
const CELL_B = Int32Array.from({ length: PATTERNS }, (_, i) => ((i >> 2) * 5 + (i & 3) * 2) & 3);

const bounced = newSurface();

/** One pattern's visibility of every light and one bounced ray, at a surface. */
export function sampleLight(
  world: World,
  at: Surface,
  pattern: number,
  bits: number,
  last: Int32Array,
  out: Float64Array | Float32Array,
): void {
  const { lights } = world;
  const ox = at.x + at.nx * OFFSET_M;
  const oy = at.y + at.ny * OFFSET_M;
  const oz = at.z + at.nz * OFFSET_M;
  // Somewhere within the pattern's cell: else the shadows of 16 points would show one by one.
  const a = (CELL_A[pattern] + (bits & 0xffff) / 65536) / 2 - 1;
  const b = (CELL_B[pattern] + (bits >>> 16) / 65536) / 2 - 1;
  for (let l = 0; l < lights.length; l++) {
    const { centre, u, v } = lights[l];
    const dx = centre[0] + u[0] * a + v[0] * b - ox;
    const dy = centre[1] + u[1] * a + v[1] * b - oy;
    const dz = centre[2] + u[2] * a + v[2] * b - oz;
    if (dx * at.nx + dy * at.ny + dz * at.nz <= 0) out[l] = 0;
    else {
      last[l] = occluder(world, ox, oy, oz, dx, dy, dz, 1, last[l]);
      out[l] = last[l] < 0 ? 1 : 0;
    }
  }
  bounce(world, at, ox, oy, oz, a, b, out);
}

/** Light of the sky on a surface of this upward component of its normal, nothing being in between. */
export function skyLight(sky: Sky, up: number, out: Float64Array | Float32Array, channel: number): void {
  const t = 0.5 + 0.5 * up;
  for (let c = 0; c < 3; c++) out[channel + c] = sky.below[c] + (sky.above[c] - sky.below[c]) * t;
}

/** Light on a surface that a ray has bounced to: the sky's, and the sun's as if half of it got there. */
function daylight(world: World, sky: Sky, at: Surface, out: Float64Array | Float32Array, channel: number): void {
  skyLight(sky, at.nz, out, channel);
  const { sun } = world;
  if (!sun) return;
  const cosine = sun.direction[0] * at.nx + sun.direction[1] * at.ny + sun.direction[2] * at.nz;
  if (cosine > 0) for (let c = 0; c < 3; c++) out[channel + c] += 0.5 * cosine * sun.radiance[c];
}

/** u, v in [-1, 1]. Radiance that one diffuse bounce brings: the colour of what the ray meets, times the light that falls there. */
function bounce(
  world: World,
  at: Surface,
  ox: number,
  oy: number,
  oz: number,
  u: number,
  v: number,
  out: Float64Array | Float32Array,
): void {
  const { lights, ambient } = world;
  // Any orthonormal basis around the normal will do (Duff et al. 2017).
  const sign = at.nz < 0 ? -1 : 1;
  const p = -1 / (sign + at.nz);
  const q = at.nx * at.ny * p;
  // A point of the square, squeezed into the disc and lifted to the hemisphere: dense towards the pole, as the cosine
  // law asks.
  const a = u * Math.sqrt(1 - (v * v) / 2);
  const b = v * Math.sqrt(1 - (u * u) / 2);
  const c = Math.sqrt(Math.max(0, 1 - a * a - b * b));
  const dx = (1 + sign * at.nx * at.nx * p) * a + q * b + at.nx * c;
  const dy = sign * q * a + (sign + at.ny * at.ny * p) * b + at.ny * c;
  const dz = -sign * at.nx * a - at.ny * b + at.nz * c;
  const channel = lights.length;
  const solid = nearestHit(world, ox, oy, oz, dx, dy, dz, 50);
  out[channel] = 0;
  out[channel + 1] = 0;
  out[channel + 2] = 0;
  if (solid < 0) {
    if (world.sky) skyLight(world.sky, dz, out, channel);
    return;
  }
  const t = world.hitT;
  const material = world.materials[world.solids.material[solid]];
  // Glowing things are lights already.
  if (material.emits) return;
  bounced.x = ox + dx * t;
  bounced.y = oy + dy * t;
  bounced.z = oz + dz * t;
  surfaceAt(world.solids, solid, bounced);
  if (world.sky) {
    daylight(world, world.sky, bounced, out, channel);
    for (let c = 0; c < 3; c++) out[channel + c] *= material.mean[c];
    return;
  }
  // Light of many bounces does not reach deep into corners.
  const open = t / (t + 0.25);
  let red = ambient[0] * open;
  let green = ambient[1] * open;
  let blue = ambient[2] * open;
  for (const light of lights) {
    const e = 0.85 * unshadowed(light, bounced);
    red += light.power[0] * e;
    green += light.power[1] * e;
    blue += light.power[2] * e;
  }
  out[channel] = red * material.mean[0];
  out[channel + 1] = green * material.mean[1];
  out[channel + 2] = blue * material.mean[2];
}
