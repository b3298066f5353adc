const SMALLEST = 0.1;
const LARGEST = 10;

/**
 * Weights of classes for cross-entropy: (median frequency / own frequency) ^ balance (median frequency balancing after Eigen
 * and Fergus 2015, who count a class over the images that have it; here it is over all; softened by the exponent), within 0.1 to 10; 1 for classes that are never seen.
 * @param counts annotated pixels of each class
 */
export function classWeights(counts: Float64Array, balance: number): Float32Array {
  const seen = [...counts].filter((count) => count > 0).sort((a, b) => a - b);
  const median = seen[Math.floor(seen.length / 2)] ?? 1;
  return Float32Array.from(counts, (count) =>
    count > 0 ? Math.min(LARGEST, Math.max(SMALLEST, (median / count) ** balance)) : 1,
  );
}
