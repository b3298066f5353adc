import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spreadOf } from '../../src/stats/spread.ts';

describe('mean and standard deviation', () => {
  // numpy 2: mean() and std(ddof=1).
  it.each([
    [[0.712, 0.698, 0.731], 0.7136666666666667, 0.01656301099840647],
    [[0.655, 0.672], 0.6635, 0.012020815280171319],
    [[1e8 + 0.1, 1e8 + 0.2, 1e8 + 0.4], 100000000.23333335, 0.1527525286930857],
  ])('of %j', (values, mean, deviation) => {
    const spread = spreadOf(values);
    expect(spread.count).toBe(values.length);
    expect(spread.mean).toBeCloseTo(mean, 12);
    expect(spread.deviation).toBeCloseTo(deviation, 12);
  });

  it('do not depend on the order, and are 0 for equal values', () => {
    const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 9 });
    fc.assert(
      fc.property(values, (some) => {
        const [there, back] = [spreadOf(some), spreadOf(some.toReversed())];
        expect(back.mean).toBeCloseTo(there.mean, 9);
        expect(back.deviation).toBeCloseTo(there.deviation, 9);
      }),
    );
    expect(spreadOf([0.25, 0.25, 0.25])).toEqual({ count: 3, mean: 0.25, deviation: 0 });
  });

  it('of fewer than two values are no spread', () => {
    expect(() => spreadOf([1])).toThrow(RangeError);
  });
});
