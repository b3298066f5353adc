/** Of at least two values: their mean, and their standard deviation with n - 1 (that of a sample). */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const count = values.length;
  if (count < 2) throw new RangeError(`${count} values have no spread`);
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  // About the mean: the sum of squares less the square of the sum loses every digit of a small spread.
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, deviation: Math.sqrt(squares / (count - 1)) };
}
