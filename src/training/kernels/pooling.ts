import { POOL_KERNEL, paddingOf } from '../../network/graph.ts';

const REACH = paddingOf(POOL_KERNEL);

interface Axis {
  readonly lines: number;
  readonly length: number;
  /** Numbers of one step along the axis. */
  readonly block: number;
}

/**
 * Where 5x5 max pooling with stride 1 found each of its outputs: flat places in the input. Of equal values the first in
 * reading order wins, as in TensorFlow's operator.
 * @param rows the largest value of each window of 1x5
 * @param output the largest of each window of 5x5
 */
export function winnersOf(
  input: Float32Array,
  rows: Float32Array,
  output: Float32Array,
  [images, height, width, channels]: readonly [number, number, number, number],
): Int32Array {
  const line = width * channels;
  const across = firstOf(input, rows, { lines: images * height, length: width, block: channels });
  const down = firstOf(rows, output, { lines: images, length: height, block: line });
  const places = new Int32Array(input.length);
  for (let i = 0; i < places.length; i++) {
    const inRow = i + (down[i] - REACH) * line;
    places[i] = inRow + (across[inRow] - REACH) * channels;
  }
  return places;
}

/** For each largest value which of the values within reach along an axis equals it first: 0 is the one REACH before. */
function firstOf(values: Float32Array, largest: Float32Array, { lines, length, block }: Axis): Uint8Array {
  const input = bitsOf(values);
  const wanted = bitsOf(largest);
  const steps = new Uint8Array(input.length);
  for (let line = 0; line < lines; line++)
    for (let at = 0; at < length; at++) {
      const to = (line * length + at) * block;
      const first = Math.max(0, REACH - at);
      const last = Math.min(POOL_KERNEL - 1, length - 1 - at + REACH);
      if (last - first < POOL_KERNEL - 1)
        for (let i = to; i < to + block; i++) {
          let step = first;
          while (step < last && input[i + (step - REACH) * block] !== wanted[i]) step++;
          steps[i] = step;
        }
      else
        for (let i = to; i < to + block; i++) {
          const bits = wanted[i];
          // Without branches, which would be guessed wrong more often than not: each is 1 while none has been equal.
          const a = differs(input[i - 2 * block] ^ bits);
          const b = a & differs(input[i - block] ^ bits);
          const c = b & differs(input[i] ^ bits);
          const d = c & differs(input[i + block] ^ bits);
          steps[i] = a + b + c + d;
        }
    }
  return steps;
}

/** 1 unless 0. */
const differs = (bits: number): number => (bits | -bits) >>> 31;

const bitsOf = ({ buffer, byteOffset, length }: Float32Array) => new Int32Array(buffer, byteOffset, length);
