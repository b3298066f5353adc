import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../../src/core/errors.ts';
import { activationParameters, quantiseKernel, roundHalfEven } from '../../../src/network/precision/quantise.ts';
import { ValueHistogram } from '../../../src/network/precision/ranges.ts';

describe('activations', () => {
  it.each([
    [
      { low: 0, high: 255 },
      { scale: 1, zeroPoint: 0 },
    ],
    [
      { low: -128, high: 127 },
      { scale: 1, zeroPoint: 128 },
    ],
    [
      { low: -255, high: 0 },
      { scale: 1, zeroPoint: 255 },
    ],
    [
      { low: 51, high: 102 },
      { scale: Math.fround(0.4), zeroPoint: 0 },
    ],
    [
      { low: 0, high: 0 },
      { scale: 1, zeroPoint: 0 },
    ],
  ])('%j', (range, expected) => {
    const { scale, zeroPoint } = activationParameters(range);
    expect(scale).toBeCloseTo(expected.scale, 7);
    expect(zeroPoint).toBe(expected.zeroPoint);
  });

  it('holds 0 exactly, everything to a step, and nothing beyond the range', () => {
    const finite = fc.float({ noNaN: true, min: -1e6, max: 1e6 });
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        fc.pre(Math.abs(a - b) > 1e-30);
        const range = { low: Math.min(a, b), high: Math.max(a, b) };
        const { scale, zeroPoint } = activationParameters(range);
        expect(zeroPoint).toBeGreaterThanOrEqual(0);
        expect(zeroPoint).toBeLessThanOrEqual(255);
        const [from, to] = [Math.min(0, range.low), Math.max(0, range.high)];
        expect(255 * scale).toBeLessThanOrEqual(to - from);
        expect(scale * (255 - zeroPoint)).toBeGreaterThanOrEqual(to - 1.01 * scale);
        expect(-scale * zeroPoint).toBeLessThanOrEqual(from + 1.01 * scale);
      }),
    );
  });
});

describe('kernels', () => {
  it('are rounded per output channel, the bias in steps of input times weight', () => {
    const weights = Float32Array.of(1, -0.5, 0.25, 10, 4, -10);
    const { weights: q, weightScales, bias, biasScales } = quantiseKernel(weights, 2, Float32Array.of(1, -3), 0.5, 100);
    expect([...q]).toEqual([100, -50, 25, 100, 40, -100]);
    expect([...weightScales]).toEqual([Math.fround(0.01), Math.fround(0.1)]);
    expect(biasScales?.[0]).toBeCloseTo(0.005, 9);
    expect([...(bias ?? [])]).toEqual([200, -60]);
  });

  it('of nothing but zeros keep their bias', () => {
    const { weights, weightScales, bias, biasScales } = quantiseKernel(
      new Float32Array(6),
      2,
      Float32Array.of(0, -1.75),
      0.1,
      63,
    );
    expect([...weights]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(weightScales[0]).toBe(1);
    expect((bias?.[1] ?? 0) * (biasScales?.[1] ?? 0)).toBeCloseTo(-1.75, 6);
    expect(bias?.[0]).toBe(0);
  });

  it('whose bias is too large for an int32 get a wider step instead', () => {
    const { weights, weightScales, bias } = quantiseKernel(Float32Array.of(1e-9), 1, Float32Array.of(1000), 0.01, 63);
    expect(Math.abs(bias?.[0] ?? 0)).toBeLessThanOrEqual(2 ** 30 + 1);
    expect((bias?.[0] ?? 0) * weightScales[0] * 0.01).toBeCloseTo(1000, 3);
    expect(weights[0]).toBe(0);
  });

  it('round as QuantizeLinear does', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, -2.6].map((value) => roundHalfEven(value) + 0)).toEqual([
      0, 2, 2, 0, -2, 2, -3,
    ]);
  });
});

describe('ranges', () => {
  const of = (...values: number[]) => {
    const histogram = new ValueHistogram();
    histogram.add(Float32Array.from(values), 'v');
    return histogram;
  };

  it('are exact when nothing is left out', () => {
    expect(of(3, -1.5, 2, 7.25).range(1)).toEqual({ low: -1.5, high: 7.25 });
    expect(of(-3, -2).range(1)).toEqual({ low: -3, high: -2 });
    expect(of(0, 0).range(0.9)).toEqual({ low: 0, high: 0 });
    expect(new ValueHistogram().range(1)).toEqual({ low: 0, high: 0 });
  });

  it('leave out as much at one end as at the other, to the width of a bin', () => {
    const histogram = of(...Array.from({ length: 10_001 }, (_, i) => (i - 5000) / 10));
    const { low, high } = histogram.range(0.9);
    // Exact: -450 and 450.
    expect(low).toBeLessThanOrEqual(-450 * 0.999);
    expect(low).toBeGreaterThan(-450 * 1.009);
    expect(high).toBeGreaterThanOrEqual(450 * 0.999);
    expect(high).toBeLessThan(450 * 1.009);
  });

  it('do not depend on the order of the images', () => {
    const [a, b] = [of(1, 5, -2), of(9, 0.5)];
    a.add(Float32Array.of(9, 0.5), 'v');
    b.add(Float32Array.of(1, 5, -2), 'v');
    for (const coverage of [1, 0.9, 0.5]) expect(a.range(coverage)).toEqual(b.range(coverage));
  });

  it('refuse what is not finite, with its place', () => {
    expect(() => of(1, Number.NaN)).toThrow(ResourceError);
    expect(() => of(1, 2, Number.POSITIVE_INFINITY)).toThrow('v: its value 2 is Infinity');
  });
});
