import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillBackground } from '../../src/kernels/fill-background.ts';

const fill = (rows: readonly (readonly number[])[]) => {
  const width = rows[0].length;
  const filled = fillBackground(Float32Array.from(rows.flat()), rows.length, width);
  return rows.map((_, row) => [...filled.subarray(row * width, (row + 1) * width)]);
};

describe('filling as the KITTI devkit does it', () => {
  it('a gap takes the smaller neighbour, the ends of a row its nearest value', () => {
    expect(fill([[0, 0, 5, 0, 0, 3, 0]])).toEqual([[5, 5, 5, 3, 3, 3, 3]]);
    expect(fill([[0, 2, 0, 9, 0, 4, 4]])).toEqual([[2, 2, 2, 9, 4, 4, 4]]);
  });

  it('empty rows above and below take the nearest row; between two rows they stay empty', () => {
    const none = [0, 0];
    expect(fill([none, none, [1, 0], none, [0, 7], none])).toEqual([[1, 1], [1, 1], [1, 1], none, [7, 7], [7, 7]]);
  });

  it('NaN is missing, too; what is negative or infinite is an answer', () => {
    expect(fill([[Number.NaN, 4, Number.NaN]])).toEqual([[4, 4, 4]]);
    expect(fill([[-1, 0, 4, Number.POSITIVE_INFINITY]])).toEqual([[-1, -1, 4, Number.POSITIVE_INFINITY]]);
  });

  it('leaves a map without any value, and what it was given, as they are', () => {
    expect(fill([[0, 0]])).toEqual([[0, 0]]);
    const given = Float32Array.of(0, 3);
    fillBackground(given, 1, 2);
    expect([...given]).toEqual([0, 3]);
  });

  /** Pixel by pixel, by looking along the row and then along the column. */
  function filledValue(rows: readonly (readonly number[])[], row: number, column: number): number {
    const within = (r: number, c: number): number => {
      const left = rows[r].slice(0, c + 1).filter((value) => value > 0);
      const right = rows[r].slice(c).filter((value) => value > 0);
      if (left.length === 0 || right.length === 0) return left.at(-1) ?? right[0] ?? 0;
      return Math.min(left.at(-1) as number, right[0]);
    };
    const all = rows.map((_, r) => within(r, column));
    if (all[row] > 0) return all[row];
    const above = all.slice(0, row).some((value) => value > 0);
    const below = all.slice(row).some((value) => value > 0);
    if (above && below) return 0;
    return (above ? all.findLast((value) => value > 0) : all.find((value) => value > 0)) ?? 0;
  }

  it('equals a pixel by pixel restatement, and changes nothing a second time', () => {
    const size = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 7 }));
    const maps = size.chain(([height, width]) =>
      fc.array(fc.array(fc.constantFrom(0, 0, 0, 0, 1, 2, 5), { minLength: width, maxLength: width }), {
        minLength: height,
        maxLength: height,
      }),
    );
    fc.assert(
      fc.property(maps, (rows) => {
        const filled = fill(rows);
        expect(filled).toEqual(rows.map((line, row) => line.map((_, column) => filledValue(rows, row, column))));
        expect(fill(filled)).toEqual(filled);
      }),
    );
  });
});
