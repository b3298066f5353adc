import type { RealArray } from '../core/raster.ts';
import type { Box } from './box.ts';

/** A prediction p becomes scale * p + shift or, in disparity, the depth whose inverse is scale / p + shift. */
export interface Alignment {
  readonly scale: number;
  /** Metres; in disparity 1/m. */
  readonly shift: number;
  /** Set for an alignment in disparity: an aligned disparity below this becomes this. 1/m, above 0. */
  readonly leastDisparity?: number;
}

export type AlignmentRule = 'median' | 'scale' | 'scale-shift' | 'disparity-scale' | 'disparity-scale-shift';

/** Which pixels of an image are aligned over, and the cap of the aligned depth. */
export interface AlignmentPixels {
  readonly mask: Uint8Array | undefined;
  readonly width: number;
  readonly box: Box;
  /** |prediction|, before anything else. */
  readonly absolute: boolean;
  /** A truth counts if minimumM < truth < maximumM; Infinity = no cap. Metres. */
  readonly minimumM: number;
  readonly maximumM: number;
}

/** Truth and prediction of the counted pixels, in metres or, for disparity, 1/m. */
interface Pairs {
  readonly truths: Float64Array;
  readonly predictions: Float64Array;
}

/**
 * The alignment of one image over its counted pixels, by truth g and prediction p, or why there is none.
 *
 * - `median`: median(g) / median(p) (Zhou et al. 2017).
 * - `scale`: the s that makes sum (s p - g)^2 least, sum(g p) / sum(p^2).
 * - `scale-shift`: s and t that make sum (s p + t - g)^2 least (Ranftl et al. 2022, there in disparity).
 * - `disparity-scale`, `disparity-scale-shift`: the same with 1/p and 1/g in place of p and g. An aligned disparity
 *   that is not above 1 / maximumM becomes 1 / maximumM, as MiDaS's evaluation has it; without a cap the largest counted
 *   truth stands for it, as in MoGe's.
 */
export function alignDepth(
  rule: AlignmentRule,
  truth: RealArray,
  prediction: RealArray,
  pixels: AlignmentPixels,
): Alignment | { readonly problem: string } {
  const pairs = countedPairs(truth, prediction, pixels);
  if (rule === 'median') return medianAlignment(pairs);
  if (rule === 'scale' || rule === 'scale-shift') {
    if (!pairs.predictions.every(Number.isFinite)) return { problem: 'a prediction is not finite' };
    return rule === 'scale' ? fitScale(pairs) : fitScaleAndShift(pairs);
  }
  const leastDisparity = 1 / (pixels.maximumM < Infinity ? pixels.maximumM : largest(pairs.truths));
  const inverse = invert(pairs);
  // An infinite depth has disparity 0, and a negative one may come of a network's shifted disparity; 0 m has none.
  if (!inverse.predictions.every(Number.isFinite)) return { problem: 'a prediction is 0 or no number' };
  const fit = rule === 'disparity-scale' ? fitScale(inverse) : fitScaleAndShift(inverse);
  return 'problem' in fit ? fit : { ...fit, leastDisparity };
}

function countedPairs(
  truth: RealArray,
  prediction: RealArray,
  { mask, width, box, absolute, minimumM, maximumM }: AlignmentPixels,
): Pairs {
  const room = Math.max(0, box.bottom - box.top) * Math.max(0, box.right - box.left);
  const truths = new Float64Array(room);
  const predictions = new Float64Array(room);
  let count = 0;
  for (let row = box.top; row < box.bottom; row++) {
    for (let i = row * width + box.left, end = row * width + box.right; i < end; i++) {
      const g = truth[i];
      if (!(g > minimumM && g < maximumM) || (mask !== undefined && mask[i] === 0)) continue;
      truths[count] = g;
      predictions[count++] = absolute ? Math.abs(prediction[i]) : prediction[i];
    }
  }
  return { truths: truths.subarray(0, count), predictions: predictions.subarray(0, count) };
}

function invert({ truths, predictions }: Pairs): Pairs {
  return { truths: truths.map((g) => 1 / g), predictions: predictions.map((p) => 1 / p) };
}

function medianAlignment({ truths, predictions }: Pairs): Alignment | { readonly problem: string } {
  const scale = median(truths) / median(predictions);
  if (!(scale > 0 && scale < Infinity)) return { problem: 'the median prediction is not a positive number' };
  return { scale, shift: 0 };
}

function fitScale({ truths, predictions }: Pairs): Alignment | { readonly problem: string } {
  let across = 0;
  let squares = 0;
  for (let i = 0; i < truths.length; i++) {
    across += truths[i] * predictions[i];
    squares += predictions[i] * predictions[i];
  }
  const scale = across / squares;
  if (!(scale > 0 && scale < Infinity)) return { problem: 'no positive factor fits the predictions' };
  return { scale, shift: 0 };
}

/** From centred sums, taken about the first pixel so that equal predictions give a spread of exactly 0. */
function fitScaleAndShift({ truths, predictions }: Pairs): Alignment | { readonly problem: string } {
  const n = truths.length;
  const p0 = predictions[0];
  const g0 = truths[0];
  let pSum = 0;
  let gSum = 0;
  for (let i = 0; i < n; i++) {
    pSum += predictions[i] - p0;
    gSum += truths[i] - g0;
  }
  const pMean = pSum / n;
  const gMean = gSum / n;
  let spread = 0;
  let together = 0;
  for (let i = 0; i < n; i++) {
    const p = predictions[i] - p0 - pMean;
    spread += p * p;
    together += p * (truths[i] - g0 - gMean);
  }
  const scale = together / spread;
  const shift = g0 + gMean - scale * (p0 + pMean);
  if (!(spread > 0)) return { problem: 'all predictions are the same' };
  if (!(spread < Infinity && Number.isFinite(scale) && Number.isFinite(shift)))
    return { problem: 'the fit is beyond the range of float64' };
  return { scale, shift };
}

function largest(values: Float64Array): number {
  let found = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > found) found = values[i];
  return found;
}

/** Mean of the two middle values; NaN when empty or when a value is NaN (as in NumPy). */
function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const last = sorted.length - 1;
  // Typed arrays sort NaN to the end.
  if (last < 0 || Number.isNaN(sorted[last])) return Number.NaN;
  return (sorted[last >> 1] + sorted[(last + 1) >> 1]) / 2;
}
