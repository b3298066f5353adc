import { mix } from '../core/random.ts';
import type { Camera } from './camera.ts';
import type { GeometryMaps } from './geometry.ts';
import { sampleLight, unshadowed } from './light-sample.ts';
import { newSurface, type Surface, surfaceAt } from './surface.ts';
import type { World } from './world.ts';

/** Light found at every few pixels of every few rows: how much of each light arrives, and what bounces in. */
export interface LightMaps {
  /** Pixels from one place to the next. */
  readonly pitchPx: number;
  readonly width: number;
  readonly height: number;
  /** Channels per place: one visibility per light, then bounced red, green, blue. */
  readonly channels: number;
  readonly data: Float32Array;
  /** All light that falls on each place, red, green, blue: the lights and what bounces in. */
  readonly total: Float32Array;
  /** Position and normal of each place, world; NaN position where there is nothing. */
  readonly place: Float32Array;
  /** Which flat face each place lies on (see faceKey); -1: none, or a curved one. */
  readonly face: Int32Array;
  /** The face on which the place, its right and lower neighbours and the one between these all lie; -1 if they differ. */
  readonly cell: Int32Array;
}

/** Names a flat face of a solid; -1 where the surface is curved. */
export const faceKey = (solid: number, face: number): number => (face < 3 ? solid * 4 + face : -1);

export function gatherLight(world: World, camera: Camera, maps: GeometryMaps): LightMaps {
  // Soft light is smooth: a third or a quarter of the places each way is enough in a large picture.
  const pitchPx = camera.width >= 1000 ? 4 : camera.width >= 480 ? 3 : 2;
  const width = Math.floor((camera.width - 1) / pitchPx) + 1;
  const height = Math.floor((camera.height - 1) / pitchPx) + 1;
  const channels = world.lights.length + 3;
  const data = new Float32Array(width * height * channels);
  const place = new Float32Array(width * height * 6).fill(Number.NaN);
  const face = new Int32Array(width * height).fill(-1);
  const last = new Int32Array(world.lights.length).fill(-1);
  const { x, y, z, o } = camera.pose;
  const at = newSurface();
  const sample = new Float64Array(channels);
  for (let j = 0; j < height; j++) {
    const b = (pitchPx * j - camera.cyPx) / camera.fyPx;
    for (let i = 0; i < width; i++) {
      const pixel = pitchPx * (j * camera.width + i);
      const solid = maps.solid[pixel];
      if (solid < 0) continue;
      const a = (pitchPx * i - camera.cxPx) / camera.fxPx;
      const t = maps.depthM[pixel];
      at.x = o[0] + (x[0] * a + y[0] * b + z[0]) * t;
      at.y = o[1] + (x[1] * a + y[1] * b + z[1]) * t;
      at.z = o[2] + (x[2] * a + y[2] * b + z[2]) * t;
      surfaceAt(world.solids, solid, at);
      const k = j * width + i;
      face[k] = faceKey(solid, at.face);
      place[6 * k] = at.x;
      place[6 * k + 1] = at.y;
      place[6 * k + 2] = at.z;
      place[6 * k + 3] = at.nx;
      place[6 * k + 4] = at.ny;
      place[6 * k + 5] = at.nz;
      const { emits, selfShaded } = world.materials[world.solids.material[solid]];
      if (emits || selfShaded) continue;
      sampleLight(world, at, (i & 3) + 4 * (j & 3), mix(k, 5), last, sample);
      data.set(sample, k * channels);
    }
  }
  const raw = { pitchPx, width, height, channels, data, place, face };
  const near = filter(filter(raw, 1, 0), 0, 1);
  const smooth = filter(filter(near, 2, 0), 0, 2);
  return { ...smooth, total: totals(world, smooth), cell: cells(smooth) };
}

type Sampled = Omit<LightMaps, 'total' | 'cell'>;

function totals(world: World, maps: Sampled): Float32Array {
  const { channels, data, place, face } = maps;
  const total = new Float32Array(face.length * 3);
  const at = newSurface();
  const sum = new Float64Array(channels);
  for (let k = 0; k < face.length; k++) {
    if (face[k] < 0) continue;
    at.x = place[6 * k];
    at.y = place[6 * k + 1];
    at.z = place[6 * k + 2];
    at.nx = place[6 * k + 3];
    at.ny = place[6 * k + 4];
    at.nz = place[6 * k + 5];
    for (let c = 0; c < channels; c++) sum[c] = data[k * channels + c];
    addLights(world, at, sum);
    for (let c = 0; c < 3; c++) total[3 * k + c] = sum[channels - 3 + c];
  }
  return total;
}

/** Visibilities and bounced light -> visibilities and all light. */
export function addLights(world: World, at: Surface, light: Float64Array): void {
  const { lights } = world;
  const n = lights.length;
  for (let l = 0; l < n; l++) {
    if (light[l] === 0) continue;
    const { power } = lights[l];
    const e = light[l] * unshadowed(lights[l], at);
    light[n] += power[0] * e;
    light[n + 1] += power[1] * e;
    light[n + 2] += power[2] * e;
  }
}

function cells({ width, height, face }: Sampled): Int32Array {
  const cell = new Int32Array(face.length).fill(-1);
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++) {
      const k = j * width + i;
      const right = i + 1 < width ? 1 : 0;
      const below = j + 1 < height ? width : 0;
      if (face[k + right] === face[k] && face[k + below] === face[k] && face[k + right + below] === face[k])
        cell[k] = face[k];
    }
  return cell;
}

/** Do two places lie on one smooth surface, so that one's light holds for the other? */
export function sameSurface(place: Float32Array, k: number, at: Surface, toleranceM: number): boolean {
  const i = 6 * k;
  if (!(place[i + 3] * at.nx + place[i + 4] * at.ny + place[i + 5] * at.nz > 0.85)) return false;
  const off = (place[i] - at.x) * at.nx + (place[i + 1] - at.y) * at.ny + (place[i + 2] - at.z) * at.nz;
  return off < toleranceM && off > -toleranceM;
}

/** Tent weights over five places hold each of four interleaved patterns exactly once per row and column. */
const TENT = [0.5, 1, 1, 1, 0.5];

/**
 * Weighted mean over five places in a row or column (`dx`, `dy` apart) around each one, of those that lie on its
 * surface. Row and column passes together see 5 x 5 places at the cost of ten.
 */
function filter(maps: Sampled, dx: number, dy: number): Sampled {
  const { width, height, channels, data, place, face } = maps;
  const out = new Float32Array(data.length);
  const at = newSurface();
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++) {
      const k = j * width + i;
      const to = k * channels;
      at.x = place[6 * k];
      if (Number.isNaN(at.x)) continue;
      at.y = place[6 * k + 1];
      at.z = place[6 * k + 2];
      at.nx = place[6 * k + 3];
      at.ny = place[6 * k + 4];
      at.nz = place[6 * k + 5];
      let total = 0;
      for (let n = -2; n <= 2; n++) {
        const ii = i + n * dx;
        const jj = j + n * dy;
        if (ii < 0 || ii >= width || jj < 0 || jj >= height) continue;
        const other = jj * width + ii;
        if (!(face[k] >= 0 && face[other] === face[k]) && !sameSurface(place, other, at, 0.03)) continue;
        const weight = TENT[n + 2];
        total += weight;
        const from = other * channels;
        for (let c = 0; c < channels; c++) out[to + c] += weight * data[from + c];
      }
      for (let c = 0; c < channels; c++) out[to + c] /= total;
    }
  return { ...maps, data: out };
}
