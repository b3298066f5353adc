import type { Figure, Pooling } from '../../src/core/reading.ts';

/** The figure of a key and pooling; fails when it is not there. */
export function read(figures: readonly Figure[], key: string, pooling: Pooling = 'pixel'): Figure {
  const found = figures.filter((figure) => figure.key === key && figure.pooling === pooling);
  if (found.length !== 1) throw new Error(`${found.length} figures ${key} (${pooling})`);
  return found[0];
}

/** What a journal would give back. */
export const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** Every number anywhere in a value. */
export function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(numbersIn);
}
