/** The median of ascending numbers whose unmeasured ones (NaN) stand last; undefined when nothing was measured. */
export function sortedMedian(ascending: Float32Array): number | undefined {
  let count = ascending.length;
  while (count > 0 && Number.isNaN(ascending[count - 1])) count--;
  if (count === 0) return undefined;
  const middle = count >> 1;
  return count % 2 ? ascending[middle] : (ascending[middle - 1] + ascending[middle]) / 2;
}

/** The exact median of all numbers that are not NaN, without sorting or copying them; undefined when there is none. */
export function medianOfAll(values: Float32Array): number | undefined {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) count++;
  if (count === 0) return undefined;
  const middle = count >> 1;
  const upper = kthSmallest(values, middle);
  return count % 2 ? upper : (kthSmallest(values, middle - 1) + upper) / 2;
}

const HALF = 1 << 16;

/** Radix selection in two passes: the order of float32 is that of its bits once the sign is folded in. */
function kthSmallest(values: Float32Array, k: number): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const high = histogramPlace(values, bits, k, (key) => key >>> 16);
  const low = histogramPlace(values, bits, high.remaining, (key) => (key >>> 16 === high.bin ? key & 0xffff : HALF));
  const key = ((high.bin << 16) | low.bin) >>> 0;
  const word = key & 0x80000000 ? key ^ 0x80000000 : ~key;
  return new Float32Array(Uint32Array.of(word).buffer)[0];
}

function histogramPlace(values: Float32Array, bits: Uint32Array, k: number, binOf: (key: number) => number) {
  const counts = new Float64Array(HALF + 1);
  for (let i = 0; i < bits.length; i++) {
    if (Number.isNaN(values[i])) continue;
    const word = bits[i];
    counts[binOf(word & 0x80000000 ? ~word : word | 0x80000000)]++;
  }
  let bin = 0;
  let remaining = k;
  while (remaining >= counts[bin]) remaining -= counts[bin++];
  return { bin, remaining };
}
