/** Right and wrong pixels by the stored level of their score, ascending: all that figures of a ranking need. */
export interface RankedCounts {
  readonly right: Float64Array;
  readonly wrong: Float64Array;
}

export const pixelsOf = ({ right, wrong }: RankedCounts): number => total(right) + total(wrong);
export const errorRate = (counts: RankedCounts): number => total(counts.wrong) / pixelsOf(counts);

/**
 * Area under the risk-coverage curve (Geifman and El-Yaniv 2017): the mean over i = 1..n of the error rate of the i
 * surest pixels. Pixels of one level are in random order, and this is the exact expectation over it: with N pixels and W
 * errors before, m pixels and w errors in the level and q = w / m,
 *   sum over j = 1..m of (W + q j) / (N + j) = q m + (W - q N) (H(N + m) - H(N)), with H the harmonic numbers.
 * @returns 0..1; NaN without a pixel
 */
export function areaUnderRiskCoverage({ right, wrong }: RankedCounts): number {
  let [before, errors, sum] = [0, 0, 0];
  for (let level = right.length - 1; level >= 0; level--) {
    const pixels = right[level] + wrong[level];
    if (pixels === 0) continue;
    const rate = wrong[level] / pixels;
    sum += rate * pixels + (errors - rate * before) * (harmonic(before + pixels) - harmonic(before));
    before += pixels;
    errors += wrong[level];
  }
  return sum / before;
}

/** What no ranking of as many errors can be below, r + (1 - r) ln(1 - r) (Geifman et al. 2019): E-AURC is AURC less this. */
export const leastArea = (rate: number): number => (rate >= 1 ? 1 : rate + (1 - rate) * Math.log1p(-rate));

const ECE_BINS = 15;

/**
 * Expected calibration error (Naeini et al. 2015; Guo et al. 2017): over 15 bins ((b - 1) / 15, b / 15], the mean of
 * |accuracy - mean score|, weighted by the pixels of each.
 */
export function calibrationError({ right, wrong }: RankedCounts): number {
  const top = right.length - 1;
  const bins = Array.from({ length: ECE_BINS }, () => ({ right: 0, score: 0 }));
  let pixels = 0;
  for (let level = 0; level <= top; level++) {
    const count = right[level] + wrong[level];
    if (count === 0) continue;
    const bin = bins[Math.max(0, Math.ceil((level * ECE_BINS) / top) - 1)];
    bin.right += right[level];
    bin.score += (count * level) / top;
    pixels += count;
  }
  return bins.reduce((sum, bin) => sum + Math.abs(bin.right - bin.score), 0) / pixels;
}

const EULER = 0.5772156649015329;
const EXACT = 256;
const FIRST = new Float64Array(EXACT);
for (let n = 1; n < EXACT; n++) FIRST[n] = FIRST[n - 1] + 1 / n;

/** 1 + 1/2 + ... + 1/n; beyond the first by the series of Euler and Maclaurin, whose error there is below 1e-17. */
function harmonic(n: number): number {
  if (n < EXACT) return FIRST[n];
  const square = 1 / (n * n);
  return Math.log(n) + EULER + 1 / (2 * n) - square * (1 / 12 - square / 120);
}

function total(counts: Float64Array): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
