import type { Bvh } from './bvh.ts';
import { ALIGNED_BOX, BOX, CUSHION, ELLIPSOID, type Solids, STRIDE } from './solids.ts';

/** What a ray needs: the solids, their tree, and a place for the answer. */
export interface Traceable {
  readonly solids: Solids;
  readonly bvh: Bvh;
  /** Ray parameter of the last nearest hit. */
  hitT: number;
}

const stack = new Int32Array(96);

/**
 * The first solid that the ray meets with 0 < t < tMax, or -1; `world.hitT` is then its t. The direction need not have
 * length 1: with a camera ray of forward component 1, t is the z-depth.
 */
export function nearestHit(
  world: Traceable,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  tMax: number,
): number {
  const { solids, bvh } = world;
  const { bounds, link, leafCount, axis, order } = bvh;
  const ix = 1 / dx;
  const iy = 1 / dy;
  const iz = 1 / dz;
  let nearest = tMax;
  let found = -1;
  let top = 0;
  let node = 0;
  for (;;) {
    if (entersBefore(bounds, node * 6, ox, oy, oz, ix, iy, iz, nearest)) {
      const count = leafCount[node];
      if (count === 0) {
        const along = axis[node];
        const backwards = (along === 0 ? dx : along === 1 ? dy : dz) < 0;
        stack[top++] = backwards ? node + 1 : link[node];
        node = backwards ? link[node] : node + 1;
        continue;
      }
      const first = link[node];
      for (let i = first; i < first + count; i++) {
        const t = intersect(solids, order[i], ox, oy, oz, dx, dy, dz, nearest);
        if (t < nearest) {
          nearest = t;
          found = order[i];
        }
      }
    }
    if (top === 0) break;
    node = stack[--top];
  }
  world.hitT = nearest;
  return found;
}

/**
 * The index of any shadow-casting solid between the origin and tMax, or -1. `guess` (the last answer, or -1) is tried
 * first: neighbouring shadow rays mostly end at the same thing.
 */
export function occluder(
  world: Traceable,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  tMax: number,
  guess: number,
): number {
  const { solids, bvh } = world;
  if (guess >= 0 && intersect(solids, guess, ox, oy, oz, dx, dy, dz, tMax) < tMax) return guess;
  const { bounds, link, leafCount, order } = bvh;
  const { castsShadow } = solids;
  const ix = 1 / dx;
  const iy = 1 / dy;
  const iz = 1 / dz;
  let top = 0;
  let node = 0;
  for (;;) {
    if (entersBefore(bounds, node * 6, ox, oy, oz, ix, iy, iz, tMax)) {
      const count = leafCount[node];
      if (count === 0) {
        stack[top++] = link[node];
        node++;
        continue;
      }
      const first = link[node];
      for (let i = first; i < first + count; i++) {
        const solid = order[i];
        if (castsShadow[solid] && intersect(solids, solid, ox, oy, oz, dx, dy, dz, tMax) < tMax) return solid;
      }
    }
    if (top === 0) return -1;
    node = stack[--top];
  }
}

/** Slab test. A zero direction component gives infinite slabs, which the comparisons below let pass or fail rightly. */
function entersBefore(
  b: Float64Array,
  at: number,
  ox: number,
  oy: number,
  oz: number,
  ix: number,
  iy: number,
  iz: number,
  tMax: number,
): boolean {
  let near = 0;
  let far = tMax;
  let t0 = (b[at] - ox) * ix;
  let t1 = (b[at + 3] - ox) * ix;
  if (t0 > t1) {
    if (t1 > near) near = t1;
    if (t0 < far) far = t0;
  } else {
    if (t0 > near) near = t0;
    if (t1 < far) far = t1;
  }
  t0 = (b[at + 1] - oy) * iy;
  t1 = (b[at + 4] - oy) * iy;
  if (t0 > t1) {
    if (t1 > near) near = t1;
    if (t0 < far) far = t0;
  } else {
    if (t0 > near) near = t0;
    if (t1 < far) far = t1;
  }
  t0 = (b[at + 2] - oz) * iz;
  t1 = (b[at + 5] - oz) * iz;
  if (t0 > t1) {
    if (t1 > near) near = t1;
    if (t0 < far) far = t0;
  } else {
    if (t0 > near) near = t0;
    if (t1 < far) far = t1;
  }
  return near <= far;
}

/** Ray parameter where the ray enters the solid; Infinity when it misses or starts inside (solids are seen from outside). */
export function intersect(
  solids: Solids,
  index: number,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  tMax: number,
): number {
  const shape = solids.shape[index];
  if (shape === ALIGNED_BOX) {
    const b = solids.bounds;
    const at = index * 6;
    let near = 0;
    let far = tMax;
    if (dx !== 0) {
      const inverse = 1 / dx;
      const t0 = ((inverse > 0 ? b[at] : b[at + 3]) - ox) * inverse;
      const t1 = ((inverse > 0 ? b[at + 3] : b[at]) - ox) * inverse;
      if (t0 > near) near = t0;
      if (t1 < far) far = t1;
    } else if (ox < b[at] || ox > b[at + 3]) return Infinity;
    if (dy !== 0) {
      const inverse = 1 / dy;
      const t0 = ((inverse > 0 ? b[at + 1] : b[at + 4]) - oy) * inverse;
      const t1 = ((inverse > 0 ? b[at + 4] : b[at + 1]) - oy) * inverse;
      if (t0 > near) near = t0;
      if (t1 < far) far = t1;
    } else if (oy < b[at + 1] || oy > b[at + 4]) return Infinity;
    if (dz !== 0) {
      const inverse = 1 / dz;
      const t0 = ((inverse > 0 ? b[at + 2] : b[at + 5]) - oz) * inverse;
      const t1 = ((inverse > 0 ? b[at + 5] : b[at + 2]) - oz) * inverse;
      if (t0 > near) near = t0;
      if (t1 < far) far = t1;
    } else if (oz < b[at + 2] || oz > b[at + 5]) return Infinity;
    return near > 0 && near < far ? near : Infinity;
  }
  // Into the coordinates of the unit shape; t stays the same.
  const g = solids.geometry;
  const at = index * STRIDE;
  const rx = ox - g[at];
  const ry = oy - g[at + 1];
  const rz = oz - g[at + 2];
  const px = g[at + 3] * rx + g[at + 4] * ry + g[at + 5] * rz;
  const py = g[at + 6] * rx + g[at + 7] * ry + g[at + 8] * rz;
  const pz = g[at + 9] * rx + g[at + 10] * ry + g[at + 11] * rz;
  const vx = g[at + 3] * dx + g[at + 4] * dy + g[at + 5] * dz;
  const vy = g[at + 6] * dx + g[at + 7] * dy + g[at + 8] * dz;
  const vz = g[at + 9] * dx + g[at + 10] * dy + g[at + 11] * dz;
  let near = 0;
  let far = tMax;
  if (shape !== ELLIPSOID) {
    // Every other shape lies between z = -1 and z = 1.
    const a = (-1 - pz) / vz;
    const b = (1 - pz) / vz;
    const low = a < b ? a : b;
    const high = a < b ? b : a;
    if (low > near) near = low;
    if (high < far) far = high;
    if (near >= far) return Infinity;
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
    if (near >= far) return Infinity;
    if (shape === BOX) return near > 0 ? near : Infinity;
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
  if (a > -1e-14 && a < 1e-14) return Infinity;
  const discriminant = b * b - a * c;
  if (discriminant <= 0) return Infinity;
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
  return near > 0 && near < far ? near : Infinity;
}
