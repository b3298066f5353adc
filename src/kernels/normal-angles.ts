import type { RealArray } from '../core/raster.ts';
import type { Box } from './box.ts';

/** Bins of the angle histogram per degree; 180 degrees have a bin of their own. */
export const BINS_PER_DEG = 100;
export const ANGLE_BINS = 180 * BINS_PER_DEG + 1;
/** An error counts for a threshold if it is strictly smaller. Degrees. */
export const ANGLE_THRESHOLDS_DEG = [5, 7.5, 11.25, 22.5, 30] as const;

const DEG = 180 / Math.PI;
/** Outside these bounds a product of components may have lost digits or left the range of float64. */
const TINY = 1e-140;
const HUGE = 1e140;

export interface AngleSums {
  /** Counted pixels, among them those whose prediction is not finite; all else is over finite predictions. */
  readonly pixels: number;
  readonly nonFinite: number;
  readonly firstNonFiniteAt: number;
  readonly sumDeg: number;
  readonly sumSquaredDeg: number;
  readonly minimumDeg: number;
  readonly maximumDeg: number;
  /** Pixels below each of ANGLE_THRESHOLDS_DEG. */
  readonly within: number[];
  /** histogram[b]: angles in [b, b+1) / BINS_PER_DEG degrees. */
  readonly histogram: Uint32Array;
}

/**
 * Angles between predicted and true normals of one image; lengths do not matter, a zero vector counts as 90 degrees.
 * atan2(|p x g|, p.g) keeps small angles that acos of the cosine loses. A pixel counts if its truth is finite, it lies
 * in the box and the mask is not 0 there.
 */
export function sumNormalAngles(
  truth: RealArray,
  prediction: RealArray,
  mask: Uint8Array | undefined,
  width: number,
  box: Box,
): AngleSums {
  const histogram = new Uint32Array(ANGLE_BINS);
  const [t0, t1, t2, t3, t4] = ANGLE_THRESHOLDS_DEG;
  let w0 = 0;
  let w1 = 0;
  let w2 = 0;
  let w3 = 0;
  let w4 = 0;
  let pixels = 0;
  let nonFinite = 0;
  let firstNonFiniteAt = -1;
  let sumDeg = 0;
  let sumSquaredDeg = 0;
  let minimumDeg = 180;
  let maximumDeg = 0;
  for (let row = box.top; row < box.bottom; row++) {
    for (let i = row * width + box.left, end = row * width + box.right; i < end; i++) {
      const at = i * 3;
      const gx = truth[at];
      const gy = truth[at + 1];
      const gz = truth[at + 2];
      if (!(gx - gx === 0 && gy - gy === 0 && gz - gz === 0)) continue;
      if (mask !== undefined && mask[i] === 0) continue;
      pixels++;
      const px = prediction[at];
      const py = prediction[at + 1];
      const pz = prediction[at + 2];
      const cx = py * gz - pz * gy;
      const cy = pz * gx - px * gz;
      const cz = px * gy - py * gx;
      const across = Math.sqrt(cx * cx + cy * cy + cz * cz);
      const along = px * gx + py * gy + pz * gz;
      const length = across + Math.abs(along);
      let angleDeg: number;
      if (length > TINY && length < HUGE) angleDeg = Math.atan2(across, along) * DEG;
      else {
        angleDeg = rescaledAngleDeg(px, py, pz, gx, gy, gz);
        if (angleDeg < 0) {
          if (nonFinite++ === 0) firstNonFiniteAt = i;
          continue;
        }
      }
      sumDeg += angleDeg;
      sumSquaredDeg += angleDeg * angleDeg;
      if (angleDeg < minimumDeg) minimumDeg = angleDeg;
      if (angleDeg > maximumDeg) maximumDeg = angleDeg;
      if (angleDeg < t4) {
        w4++;
        if (angleDeg < t3) w3++;
        if (angleDeg < t2) w2++;
        if (angleDeg < t1) w1++;
        if (angleDeg < t0) w0++;
      }
      histogram[(angleDeg * BINS_PER_DEG) | 0]++;
    }
  }
  const within = [w0, w1, w2, w3, w4];
  return { pixels, nonFinite, firstNonFiniteAt, sumDeg, sumSquaredDeg, minimumDeg, maximumDeg, within, histogram };
}

/** The rare cases: -1 for a prediction that is not finite, 90 for a zero vector, else the angle of the rescaled vectors. */
function rescaledAngleDeg(px: number, py: number, pz: number, gx: number, gy: number, gz: number): number {
  const p = Math.max(Math.abs(px), Math.abs(py), Math.abs(pz));
  const g = Math.max(Math.abs(gx), Math.abs(gy), Math.abs(gz));
  if (p - p !== 0) return -1;
  if (p === 0 || g === 0) return 90;
  const [ax, ay, az, bx, by, bz] = [px / p, py / p, pz / p, gx / g, gy / g, gz / g];
  const across = Math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx);
  return Math.atan2(across, ax * bx + ay * by + az * bz) * DEG;
}
