import type { RealArray } from '../core/raster.ts';
import type { Box } from './box.ts';
import type { Alignment } from './depth-alignment.ts';

/** How a prediction is treated before it is compared; the steps are taken in this order. */
export interface DepthRule {
  /** |prediction|. */
  readonly absolute: boolean;
  readonly alignment: Alignment;
  /** Clamp to minimumM..maximumM, NaN to minimumM. */
  readonly clamp: boolean;
  /** A truth counts if minimumM < truth < maximumM. Metres. */
  readonly minimumM: number;
  /** Infinity = no cap; truth that is Infinity does not count in any case. Metres. */
  readonly maximumM: number;
}

/** Sums over the counted pixels of one image; g = truth, p = prediction, both in metres. */
export interface DepthSums {
  readonly pixels: number;
  /** Non-finite predictions, and finite ones <= 0, as given. */
  readonly nonFinite: number;
  readonly nonPositive: number;
  /** The same after the rule was applied: what is left to make readings undefined. */
  readonly leftNonFinite: number;
  readonly leftNonPositive: number;
  /** Index of the first pixel of each kind that is left, -1 = none. */
  readonly firstNonFiniteAt: number;
  readonly firstNonPositiveAt: number;
  /** Over pixels with a finite prediction: |p-g|, (p-g)^2, |p-g|/g, (p-g)^2/g, (p-g)^2/g^2. */
  readonly absolute: number;
  readonly squared: number;
  readonly relative: number;
  readonly squaredRelative: number;
  readonly squaredRelativeDevkit: number;
  /** Over pixels with a positive prediction, d = ln(p/g): d, |d|, d^2; (1/p - 1/g)^2 in 1/m^2. */
  readonly log: number;
  readonly logAbsolute: number;
  readonly logSquared: number;
  readonly inverseSquared: number;
  /** Pixels with max(p/g, g/p) < 1.25, 1.25^2, 1.25^3, strictly. */
  readonly within1: number;
  readonly within2: number;
  readonly within3: number;
}

/** All depth errors of one image in one pass; plain float64 sums in row order. */
export function sumDepthErrors(
  truth: RealArray,
  prediction: RealArray,
  mask: Uint8Array | undefined,
  width: number,
  box: Box,
  rule: DepthRule,
): DepthSums {
  const { minimumM, maximumM, clamp } = rule;
  const { scale, shift, leastDisparity } = rule.alignment;
  const delta2 = 1.25 ** 2;
  const delta3 = 1.25 ** 3;
  let pixels = 0;
  let nonFinite = 0;
  let nonPositive = 0;
  let leftNonFinite = 0;
  let leftNonPositive = 0;
  let firstNonFiniteAt = -1;
  let firstNonPositiveAt = -1;
  let absolute = 0;
  let squared = 0;
  let relative = 0;
  let squaredRelative = 0;
  let squaredRelativeDevkit = 0;
  let log = 0;
  let logAbsolute = 0;
  let logSquared = 0;
  let inverseSquared = 0;
  let within1 = 0;
  let within2 = 0;
  let within3 = 0;
  for (let row = box.top; row < box.bottom; row++) {
    for (let i = row * width + box.left, end = row * width + box.right; i < end; i++) {
      const g = truth[i];
      if (!(g > minimumM && g < maximumM)) continue;
      if (mask !== undefined && mask[i] === 0) continue;
      pixels++;
      let p = prediction[i];
      if (!(p > 0 && p < Infinity)) {
        if (p - p !== 0) nonFinite++;
        else nonPositive++;
        if (rule.absolute) p = Math.abs(p);
      }
      if (leastDisparity === undefined) p = p * scale + shift;
      else {
        const disparity = scale / p + shift;
        p = 1 / (disparity > leastDisparity ? disparity : leastDisparity);
      }
      if (clamp) {
        if (p > maximumM) p = maximumM;
        else if (!(p >= minimumM)) p = minimumM;
      }
      if (p - p !== 0) {
        if (leftNonFinite++ === 0) firstNonFiniteAt = i;
        continue;
      }
      const difference = p - g;
      const square = difference * difference;
      const inverse = 1 / g;
      const size = Math.abs(difference);
      absolute += size;
      squared += square;
      relative += size * inverse;
      squaredRelative += square * inverse;
      squaredRelativeDevkit += square * inverse * inverse;
      if (!(p > 0)) {
        if (leftNonPositive++ === 0) firstNonPositiveAt = i;
        continue;
      }
      // Two true divisions: a product with 1/g would move ratios off exactly 1.25.
      const over = p / g;
      const under = g / p;
      const ratio = over > under ? over : under;
      if (ratio < delta3) {
        within3++;
        if (ratio < delta2) within2++;
        if (ratio < 1.25) within1++;
      }
      const d = Math.log(over);
      log += d;
      logAbsolute += Math.abs(d);
      logSquared += d * d;
      const inverseDifference = 1 / p - inverse;
      inverseSquared += inverseDifference * inverseDifference;
    }
  }
  return {
    pixels,
    nonFinite,
    nonPositive,
    leftNonFinite,
    leftNonPositive,
    firstNonFiniteAt,
    firstNonPositiveAt,
    absolute,
    squared,
    relative,
    squaredRelative,
    squaredRelativeDevkit,
    log,
    logAbsolute,
    logSquared,
    inverseSquared,
    within1,
    within2,
    within3,
  };
}

/** What is no depth as given, over the counted pixels: for a prediction whose holes were filled before it was scored. */
export function countNoDepth(
  truth: RealArray,
  prediction: RealArray,
  mask: Uint8Array | undefined,
  width: number,
  box: Box,
  { minimumM, maximumM }: Pick<DepthRule, 'minimumM' | 'maximumM'>,
): Pick<DepthSums, 'nonFinite' | 'nonPositive'> {
  let nonFinite = 0;
  let nonPositive = 0;
  for (let row = box.top; row < box.bottom; row++) {
    for (let i = row * width + box.left, end = row * width + box.right; i < end; i++) {
      if (!(truth[i] > minimumM && truth[i] < maximumM) || (mask !== undefined && mask[i] === 0)) continue;
      const p = prediction[i];
      if (p - p !== 0) nonFinite++;
      else if (!(p > 0)) nonPositive++;
    }
  }
  return { nonFinite, nonPositive };
}
