import { noise3 } from './noise.ts';
import { type Solids, STRIDE } from './solids.ts';

/** Ray or point in the unit shape's coordinates, and a stretch of the ray: here for the reason that `ray` is. */
export const local = new Float64Array(8);

/** Least step along a ray, in half sizes of the solid: gaps that are narrower are passed over. */
const LEAST_STEP = 0.045;
const MOST_STEPS = 60;

/**
 * Negative inside. The bounding shape, eaten away by noise of two sizes: clumps and leaves. The noise lies in metres and
 * is shifted by the solid's place, so that no two crowns are equal.
 */
function field(solids: Solids, index: number, u: number, v: number, w: number): number {
  const gaps = solids.shaping[index];
  const depth = gaps > 0 ? gaps : -gaps;
  const { extent, geometry } = solids;
  const at = 6 * index;
  const place = STRIDE * index;
  const scale = 1 / solids.lean[index];
  const u2 = u * u;
  const v2 = v * v;
  const w2 = w * w;
  const radius = gaps > 0 ? Math.sqrt(u2 + v2 + w2) : Math.sqrt(Math.sqrt(u2 * u2 + v2 * v2 + w2 * w2));
  // Too deep inside for any gap to reach.
  if (radius - 1 + depth * 1.52 < 0) return radius - 1 + depth * 1.52;
  const x = (u * extent[at] + geometry[place]) * scale;
  const y = (v * extent[at + 1] + geometry[place + 1]) * scale;
  const z = (w * extent[at + 2] + geometry[place + 2]) * scale;
  const clumps = radius - 1 + depth * (0.5 + 0.62 * noise3(x, y, z));
  // So far outside that no leaf stands out this far.
  if (clumps > depth * 0.45) return clumps - depth * 0.4;
  return clumps + depth * 0.4 * noise3(x * 3.1, y * 3.1, z * 3.1 + 7);
}

/**
 * Does the ray in `local` come to leaves before `entered`, which then becomes that t? Steps as long as the distance to
 * the leaves lets it, then halves the last step. A ray that starts among leaves first has to leave them.
 */
export function enterLeafy(solids: Solids, index: number, entered: Float64Array): boolean {
  const px = local[0];
  const py = local[1];
  const pz = local[2];
  const vx = local[3];
  const vy = local[4];
  const vz = local[5];
  if (!bound(solids.shaping[index] < 0, entered[0])) return false;
  const near = local[6];
  const far = local[7];
  const inverse = 1 / Math.sqrt(vx * vx + vy * vy + vz * vz);
  let t = near;
  let distance = field(solids, index, px + vx * t, py + vy * t, pz + vz * t);
  let isInside = distance < 0;
  if (isInside && near > 0) {
    entered[0] = near;
    return true;
  }
  for (let n = 0; n < MOST_STEPS; n++) {
    const step = distance * 0.6;
    const next = t + (step > LEAST_STEP ? step : LEAST_STEP) * inverse;
    if (next >= far) return false;
    distance = field(solids, index, px + vx * next, py + vy * next, pz + vz * next);
    if (isInside) isInside = distance < 0;
    else if (distance < 0) {
      let outside = t;
      let inside = next;
      for (let k = 0; k < 5; k++) {
        const middle = (outside + inside) / 2;
        if (field(solids, index, px + vx * middle, py + vy * middle, pz + vz * middle) < 0) inside = middle;
        else outside = middle;
      }
      entered[0] = inside;
      return true;
    }
    t = next;
  }
  return false;
}

/** Puts the stretch of the ray inside the bounding ellipsoid or box into local[6..7]. */
function bound(isBox: boolean, farthest: number): boolean {
  let near = 0;
  let far = farthest;
  if (isBox)
    for (let k = 0; k < 3; k++) {
      const a = (-1 - local[k]) / local[3 + k];
      const b = (1 - local[k]) / local[3 + k];
      const low = a < b ? a : b;
      const high = a < b ? b : a;
      if (low > near) near = low;
      if (high < far) far = high;
    }
  else {
    const a = local[3] * local[3] + local[4] * local[4] + local[5] * local[5];
    const b = local[0] * local[3] + local[1] * local[4] + local[2] * local[5];
    const c = local[0] * local[0] + local[1] * local[1] + local[2] * local[2] - 1;
    const discriminant = b * b - a * c;
    if (discriminant <= 0) return false;
    const root = Math.sqrt(discriminant);
    const low = (-b - root) / a;
    const high = (-b + root) / a;
    if (low > near) near = low;
    if (high < far) far = high;
  }
  local[6] = near;
  local[7] = far;
  return near < far;
}

/** Half the distance of the points that slopes are taken from, in half sizes. */
const NEAR_BY = 0.012;

/** Puts the gradient at a point of the unit shape into local[0..2]. */
export function gradientOfLeaves(solids: Solids, index: number, u: number, v: number, w: number): void {
  const here = field(solids, index, u, v, w);
  local[0] = field(solids, index, u + NEAR_BY, v, w) - here;
  local[1] = field(solids, index, u, v + NEAR_BY, w) - here;
  local[2] = field(solids, index, u, v, w + NEAR_BY) - here;
}
