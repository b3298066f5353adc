import type { DepthPixels } from '../evidence/depth.ts';

/** Pearson's; 0 where one side does not vary. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const { covariance, varianceA, varianceB } = momentsOf(a, b);
  const product = varianceA * varianceB;
  return product > 0 ? covariance / Math.sqrt(product) : 0;
}

/** Least squares 1 / truth = a x prediction + b over the pixels of one image; a = 0 where predictions do not vary. */
export function fitInverse({ truthM, prediction }: DepthPixels): { readonly a: number; readonly b: number } {
  const { meanA, meanB, covariance, varianceA } = momentsOf(
    prediction,
    truthM.map((g) => 1 / g),
  );
  const a = varianceA > 0 ? covariance / varianceA : 0;
  return { a, b: meanB - a * meanA };
}

function momentsOf(a: ArrayLike<number>, b: ArrayLike<number>) {
  const count = a.length;
  let meanA = 0;
  let meanB = 0;
  for (let i = 0; i < count; i++) {
    meanA += a[i] / count;
    meanB += b[i] / count;
  }
  let covariance = 0;
  let varianceA = 0;
  let varianceB = 0;
  for (let i = 0; i < count; i++) {
    const [x, y] = [a[i] - meanA, b[i] - meanB];
    covariance += x * y;
    varianceA += x * x;
    varianceB += y * y;
  }
  return { meanA, meanB, covariance, varianceA, varianceB };
}
