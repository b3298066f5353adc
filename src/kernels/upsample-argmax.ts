import { axisTaps, type ResizeKind } from './taps.ts';
import { widenedRows } from './widened-rows.ts';

/** Output rows that are chosen together where they mix the same input rows. */
const TOGETHER = 4;

/** Channels first, first + 1, ... first + count - 1. */
export interface ChannelRange {
  readonly first: number;
  readonly count: number;
}

/** Planar logits (channel, row, column), and the size and way of their resize. */
export interface Upsampling {
  readonly logits: Float32Array;
  readonly channels: number;
  readonly h: number;
  readonly w: number;
  readonly height: number;
  readonly width: number;
  readonly kind: ResizeKind;
}

/**
 * The label map of a network: logits resized like OpenCV's float32 resize, then the channel of the largest value, the
 * first one on ties; NaN is never the largest. Nothing of the size of the resized logits (channels * height * width)
 * is ever held: only the input rows that an output row mixes, widened, of all channels.
 * @param logits planar: channel, row, column (channels * h * w); at most 255 channels
 * @returns height * width labels
 */
export function upsampleArgmax(
  logits: Float32Array,
  channels: number,
  h: number,
  w: number,
  height: number,
  width: number,
  kind: ResizeKind,
): Uint8Array {
  const output = new Uint8Array(height * width);
  const best = new Float32Array(TOGETHER * width);
  const all = { first: 0, count: channels };
  eachRows({ logits, channels, h, w, height, width, kind }, (rows, to) => choose(rows, all, width, best, output, to));
  return output;
}

/**
 * upsampleArgmax of a slice of the channels, closed and open, with each channel looked at once.
 * @param slice at most 255 channels; there may be any number beside them. All logits are finite.
 * @returns height * width labels each, channel - slice.first; in `open`, `outside` where the largest of all channels
 * (the first one on ties) is none of the slice's
 */
export function upsampleArgmaxOfSlice(
  upsampling: Upsampling,
  slice: ChannelRange,
  outside: number,
): { readonly closed: Uint8Array; readonly open: Uint8Array } {
  const { channels, height, width } = upsampling;
  const after = slice.first + slice.count;
  const [inside, lower, upper] = [slice, { first: 0, count: slice.first }, { first: after, count: channels - after }];
  const closed = new Uint8Array(height * width);
  const open = new Uint8Array(height * width);
  const strip = () => new Float32Array(TOGETHER * width);
  const [best, bestLower, bestUpper] = [strip(), strip(), strip()];
  const unused = new Uint8Array(TOGETHER * width);
  eachRows(upsampling, (rows, to) => {
    choose(rows, inside, width, best, closed, to);
    choose(rows, lower, width, bestLower, unused, 0);
    choose(rows, upper, width, bestUpper, unused, 0);
    const pixels = rows.together * width;
    for (let i = 0; i < pixels; i++)
      open[to + i] = best[i] > bestLower[i] && best[i] >= bestUpper[i] ? closed[to + i] : outside;
  });
  return { closed, open };
}

/** Widened input rows of all channels, with the weights of each output row that is mixed from them. */
interface MixedRows {
  readonly rows: readonly Float32Array[];
  readonly weights: Float32Array;
  /** Output rows: 1 or TOGETHER. */
  readonly together: number;
}

/** Calls back for each output row, or for several that mix the same input rows; `to` is the pixel that they begin at. */
function eachRows(upsampling: Upsampling, onRows: (mixed: MixedRows, to: number) => void): void {
  const { channels, h, height, width, kind } = upsampling;
  const down = axisTaps(h, height, kind);
  const widened = widenedRows(upsampling, { first: 0, count: channels }, down);
  const { count } = down;
  for (let row = 0; row < height; ) {
    const t = row * count;
    const together = count === 4 && mixTheSame(down.indices, t, count, TOGETHER) ? TOGETHER : 1;
    const weights = down.weights.subarray(t, t + together * count);
    onRows({ rows: widened(row), weights, together }, row * width);
    row += together;
  }
}

/** The largest value of the channels for each pixel into `best`, and its channel - first into `output`. */
function choose(
  { rows, weights, together }: MixedRows,
  range: ChannelRange,
  width: number,
  best: Float32Array,
  output: Uint8Array,
  to: number,
): void {
  best.fill(-Infinity);
  if (together === TOGETHER) chooseFourRowsOf4(rows, weights, range, width, best, output, to);
  else if (rows.length === 4) chooseOf4(rows, weights, range, width, best, output, to);
  else chooseOf2(rows, weights, range, width, best, output, to);
}

/** Whether the `rows` output rows from tap `t` on all mix the same input rows: so it is when logits grow fourfold. */
function mixTheSame(indices: Int32Array, t: number, count: number, rows: number): boolean {
  if (t + rows * count > indices.length) return false;
  for (let i = count; i < rows * count; i++) if (indices[t + i] !== indices[t + (i % count)]) return false;
  return true;
}

/** chooseOf4 for four output rows at once: each input value is loaded once instead of four times. */
function chooseFourRowsOf4(
  rows: readonly Float32Array[],
  weights: Float32Array,
  { first, count }: ChannelRange,
  width: number,
  best: Float32Array,
  output: Uint8Array,
  to: number,
): void {
  const [r0, r1, r2, r3] = rows;
  const [a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3] = weights;
  const [second, third, fourth] = [width, 2 * width, 3 * width];
  for (let c = 0, at = first * width; c < count; c++)
    for (let x = 0; x < width; x++, at++) {
      const v0 = r0[at];
      const v1 = r1[at];
      const v2 = r2[at];
      const v3 = r3[at];
      const a = Math.fround(v0 * a0 + v1 * a1 + v2 * a2 + v3 * a3);
      if (a > best[x]) {
        best[x] = a;
        output[to + x] = c;
      }
      const b = Math.fround(v0 * b0 + v1 * b1 + v2 * b2 + v3 * b3);
      if (b > best[second + x]) {
        best[second + x] = b;
        output[to + second + x] = c;
      }
      const d = Math.fround(v0 * c0 + v1 * c1 + v2 * c2 + v3 * c3);
      if (d > best[third + x]) {
        best[third + x] = d;
        output[to + third + x] = c;
      }
      const e = Math.fround(v0 * d0 + v1 * d1 + v2 * d2 + v3 * d3);
      if (e > best[fourth + x]) {
        best[fourth + x] = e;
        output[to + fourth + x] = c;
      }
    }
}

function chooseOf4(
  rows: readonly Float32Array[],
  weights: Float32Array,
  { first, count }: ChannelRange,
  width: number,
  best: Float32Array,
  output: Uint8Array,
  to: number,
): void {
  const [r0, r1, r2, r3] = rows;
  const [w0, w1, w2, w3] = weights;
  for (let c = 0, at = first * width; c < count; c++)
    for (let x = 0; x < width; x++, at++) {
      // Rounded before it is compared: otherwise an equal value of a later channel could win over its rounded twin.
      const value = Math.fround(r0[at] * w0 + r1[at] * w1 + r2[at] * w2 + r3[at] * w3);
      if (value > best[x]) {
        best[x] = value;
        output[to + x] = c;
      }
    }
}

function chooseOf2(
  rows: readonly Float32Array[],
  weights: Float32Array,
  { first, count }: ChannelRange,
  width: number,
  best: Float32Array,
  output: Uint8Array,
  to: number,
): void {
  const [r0, r1] = rows;
  const [w0, w1] = weights;
  for (let c = 0, at = first * width; c < count; c++)
    for (let x = 0; x < width; x++, at++) {
      const value = Math.fround(r0[at] * w0 + r1[at] * w1);
      if (value > best[x]) {
        best[x] = value;
        output[to + x] = c;
      }
    }
}
