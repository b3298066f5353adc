import { enterLeafy, local } from './leafy.ts';
import { BOX, CUSHION, ELLIPSOID, LEAFY, type Solids, STRIDE, TRUNCATED } from './solids.ts';

/**
 * Origin and direction of the ray being cast, and where `enterSolid` leaves its answer. They lie here because a call
 * that is too big to be inlined would put every number it passes on the heap, which cost three quarters of the time.
 */
export const ray = new Float64Array(6);
export const entered = new Float64Array(1);

/** In place of 1/0: large enough to leave the slab at once, and 0 times it is still 0. */
export const STEEP = 1e30;

/**
 * Ray parameter where the ray enters a box (0 when it starts inside), Infinity when it misses it before tMax. sx, sy, sz
 * are the places of the planes it comes to first.
 */
export function enterBox(
  b: Float64Array,
  at: number,
  ox: number,
  oy: number,
  oz: number,
  ix: number,
  iy: number,
  iz: number,
  sx: number,
  sy: number,
  sz: number,
  tMax: number,
): number {
  let near = (b[at + sx] - ox) * ix;
  const nearY = (b[at + sy] - oy) * iy;
  const nearZ = (b[at + sz] - oz) * iz;
  if (nearY > near) near = nearY;
  if (nearZ > near) near = nearZ;
  if (near < 0) near = 0;
  if (near >= tMax) return Infinity;
  const farX = (b[at + 3 - sx] - ox) * ix;
  const farY = (b[at + 5 - sy] - oy) * iy;
  const farZ = (b[at + 7 - sz] - oz) * iz;
  return near <= farX && near <= farY && near <= farZ ? near : Infinity;
}

/**
 * Does the ray enter the solid (any but an aligned box) before `entered`, which then becomes that t? A ray that starts
 * inside does not: solids are seen from outside.
 */
export function enterSolid(solids: Solids, index: number): boolean {
  const shape = solids.shape[index];
  const dx = ray[3];
  const dy = ray[4];
  const dz = ray[5];
  // Into the coordinates of the unit shape; t stays the same.
  const g = solids.geometry;
  const at = index * STRIDE;
  const rx = ray[0] - g[at];
  const ry = ray[1] - g[at + 1];
  const rz = ray[2] - g[at + 2];
  const px = g[at + 3] * rx + g[at + 4] * ry + g[at + 5] * rz;
  const py = g[at + 6] * rx + g[at + 7] * ry + g[at + 8] * rz;
  const pz = g[at + 9] * rx + g[at + 10] * ry + g[at + 11] * rz;
  const vx = g[at + 3] * dx + g[at + 4] * dy + g[at + 5] * dz;
  const vy = g[at + 6] * dx + g[at + 7] * dy + g[at + 8] * dz;
  const vz = g[at + 9] * dx + g[at + 10] * dy + g[at + 11] * dz;
  let near = 0;
  let far = entered[0];
  if (shape === LEAFY) {
    local[0] = px;
    local[1] = py;
    local[2] = pz;
    local[3] = vx;
    local[4] = vy;
    local[5] = vz;
    return enterLeafy(solids, index, entered);
  }
  if (shape !== ELLIPSOID) {
    // Every other shape lies between z = -1 and z = 1.
    const a = (-1 - pz) / vz;
    const b = (1 - pz) / vz;
    const low = a < b ? a : b;
    const high = a < b ? b : a;
    if (low > near) near = low;
    if (high < far) far = high;
    if (near >= far) return false;
  }
  if (shape === TRUNCATED) {
    local[0] = px;
    local[1] = py;
    local[2] = pz;
    local[3] = vx;
    local[4] = vy;
    local[5] = vz;
    local[6] = near;
    local[7] = far;
    const narrowX = solids.shaping[index] / 2;
    const narrowY = solids.lean[index] / 2;
    return cut(0, 1, narrowX) && cut(0, -1, narrowX) && cut(1, 1, narrowY) && cut(1, -1, narrowY) && enters(local[6]);
  }
  if (shape === BOX || shape === CUSHION) {
    let a = (-1 - px) / vx;
    let b = (1 - px) / vx;
    let low = a < b ? a : b;
    let high = a < b ? b : a;
    if (low > near) near = low;
    if (high < far) far = high;
    a = (-1 - py) / vy;
    b = (1 - py) / vy;
    low = a < b ? a : b;
    high = a < b ? b : a;
    if (low > near) near = low;
    if (high < far) far = high;
    if (near >= far) return false;
    if (shape === BOX) return enters(near);
  }
  // A quadric: a t² + 2 b t + c <= 0 inside.
  let a: number;
  let b: number;
  let c: number;
  if (shape === ELLIPSOID || shape === CUSHION) {
    const bulge = shape === CUSHION ? solids.shaping[index] : 1;
    a = vx * vx + vy * vy + vz * vz;
    b = px * vx + py * vy + pz * vz;
    c = px * px + py * py + pz * pz - 1 / bulge;
  } else {
    const k = solids.shaping[index];
    const radius = 1 + k * pz;
    const slope = k * vz;
    a = vx * vx + vy * vy - slope * slope;
    b = px * vx + py * vy - radius * slope;
    c = px * px + py * py - radius * radius;
  }
  if (a > -1e-14 && a < 1e-14) return false;
  const discriminant = b * b - a * c;
  if (discriminant <= 0) return false;
  const root = Math.sqrt(discriminant);
  const low = (-b - root) / a;
  const high = (-b + root) / a;
  if (a > 0) {
    if (low > near) near = low;
    if (high < far) far = high;
  } else if (solids.shaping[index] * vz > 0) {
    // Steeper than the side of a frustum, so inside on one side of the roots only: from the larger one on, or up to the
    // smaller one (a < 0 has swapped them); the rest belongs to the cone's other half.
    if (low > near) near = low;
  } else if (high < far) far = high;
  return near < far && enters(near);
}

/** Cuts the ray's stretch local[6..7] by a slanting side: side p + narrow z <= 1 - narrow; false when nothing is left. */
function cut(axis: 0 | 1, side: 1 | -1, narrow: number): boolean {
  const room = 1 - narrow - side * local[axis] - narrow * local[2];
  const closing = side * local[3 + axis] + narrow * local[5];
  if (closing === 0) return room >= 0;
  const t = room / closing;
  if (closing < 0 && t > local[6]) local[6] = t;
  if (closing > 0 && t < local[7]) local[7] = t;
  return local[6] < local[7];
}

function enters(t: number): boolean {
  if (!(t > 0)) return false;
  entered[0] = t;
  return true;
}
