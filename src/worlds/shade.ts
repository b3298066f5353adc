import type { LightMaps } from './lighting.ts';
import { sameSurface, sampleLight, unshadowed } from './lighting.ts';
import type { Spot } from './material.ts';
import { newSurface, surfaceAt } from './surface.ts';
import { nearestHit, occluder } from './trace.ts';
import type { World } from './world.ts';

export const newSpot = (): Spot => ({
  ...newSurface(),
  px: 0,
  py: 0,
  pz: 0,
  hx: 0,
  hy: 0,
  hz: 0,
  footprintM: 0,
  dx: 0,
  dy: 0,
  dz: 0,
});

/**
 * Fills in a spot whose position x, y, z and viewing direction dx, dy, dz (unit) are set: surface, texture coordinates,
 * and the width on the surface of a pixel that is `widthM` wide straight on.
 */
export function fillSpot(world: World, solid: number, widthM: number, spot: Spot): void {
  surfaceAt(world.solids, solid, spot);
  const { extent } = world.solids;
  const at = 6 * solid;
  spot.hx = extent[at];
  spot.hy = extent[at + 1];
  spot.hz = extent[at + 2];
  spot.px = spot.u * spot.hx + extent[at + 3];
  spot.py = spot.v * spot.hy + extent[at + 4];
  spot.pz = spot.w * spot.hz + extent[at + 5];
  const cosine = Math.abs(spot.dx * spot.nx + spot.dy * spot.ny + spot.dz * spot.nz);
  spot.footprintM = widthM / Math.sqrt(cosine > 0.02 ? cosine : 0.02);
}

/**
 * Light that arrives at a spot, looked up among the four places around pixel (column, row); where none of them lies on
 * the spot's surface (thin things) it is sampled there and then.
 */
function lookUp(world: World, maps: LightMaps, column: number, row: number, spot: Spot, out: Float64Array): void {
  const { pitchPx, width, height, channels, data, place } = maps;
  const x = column > 0 ? column / pitchPx : 0;
  const y = row > 0 ? row / pitchPx : 0;
  const i = Math.min(Math.floor(x), width - 1);
  const j = Math.min(Math.floor(y), height - 1);
  const fx = i + 1 < width ? x - i : 0;
  const fy = j + 1 < height ? y - j : 0;
  let total = 0;
  for (let c = 0; c < channels; c++) out[c] = 0;
  for (let n = 0; n < 4; n++) {
    const weight = ((n & 1) === 1 ? fx : 1 - fx) * (n > 1 ? fy : 1 - fy);
    if (weight === 0) continue;
    const k = (j + (n >> 1)) * width + i + (n & 1);
    if (!sameSurface(place, k, spot, 0.02)) continue;
    total += weight;
    for (let c = 0; c < channels; c++) out[c] += weight * data[k * channels + c];
  }
  if (total > 0) {
    const inverse = 1 / total;
    for (let c = 0; c < channels; c++) out[c] *= inverse;
    return;
  }
  if (borrow(maps, i, j, spot, out)) return;
  noGuess.fill(-1);
  const pattern = (Math.floor(column) * 5 + Math.floor(row) * 3) & 15;
  for (let n = 0; n < SAMPLES_ALONE; n++) {
    sampleLight(world, spot, (pattern + 5 * n) & 15, 0x8000_8000, noGuess, single);
    for (let c = 0; c < channels; c++) out[c] += single[c] / SAMPLES_ALONE;
  }
}

/** Rays per light for a spot that has no lit neighbour. */
const SAMPLES_ALONE = 4;
/** A step in the surface this small hardly changes what light gets there. */
const BORROW_WITHIN_M = 0.12;

/** Takes the light of the nearest place around (i, j) that looks the same way, on another level perhaps. */
function borrow(maps: LightMaps, i: number, j: number, spot: Spot, out: Float64Array): boolean {
  const { width, height, channels, data, place } = maps;
  let best = -1;
  let nearest = BORROW_WITHIN_M * BORROW_WITHIN_M;
  for (let jj = Math.max(0, j - 2); jj <= j + 3 && jj < height; jj++)
    for (let ii = Math.max(0, i - 2); ii <= i + 3 && ii < width; ii++) {
      const k = jj * width + ii;
      if (!sameSurface(place, k, spot, BORROW_WITHIN_M)) continue;
      const dx = place[6 * k] - spot.x;
      const dy = place[6 * k + 1] - spot.y;
      const dz = place[6 * k + 2] - spot.z;
      const d2 = dx * dx + dy * dy + dz * dz;
      if (d2 >= nearest) continue;
      nearest = d2;
      best = k;
    }
  if (best < 0) return false;
  for (let c = 0; c < channels; c++) out[c] = data[best * channels + c];
  return true;
}

/** A mirror image this faint is not worth its ray. */
const BARELY_SEEN = 0.06;
const noGuess = new Int32Array(16);
const single = new Float64Array(19);
const arriving = new Float64Array(19);
const mirrored = newSpot();
const mirrorColour = new Float64Array(3);

/** Radiance of a spot towards the eye. `out` gets red, green, blue. */
export function shade(
  world: World,
  solid: number,
  spot: Spot,
  maps: LightMaps,
  column: number,
  row: number,
  out: Float64Array,
): void {
  const material = world.materials[world.solids.material[solid]];
  material.colour(spot, out);
  if (!material.emits) {
    lookUp(world, maps, column, row, spot, arriving);
    lit(world, spot, arriving, material.gloss, out);
  }
  if (material.reflects > 0) {
    const cosine = -(spot.dx * spot.nx + spot.dy * spot.ny + spot.dz * spot.nz);
    const m = 1 - (cosine > 0 ? cosine : 0);
    const share = material.reflects + (1 - material.reflects) * m * m * m * m * m * 0.4 - BARELY_SEEN;
    if (share > 0) {
      reflection(world, spot, cosine, mirrorColour);
      for (let c = 0; c < 3; c++) out[c] += (mirrorColour[c] - out[c]) * share;
    }
  }
}

/** albedo in `out` -> radiance, given visibilities and bounced light. */
function lit(world: World, spot: Spot, light: Float64Array, gloss: number, out: Float64Array): void {
  const { lights, sun } = world;
  const n = lights.length;
  let red = light[n];
  let green = light[n + 1];
  let blue = light[n + 2];
  let highlight = 0;
  for (let l = 0; l < n; l++) {
    if (light[l] === 0) continue;
    const { power, centre } = lights[l];
    const e = light[l] * unshadowed(lights[l], spot);
    red += power[0] * e;
    green += power[1] * e;
    blue += power[2] * e;
    if (gloss > 0.02) highlight += gloss * light[l] * power[1] * glint(spot, centre);
  }
  if (sun) {
    const e = sunlight(world, spot);
    red += sun.radiance[0] * e;
    green += sun.radiance[1] * e;
    blue += sun.radiance[2] * e;
  }
  out[0] = out[0] * red + highlight;
  out[1] = out[1] * green + highlight;
  out[2] = out[2] * blue + highlight;
}

/** A rational lobe around the half vector stands in for a power of the cosine, which platforms compute differently. */
function glint(spot: Spot, centre: readonly [number, number, number]): number {
  const lx = centre[0] - spot.x;
  const ly = centre[1] - spot.y;
  const lz = centre[2] - spot.z;
  const d2 = lx * lx + ly * ly + lz * lz;
  const inverse = 1 / Math.sqrt(d2);
  const hx = lx * inverse - spot.dx;
  const hy = ly * inverse - spot.dy;
  const hz = lz * inverse - spot.dz;
  const along = hx * spot.nx + hy * spot.ny + hz * spot.nz;
  const sharp = 1 - (along * along) / (hx * hx + hy * hy + hz * hz);
  const lobe = 1 / (1 + 160 * sharp);
  return (0.35 * lobe * lobe) / (d2 > 0.3 ? d2 : 0.3);
}

/** Cosine of the sun's rays at a spot if they get there through an opening, else 0. */
function sunlight(world: World, spot: Spot): number {
  const { direction, openings } = world.sun!;
  const [sx, sy, sz] = direction;
  const cosine = sx * spot.nx + sy * spot.ny + sz * spot.nz;
  if (cosine <= 0) return 0;
  for (const { centre, u, v, normal } of openings) {
    const towards = sx * normal[0] + sy * normal[1] + sz * normal[2];
    if (towards >= 0) continue;
    const cx = centre[0] - spot.x;
    const cy = centre[1] - spot.y;
    const cz = centre[2] - spot.z;
    const t = (cx * normal[0] + cy * normal[1] + cz * normal[2]) / towards;
    if (t <= 0.01) continue;
    const hx = sx * t - cx;
    const hy = sy * t - cy;
    const hz = sz * t - cz;
    const a = (hx * u[0] + hy * u[1] + hz * u[2]) / (u[0] * u[0] + u[1] * u[1] + u[2] * u[2]);
    const b = (hx * v[0] + hy * v[1] + hz * v[2]) / (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    if (a < -1 || a > 1 || b < -1 || b > 1) continue;
    const off = 3e-4;
    const met = occluder(
      world,
      spot.x + spot.nx * off,
      spot.y + spot.ny * off,
      spot.z + spot.nz * off,
      sx,
      sy,
      sz,
      t,
      -1,
    );
    return met < 0 ? cosine : 0;
  }
  return 0;
}

/** What a mirror shows: one more ray, lit without shadows. */
function reflection(world: World, spot: Spot, cosine: number, out: Float64Array): void {
  const dx = spot.dx + 2 * cosine * spot.nx;
  const dy = spot.dy + 2 * cosine * spot.ny;
  const dz = spot.dz + 2 * cosine * spot.nz;
  const ox = spot.x + spot.nx * 1e-3;
  const oy = spot.y + spot.ny * 1e-3;
  const oz = spot.z + spot.nz * 1e-3;
  out.fill(0);
  const solid = nearestHit(world, ox, oy, oz, dx, dy, dz, 50);
  if (solid < 0) return;
  const t = world.hitT;
  mirrored.x = ox + dx * t;
  mirrored.y = oy + dy * t;
  mirrored.z = oz + dz * t;
  mirrored.dx = dx;
  mirrored.dy = dy;
  mirrored.dz = dz;
  fillSpot(world, solid, spot.footprintM + t * 0.002, mirrored);
  const material = world.materials[world.solids.material[solid]];
  material.colour(mirrored, out);
  if (material.emits) return;
  const { lights, ambient } = world;
  let red = ambient[0];
  let green = ambient[1];
  let blue = ambient[2];
  for (const light of lights) {
    const e = 0.8 * unshadowed(light, mirrored);
    red += light.power[0] * e;
    green += light.power[1] * e;
    blue += light.power[2] * e;
  }
  out[0] *= red;
  out[1] *= green;
  out[2] *= blue;
}
