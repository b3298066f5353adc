/**
 * Counts as a short list for the journal: a number above 0 is the count of the next cell, a number -n below 0 says that
 * the next n cells are 0. Zeros at the end are left out.
 */
export function packCounts(counts: Uint32Array): number[] {
  const packed: number[] = [];
  let zeros = 0;
  for (const count of counts) {
    if (count === 0) {
      zeros++;
      continue;
    }
    if (zeros > 0) packed.push(-zeros);
    zeros = 0;
    packed.push(count);
  }
  return packed;
}

/** Adds packed counts to `totals`, which are float64 so that they stay exact up to 2^53. */
export function addPacked(packed: readonly number[], totals: Float64Array): void {
  let cell = 0;
  for (const entry of packed) {
    if (entry < 0) cell -= entry;
    else totals[cell++] += entry;
  }
}
