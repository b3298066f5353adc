import { quantileOfSorted } from './quantile.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** In [0, 1); seeded by the caller, so that the same samples give the same interval. */
  readonly random: () => number;
  readonly resamples?: number;
  readonly level?: number;
}

/** Twice as many move the ends of an interval by less than a fiftieth of its width. */
const RESAMPLES = 4000;

/**
 * Percentile bootstrap (Efron 1979): `count` units are drawn with replacement, `statistic` is told which, and the interval
 * is what holds the middle `level` of its values. For means and pooled figures as well as for medians.
 */
export function bootstrapInterval(
  count: number,
  statistic: (drawn: Int32Array) => number,
  { random, resamples = RESAMPLES, level = 0.95 }: BootstrapOptions,
): Interval {
  const drawn = new Int32Array(count);
  const values = Float64Array.from({ length: resamples }, () => {
    for (let i = 0; i < count; i++) drawn[i] = Math.floor(random() * count);
    return statistic(drawn);
  }).sort();
  const tail = (1 - level) / 2;
  return { low: quantileOfSorted(values, tail), high: quantileOfSorted(values, 1 - tail) };
}

/**
 * Interval of a median. The percentile bootstrap, not BCa: the jackknife that BCa's acceleration needs fails for a
 * median, which takes only two values when single units are left out.
 */
export function medianInterval(values: readonly number[], options: BootstrapOptions): Interval {
  const sorted = Float64Array.from(values).sort();
  // Ranks order as their values do, and integers sort fast.
  const statistic = (ranks: Int32Array) => {
    ranks.sort();
    const middle = (ranks.length - 1) / 2;
    return (sorted[ranks[Math.floor(middle)]] + sorted[ranks[Math.ceil(middle)]]) / 2;
  };
  return bootstrapInterval(sorted.length, statistic, options);
}
