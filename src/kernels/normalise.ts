export interface Normalisation {
  /** Factor on the bytes, e.g. 1 / 255. */
  readonly scale: number;
  /** Per channel, in the order in which the network takes them. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Order of the network's channels; the picture is RGB. */
  readonly colourOrder: 'rgb' | 'bgr';
}

/**
 * The network's input: (byte * scale - mean) / std in float64, rounded once to float32, planar (channel, row, column).
 * A byte has 256 values, so a table per channel gives exactly that.
 */
export function normaliseToPlanar(
  rgb: Uint8Array,
  height: number,
  width: number,
  { scale, mean, std, colourOrder }: Normalisation,
): Float32Array {
  const size = height * width;
  const output = new Float32Array(3 * size);
  for (let channel = 0; channel < 3; channel++) {
    const table = Float32Array.from({ length: 256 }, (_, byte) => (byte * scale - mean[channel]) / std[channel]);
    const from = colourOrder === 'rgb' ? channel : 2 - channel;
    const to = channel * size;
    for (let i = 0, at = from; i < size; i++, at += 3) output[to + i] = table[rgb[at]];
  }
  return output;
}
