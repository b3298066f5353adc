import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HALF_MAX, halfBits, halfToNumber } from '../../src/formats/half.ts';

describe('float32 to float16', () => {
  // IEEE 754-2008, binary16: each by hand.
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [1023 * 2 ** -24, 0x03ff],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [1 / 3, 0x3555],
  ])('%d exactly or to the nearest', (value, bits) => {
    expect(halfBits(value)).toBe(bits);
  });

  it.each([
    ['halfway, even below', 1 + 2 ** -11, 0x3c00],
    ['just above halfway', 1 + 2 ** -11 + 2 ** -20, 0x3c01],
    ['halfway, even above', 1 + 3 * 2 ** -11, 0x3c02],
    ['a carry into the exponent', 2 - 2 ** -12, 0x4000],
    ['half the smallest', 2 ** -25, 0x0000],
    ['a little more than that', 2 ** -25 + 2 ** -40, 0x0001],
    ['one and a half of the smallest', 1.5 * 2 ** -24, 0x0002],
    ['the largest subnormal carries to the smallest normal', 1023.5 * 2 ** -24, 0x0400],
    ['below the overflow', 65519, 0x7bff],
    ['the overflow', 65520, 0x7c00],
    ['a float32 subnormal', 1e-40, 0x0000],
  ])('%s', (_, value, bits) => {
    expect(halfBits(value)).toBe(bits);
    expect(halfBits(-value)).toBe(bits | 0x8000);
  });

  it('keeps NaN', () => {
    expect(halfToNumber(halfBits(Number.NaN))).toBeNaN();
  });

  it('gives every float16 back, and of all neighbours the nearest', () => {
    for (let bits = 0; bits < 0x7c00; bits++) expect(halfBits(halfToNumber(bits))).toBe(bits);
    fc.assert(
      fc.property(fc.float({ min: -HALF_MAX, max: HALF_MAX, noNaN: true }), (value) => {
        const bits = halfBits(value);
        const error = Math.abs(halfToNumber(bits) - value);
        const neighbours = [bits - 1, bits + 1].filter((near) => (near & 0x8000) === (bits & 0x8000) && near >= 0);
        for (const near of neighbours) {
          const other = Math.abs(halfToNumber(near) - value);
          if (Number.isFinite(other)) expect(error).toBeLessThanOrEqual(other);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
