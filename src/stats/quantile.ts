/** By linear interpolation between order statistics (Hyndman and Fan 1996, type 7). `values` in any order, not empty. */
export function quantile(values: ArrayLike<number>, p: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), p);
}

/** The same of values in ascending order. */
export function quantileOfSorted(sorted: ArrayLike<number>, p: number): number {
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Makes the median absolute deviation of normal values estimate their standard deviation: 1 / the normal's 3rd quartile. */
const NORMAL = 1.482602218505602;

/** Spread without regard to outliers: the median absolute deviation, scaled to a normal's standard deviation. */
export function robustDeviation(values: readonly number[]): number {
  const centre = median(values);
  return NORMAL * median(values.map((value) => Math.abs(value - centre)));
}

/** (Q3 - Q1) / (Q3 + Q1), the quartile coefficient of dispersion: how wide the middle half is, free of unit. */
export function quartileDispersion(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const [low, high] = [quantileOfSorted(sorted, 0.25), quantileOfSorted(sorted, 0.75)];
  return high + low === 0 ? 0 : (high - low) / (high + low);
}
