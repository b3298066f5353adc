import { describe, expect, it } from 'vitest';
import { sliceMasses } from '../../src/kernels/slice-mass.ts';

const LN = Math.log;

describe('sliceMasses', () => {
  // Two cells, three channels, the exponentials of whose logits are 1, 2, 5 and 3, 1, 4.
  const logits = Float32Array.of(LN(1), LN(3), LN(2), LN(1), LN(5), LN(4));
  const [first, rest] = [
    { first: 0, count: 1 },
    { first: 1, count: 2 },
  ];

  it('is the mean share of the softmax, and the sum of exponentials over cells and channels', () => {
    const [a, b] = sliceMasses(logits, 3, 1, 2, [first, rest]);
    expect(a.mass).toBeCloseTo((1 / 8 + 3 / 8) / 2, 6);
    expect(b.mass).toBeCloseTo((7 / 8 + 5 / 8) / 2, 6);
    expect(a.sumExp * 5).toBeCloseTo(1 + 3, 5);
    expect(b.sumExp * 5).toBeCloseTo(2 + 5 + 1 + 4, 5);
  });

  it('leaves a channel of no slice in the softmax alone', () => {
    const [a] = sliceMasses(logits, 3, 1, 2, [first]);
    expect(a.mass).toBeCloseTo(0.25, 6);
  });

  it('looks at the cells of the image alone', () => {
    const [a, b] = sliceMasses(logits, 3, 1, 2, [first, rest], { rows: 1, columns: 1 });
    expect(a.mass).toBeCloseTo(1 / 8, 6);
    expect(b.sumExp / a.sumExp).toBeCloseTo(7, 5);
    // In two rows of one column, the first row is the first cell of each channel.
    const rows = sliceMasses(logits, 3, 2, 1, [first], { rows: 1, columns: 1 });
    expect(rows[0].mass).toBeCloseTo(1 / 8, 6);
  });

  it('stays finite where exponentials would not', () => {
    const [a, b] = sliceMasses(Float32Array.of(-3e4, 3e4), 2, 1, 1, [first, { first: 1, count: 1 }]);
    expect([a.mass, b.mass, a.sumExp, b.sumExp]).toEqual([0, 1, 0, 1]);
  });
});
