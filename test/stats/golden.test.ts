import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { bootstrapInterval, medianInterval } from '../../src/stats/bootstrap.ts';
import { quantile, quartileDispersion, robustDeviation } from '../../src/stats/quantile.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

const FILE = ['golden', 'stats', 'stats.json'];
const { skip } = needsShared(...FILE);
const golden = skip ? undefined : JSON.parse(readFileSync(sharedPath(...FILE), 'utf8'));

const seeded = (seed: number) => {
  const random = new Random(seed);
  return () => random.uniform();
};

describe.skipIf(skip)('statistics against SciPy and exact enumeration', () => {
  it("quantiles by NumPy's linear definition, and the normal-scaled MAD", () => {
    const { values, p, linear, mad_normal } = golden.quantiles;
    p.forEach((at: number, i: number) => {
      expect(quantile(values, at)).toBeCloseTo(linear[i], 9);
    });
    expect(robustDeviation(values)).toBeCloseTo(mad_normal, 9);
  });

  it('the bootstrap of a mean', () => {
    const { values, percentile_95 } = golden.bootstrap_mean;
    const mean = (drawn: Int32Array) => drawn.reduce((sum, i) => sum + values[i], 0) / drawn.length;
    const { low, high } = bootstrapInterval(values.length, mean, { random: seeded(1), resamples: 200_000 });
    expect(Math.abs(low / percentile_95[0] - 1)).toBeLessThan(0.005);
    expect(Math.abs(high / percentile_95[1] - 1)).toBeLessThan(0.005);
  });

  it('the bootstrap of a pooled RMSE, whose resamples were all enumerated', () => {
    const { sum_squares, counts, percentile_95 } = golden.bootstrap_pooled_exact;
    const rmse = (drawn: Int32Array) => {
      let [squares, count] = [0, 0];
      for (const i of drawn) [squares, count] = [squares + sum_squares[i], count + counts[i]];
      return Math.sqrt(squares / count);
    };
    const { low, high } = bootstrapInterval(5, rmse, { random: seeded(2), resamples: 20_000 });
    expect(Math.abs(low / percentile_95[0] - 1)).toBeLessThan(0.02);
    expect(Math.abs(high / percentile_95[1] - 1)).toBeLessThan(0.02);
  });
});

describe('the interval of a median', () => {
  it('is the same for the same seed, and holds the median', () => {
    const values = Array.from({ length: 31 }, (_, i) => (i * 17) % 31);
    const interval = medianInterval(values, { random: seeded(3) });
    expect(medianInterval(values, { random: seeded(3) })).toEqual(interval);
    expect(interval.low).toBeLessThanOrEqual(15);
    expect(interval.high).toBeGreaterThanOrEqual(15);
  });

  it('agrees with the generic bootstrap of the same statistic', () => {
    const random = new Random(4);
    const values = Array.from({ length: 20 }, () => random.uniform());
    const slow = (drawn: Int32Array) =>
      quantile(
        Array.from(drawn, (i) => values[i]),
        0.5,
      );
    const [fast, general] = [
      medianInterval(values, { random: seeded(5), resamples: 20_000 }),
      bootstrapInterval(20, slow, { random: seeded(6), resamples: 20_000 }),
    ];
    expect(Math.abs(fast.low - general.low)).toBeLessThan(0.02);
    expect(Math.abs(fast.high - general.high)).toBeLessThan(0.02);
  });

  it.each([
    ['bell-shaped', (random: Random) => random.uniform() + random.uniform() + random.uniform()],
    ['skewed, with a heavy tail', (random: Random) => 1 / (1 - random.uniform()) ** 0.5],
  ])('covers the true median in about 95 of 100 series of 30: %s', (_, draw) => {
    const random = new Random(7);
    const truth = quantile(
      Array.from({ length: 200_001 }, () => draw(random)),
      0.5,
    );
    let covered = 0;
    const series = 1000;
    for (let i = 0; i < series; i++) {
      const { low, high } = medianInterval(
        Array.from({ length: 30 }, () => draw(random)),
        { random: () => random.uniform(), resamples: 500 },
      );
      if (low <= truth && truth <= high) covered++;
    }
    expect(covered / series).toBeGreaterThan(0.925);
    expect(covered / series).toBeLessThan(0.98);
  });
});

describe('quartile dispersion', () => {
  it('is the width of the middle half over its sum', () => {
    expect(quartileDispersion([1, 2, 3, 4, 5])).toBeCloseTo((4 - 2) / (4 + 2), 12);
    expect(quartileDispersion([7, 7, 7])).toBe(0);
  });
});
