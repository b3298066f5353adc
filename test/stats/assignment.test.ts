import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestAssignment } from '../../src/stats/assignment.ts';

/** Every order of 0..size-1. */
function orders(size: number): number[][] {
  if (size === 0) return [[]];
  return orders(size - 1).flatMap((order) => Array.from({ length: size }, (_, at) => order.toSpliced(at, 0, size - 1)));
}

describe('the best assignment', () => {
  it('has the sum that trying every order gives', () => {
    const tables = fc
      .integer({ min: 1, max: 5 })
      .chain((size) =>
        fc
          .array(fc.integer({ min: -20, max: 20 }), { minLength: size * size, maxLength: size * size })
          .map((weights) => ({ size, weights })),
      );
    fc.assert(
      fc.property(tables, ({ size, weights }) => {
        const sum = (columns: ArrayLike<number>) =>
          Array.from(columns).reduce((total, column, row) => total + weights[row * size + column], 0);
        const found = bestAssignment(Float64Array.from(weights), size);
        expect([...found].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
        expect(sum(found)).toBe(Math.max(...orders(size).map(sum)));
      }),
    );
  });
});
