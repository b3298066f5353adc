import { mix } from '../core/random.ts';
import type { Camera } from './camera.ts';
import type { GeometryMaps } from './geometry.ts';
import { noise3 } from './noise.ts';
import type { World } from './world.ts';

/** Roughly normal with deviation 1: four bytes of one hash, summed. */
function bell(bits: number): number {
  const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
  return (sum - 510) / 147.8;
}

/**
 * Linear radiance -> 8-bit RGB as a cheap colour camera gives it: automatic exposure, soft shoulder, square-root tone
 * curve, darker corners, a little blur of the demosaicing, and noise that grows in the shadows.
 */
export function develop(radiance: Float32Array, camera: Camera, seed: number): Uint8Array {
  const { width, height } = camera;
  const exposure = exposureOf(radiance);
  const toned = new Float32Array(width * height * 3);
  // A white balance that is never quite right.
  const cast = [0, 1, 2].map((c) => exposure * (1 + 0.05 * (mix(seed, 900 + c) / 2147483648 - 1)));
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const a = (column - width / 2) / width;
      const b = (row - height / 2) / height;
      const corner = 1 - 0.35 * (a * a + b * b);
      const i = 3 * (row * width + column);
      for (let c = 0; c < 3; c++) {
        const x = radiance[i + c] * cast[c] * corner;
        toned[i + c] = Math.sqrt(Math.min(1, (x * (1 + x / 6)) / (1 + x)));
      }
    }
  const image = new Uint8Array(width * height * 3);
  const blur = width >= 320 ? 0.1 : 0;
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const i = 3 * (row * width + column);
      const left = column > 0 ? i - 3 : i;
      const right = column + 1 < width ? i + 3 : i;
      const above = row > 0 ? i - 3 * width : i;
      const below = row + 1 < height ? i + 3 * width : i;
      const shared = bell(mix(seed, i)) * 0.55;
      for (let c = 0; c < 3; c++) {
        const soft =
          toned[i + c] * (1 - 4 * blur) +
          blur * (toned[left + c] + toned[right + c] + toned[above + c] + toned[below + c]);
        const noise = (shared + 0.6 * bell(mix(seed ^ 0x1234567, i + c))) * (0.006 + 0.008 * (1 - soft));
        image[i + c] = Math.min(255, Math.max(0, Math.round((soft + noise) * 255)));
      }
    }
  return image;
}

/** Puts the mean of the middle tones at a medium grey; glaring windows hardly count. */
function exposureOf(radiance: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < radiance.length; i += 33) {
    const y = radiance[i];
    sum += Math.sqrt(Math.min(y, 1.5));
    count++;
  }
  const mean = sum / count;
  return 0.36 / Math.max(mean * mean, 1e-4);
}

/** Distance of the infrared projector to the right of the infrared camera, metres. */
const BASELINE_M = 0.075;
const FARTHEST_SEEN_M = 9;
const NEAREST_SEEN_M = 0.5;

/**
 * What a structured-light depth camera measures, metres, 0 = nothing: the shadow of the projector to the left of near
 * things, nothing from glass, screens, mirrors, dark or grazing surfaces or beyond its range, frayed edges, speckle, an
 * unseen margin; measured values carry the disparity's noise and its steps.
 */
export function rawDepth(world: World, camera: Camera, maps: GeometryMaps, seed: number): Float32Array {
  const { width, height } = camera;
  const depth = new Float32Array(width * height);
  const scale = width / 640;
  // Disparity steps are those of the full-size camera, whatever size is rendered.
  const disparityM = (camera.fxPx / scale) * BASELINE_M;
  const lit = new Float32Array(slot(width, FARTHEST_SEEN_M, disparityM * scale, width) + 2);
  // Between two neighbouring pixels a slanting surface may recede this much, the more the larger the pixels.
  const step = 1 + 0.015 / scale;
  const margin = { left: 9 * scale, right: 13 * scale, top: 8 * scale, bottom: 6 * scale };
  // Noise is sought only where it can decide.
  const fray = 4 * scale;
  for (let row = 0; row < height; row++) {
    const nearEdge = row < margin.top + fray || row >= height - margin.bottom - fray;
    projectRow(maps.depthM, row, width, disparityM * scale, lit);
    for (let column = 0; column < width; column++) {
      const i = row * width + column;
      const z = maps.depthM[i];
      if (z < NEAREST_SEEN_M || z > FARTHEST_SEEN_M || maps.solid[i] < 0) continue;
      if (nearEdge || column < margin.left + fray || column >= width - margin.right - fray) {
        const frayed = fray * noise3(column / (9 * scale), row / (9 * scale), seed & 255);
        if (column < margin.left + frayed || column >= width - margin.right + frayed) continue;
        if (row < margin.top + frayed || row >= height - margin.bottom + frayed) continue;
      }
      if (lit[slot(column, z, disparityM * scale, width)] * step + 0.01 < z) continue;
      const { infrared } = world.materials[world.solids.material[maps.solid[i]]];
      const a = (column - camera.cxPx) / camera.fxPx;
      const b = (row - camera.cyPx) / camera.fyPx;
      const facing =
        -(maps.normals[3 * i] * a + maps.normals[3 * i + 1] * b + maps.normals[3 * i + 2]) /
        Math.sqrt(1 + a * a + b * b);
      const echo = (infrared * facing) / (0.35 + 0.1 * z * z);
      const random = mix(seed ^ 0x51ab3, i);
      const needed = 0.03 + 0.02 * bell(random);
      if (echo < needed + 0.12) {
        const patchy = 0.5 + 0.5 * noise3(column / (14 * scale), row / (14 * scale), (seed >>> 8) & 255);
        if (echo < needed + 0.12 * patchy) continue;
      }
      // Single speckles that find no match.
      if ((random & 1023) < 7) continue;
      const disparity = disparityM / z + 0.09 * bell(mix(seed ^ 0x7777, i)) * (1 + 0.5 * (1 - facing));
      depth[i] = disparityM / (Math.round(disparity * 8) / 8);
    }
  }
  return depth;
}

/** Which of the projector's columns lights a pixel; shifted so that the nearest things at the left edge have one. */
const slot = (column: number, z: number, disparity: number, width: number): number =>
  Math.max(Math.round(column - disparity / z + width * 0.2), 0);

/** Nearest depth that each ray of the projector meets in this row; rays between two neighbours of one surface too. */
function projectRow(depthM: Float64Array, row: number, width: number, disparity: number, lit: Float32Array): void {
  lit.fill(FARTHEST_SEEN_M * 2);
  for (let column = 0; column < width; column++) {
    const z = depthM[row * width + column];
    if (z <= 0) continue;
    const at = slot(column, z, disparity, width);
    for (let k = Math.max(0, at - 1); k <= Math.min(lit.length - 1, at + 1); k++) if (z < lit[k]) lit[k] = z;
  }
}
