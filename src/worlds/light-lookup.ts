import { sampleLight, skyLight } from './light-sample.ts';
import { addLights, faceKey, type LightMaps, sameSurface } from './lighting.ts';
import type { Spot } from './material.ts';
import type { World } from './world.ts';

/**
 * Light that arrives at a spot of `solid`: one visibility per light (only if `gloss`, for highlights), then red, green,
 * blue of all the light. In the middle of a flat face it varies so little from place to place that the totals
 * themselves are interpolated.
 */
export function lightAt(
  world: World,
  maps: LightMaps,
  column: number,
  row: number,
  solid: number,
  spot: Spot,
  gloss: boolean,
  out: Float64Array,
): void {
  const { sky } = world;
  if (sky && world.materials[world.solids.material[solid]].selfShaded) {
    skyLight(sky, spot.nz, out, world.lights.length);
    return;
  }
  const key = faceKey(solid, spot.face);
  if (key >= 0 && interpolated(maps, column, row, key, gloss, out)) return;
  lookUp(world, maps, column, row, spot, out);
  addLights(world, spot, out);
}

function interpolated(
  maps: LightMaps,
  column: number,
  row: number,
  key: number,
  gloss: boolean,
  out: Float64Array,
): boolean {
  const { pitchPx, width, height, channels, data, total, cell } = maps;
  const x = column > 0 ? column / pitchPx : 0;
  const y = row > 0 ? row / pitchPx : 0;
  const i = Math.min(Math.floor(x), width - 1);
  const j = Math.min(Math.floor(y), height - 1);
  const k = j * width + i;
  if (cell[k] !== key) return false;
  const fx = i + 1 < width ? x - i : 0;
  const fy = j + 1 < height ? y - j : 0;
  const right = i + 1 < width ? 1 : 0;
  const below = j + 1 < height ? width : 0;
  const a = (1 - fx) * (1 - fy);
  const b = fx * (1 - fy);
  const c = (1 - fx) * fy;
  const d = fx * fy;
  const lights = channels - 3;
  const p = 3 * k;
  const q = 3 * (k + right);
  const r = 3 * (k + below);
  const s = 3 * (k + below + right);
  out[lights] = a * total[p] + b * total[q] + c * total[r] + d * total[s];
  out[lights + 1] = a * total[p + 1] + b * total[q + 1] + c * total[r + 1] + d * total[s + 1];
  out[lights + 2] = a * total[p + 2] + b * total[q + 2] + c * total[r + 2] + d * total[s + 2];
  if (gloss)
    for (let l = 0; l < lights; l++)
      out[l] =
        a * data[k * channels + l] +
        b * data[(k + right) * channels + l] +
        c * data[(k + below) * channels + l] +
        d * data[(k + below + right) * channels + l];
  return true;
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
  // Out of doors places lie farther apart, and light varies more slowly.
  const within = world.sky ? Math.max(BORROW_WITHIN_M, spot.footprintM * pitchPx * 2) : BORROW_WITHIN_M;
  if (borrow(maps, i, j, spot, within, out)) return;
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
function borrow(maps: LightMaps, i: number, j: number, spot: Spot, withinM: number, out: Float64Array): boolean {
  const { width, height, channels, data, place } = maps;
  let best = -1;
  let nearest = withinM * withinM;
  for (let jj = Math.max(0, j - 2); jj <= j + 3 && jj < height; jj++)
    for (let ii = Math.max(0, i - 2); ii <= i + 3 && ii < width; ii++) {
      const k = jj * width + ii;
      if (!sameSurface(place, k, spot, withinM)) continue;
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

const noGuess = new Int32Array(16);
const single = new Float64Array(19);
