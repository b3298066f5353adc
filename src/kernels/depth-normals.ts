import type { Intrinsics } from '../core/intrinsics.ts';
import type { DepthRaster, NormalsRaster } from '../core/raster.ts';
import { smallestEigenvector4 } from './smallest-eigenvector.ts';

export const NORMALS_METHODS = ['cross', 'plane'] as const;
export type NormalsMethod = (typeof NORMALS_METHODS)[number];
export const NORMALS_WINDOWS = [3, 5] as const;
export type NormalsWindow = (typeof NORMALS_WINDOWS)[number];

/** A neighbour belongs to the surface if its depth differs from the centre's by less than this share of it. */
const DEPTH_GATE = 0.05;
/** Points, the centre among them, that a plane is fitted to at least. */
const LEAST_POINTS = 4;

export interface DepthNormalsRules {
  readonly method: NormalsMethod;
  /** Width of the square window around a pixel. */
  readonly window: NormalsWindow;
}

/**
 * Unit normals in the camera frame (x right, y down, z forward), towards the camera, of a map of depth; NaN where none
 * can be told. A depth counts when it is positive and finite. Points are back-projected in float64.
 *
 * - `cross`: the cross product of (above - below) and (left - right), each (window - 1) / 2 pixels away. Centre and all
 *   four must have a depth, so the edge of the picture has no normal.
 * - `plane`: total least squares of a x + b y + c z + d = 0 with |(a, b, c, d)| = 1 over the points of the window whose
 *   depth is within 5 % of the centre's, at least four with the centre (PlaneSVD, Klasing et al. 2009).
 *
 * Both as Bae and Davison (CVPR 2024) make the truth of their data from depth, but for the sign: theirs point away.
 */
export function normalsOfDepth(depth: DepthRaster, camera: Intrinsics, rules: DepthNormalsRules): NormalsRaster {
  const { height, width } = depth;
  const normals = new Float32Array(3 * height * width).fill(Number.NaN);
  const reach = (rules.window - 1) / 2;
  if (rules.method === 'cross') crossProducts(depth, camera, reach, normals);
  else fitPlanes(depth, camera, reach, normals);
  return { height, width, channels: 3, data: normals };
}

function crossProducts(
  { height, width, data }: DepthRaster,
  { fxPx, fyPx, cxPx, cyPx }: Intrinsics,
  reach: number,
  normals: Float32Array,
): void {
  const step = reach * width;
  for (let v = reach; v < height - reach; v++) {
    const y = (v - cyPx) / fyPx;
    const yAbove = (v - reach - cyPx) / fyPx;
    const yBelow = (v + reach - cyPx) / fyPx;
    for (let u = reach, i = v * width + reach; u < width - reach; u++, i++) {
      const above = data[i - step];
      const below = data[i + step];
      const left = data[i - reach];
      const right = data[i + reach];
      if (!(isDepth(data[i]) && isDepth(above) && isDepth(below) && isDepth(left) && isDepth(right))) continue;
      const x = (u - cxPx) / fxPx;
      const ax = x * (above - below);
      const ay = yAbove * above - yBelow * below;
      const az = above - below;
      const bx = ((u - reach - cxPx) / fxPx) * left - ((u + reach - cxPx) / fxPx) * right;
      const by = y * (left - right);
      const bz = left - right;
      const nx = ay * bz - az * by;
      const ny = az * bx - ax * bz;
      const nz = ax * by - ay * bx;
      const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
      normals[3 * i] = nx / length;
      normals[3 * i + 1] = ny / length;
      normals[3 * i + 2] = nz / length;
    }
  }
}

const isDepth = (value: number) => value > 0 && value < Number.POSITIVE_INFINITY;

function fitPlanes(
  { height, width, data }: DepthRaster,
  { fxPx, fyPx, cxPx, cyPx }: Intrinsics,
  reach: number,
  normals: Float32Array,
): void {
  const solve = smallestEigenvector4();
  const moments = new Float64Array(16);
  const plane = new Float64Array(4);
  for (let v = 0, i = 0; v < height; v++) {
    const top = Math.max(0, v - reach);
    const bottom = Math.min(height - 1, v + reach);
    for (let u = 0; u < width; u++, i++) {
      const centre = data[i];
      if (!isDepth(centre)) continue;
      const from = Math.max(0, u - reach);
      const to = Math.min(width - 1, u + reach);
      let xx = 0;
      let xy = 0;
      let xz = 0;
      let yy = 0;
      let yz = 0;
      let zz = 0;
      let sx = 0;
      let sy = 0;
      let sz = 0;
      let count = 0;
      for (let row = top; row <= bottom; row++) {
        const yOfOne = (row - cyPx) / fyPx;
        for (let column = from, at = row * width + from; column <= to; column++, at++) {
          const z = data[at];
          if (!(isDepth(z) && Math.abs(z - centre) / centre < DEPTH_GATE)) continue;
          const x = ((column - cxPx) / fxPx) * z;
          const y = yOfOne * z;
          xx += x * x;
          xy += x * y;
          xz += x * z;
          yy += y * y;
          yz += y * z;
          zz += z * z;
          sx += x;
          sy += y;
          sz += z;
          count++;
        }
      }
      if (count < LEAST_POINTS) continue;
      moments[0] = xx;
      moments[1] = moments[4] = xy;
      moments[2] = moments[8] = xz;
      moments[3] = moments[12] = sx;
      moments[5] = yy;
      moments[6] = moments[9] = yz;
      moments[7] = moments[13] = sy;
      moments[10] = zz;
      moments[11] = moments[14] = sz;
      moments[15] = count;
      // Points on one line lie in many planes.
      if (!solve(moments, plane)) continue;
      const a = plane[0];
      const b = plane[1];
      const c = plane[2];
      // The surface is seen, so its normal and the ray to it point against each other.
      const along = a * ((u - cxPx) / fxPx) + b * ((v - cyPx) / fyPx) + c;
      const length = (along > 0 ? -1 : 1) * Math.sqrt(a * a + b * b + c * c);
      normals[3 * i] = a / length;
      normals[3 * i + 1] = b / length;
      normals[3 * i + 2] = c / length;
    }
  }
}
