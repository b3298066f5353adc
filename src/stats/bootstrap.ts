import { quantileOfSorted } from './quantile.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** In [0, 1); seeded by the caller, so that the same samples give the same interval. */
  readonly random: () => number;
  readonly resamples?: number;
  /** Share of the values beyond each end. */
  readonly tail?: number;
}

/** Twice as many move the ends of an interval by less than a fiftieth of its width. */
const RESAMPLES = 4000;

/**
 * Percentile bootstrap (Efron 1979): `count` units are drawn with replacement, `statistic` is told which, and the interval
 * is what holds the middle 95 % of its values (or all but `tail` at each end). For means and pooled figures as well as for medians.
 */
export function bootstrapInterval(
  count: number,
  statistic: (drawn: Int32Array) => number,
  { random, resamples = RESAMPLES, tail = 0.025 }: BootstrapOptions,
): Interval {
  const drawn = new Int32Array(count);
  const values = Float64Array.from({ length: resamples }, () => {
    for (let i = 0; i < count; i++) drawn[i] = Math.floor(random() * count);
    return statistic(drawn);
  }).sort();
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

/** Of n values, from their bootstrap: Phi(-sqrt(n / (n - 1)) t), with t the 97.5 % quantile of Student's t of n - 1 degrees. */
const EXPANDED_TAIL = { 8: 0.00574, 16: 0.01386 } as const;
export type BlockCount = keyof typeof EXPANDED_TAIL;

/**
 * Interval of the median of values that come in a few groups of equal size and differ from group to group: whole groups
 * are drawn, and as eight or sixteen are few, the percentiles are expanded (Hesterberg 2015, "What Teachers Should Know About the
 * Bootstrap", section 5.3) as Student's t is wider than the normal.
 */
export function groupedMedianInterval(
  groups: readonly (readonly number[])[],
  count: BlockCount,
  random: () => number,
): Interval {
  const sorted = groups
    .flatMap((values, group) => values.map((value) => ({ value, group })))
    .sort((a, b) => a.value - b.value);
  const times = new Int32Array(groups.length);
  // A group that is drawn twice counts twice: the median is found by walking along the sorted values.
  const statistic = (drawn: Int32Array) => {
    times.fill(0);
    for (const group of drawn) times[group]++;
    const middle = (sorted.length - 1) / 2;
    let below = 0;
    let low: number | undefined;
    for (const { value, group } of sorted) {
      below += times[group];
      if (low === undefined && below > Math.floor(middle)) low = value;
      if (low !== undefined && below > Math.ceil(middle)) return (low + value) / 2;
    }
    throw new Error('groups of unequal size');
  };
  return bootstrapInterval(groups.length, statistic, { random, tail: EXPANDED_TAIL[count] });
}
