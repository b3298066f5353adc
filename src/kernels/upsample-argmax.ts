import { resampleRow } from './resize.ts';
import { axisTaps, type ResizeKind } from './taps.ts';

/**
 * The label map of a network: logits resized like OpenCV's float32 resize, then the channel of the largest value, the
 * first one on ties; NaN is never the largest. Nothing of the size of the resized logits (channels * height * width) is ever held: only the input
 * rows that an output row mixes, widened, of all channels.
 * @param logits planar: channel, row, column (channels * h * w)
 * @param labels half-open range of at most 255 channels to choose from; labels are counted from its first
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
  labels: readonly [number, number] = [0, channels],
): Uint8Array {
  const [first, end] = labels;
  const across = axisTaps(w, width, kind);
  const down = axisTaps(h, height, kind);
  const { count } = down;
  const output = new Uint8Array(height * width);
  const best = new Float32Array(width);
  const plane = h * w;
  // Slot row % count holds that input row of every channel; taps are `count` neighbours, so slots never clash.
  const slots = Array.from({ length: count }, () => new Float32Array((end - first) * width));
  const held = new Int32Array(count).fill(-1);
  for (let row = 0; row < height; row++) {
    const t = row * count;
    for (let k = 0; k < count; k++) {
      const source = down.indices[t + k];
      if (held[source % count] === source) continue;
      held[source % count] = source;
      for (let c = first; c < end; c++)
        resampleRow(logits, c * plane + source * w, across, slots[source % count], (c - first) * width, width);
    }
    const rows = Array.from({ length: count }, (_, k) => slots[down.indices[t + k] % count]);
    const weights = down.weights.subarray(t, t + count);
    best.fill(-Infinity);
    if (count === 4) chooseOf4(rows, weights, end - first, width, best, output, row * width);
    else chooseOf2(rows, weights, end - first, width, best, output, row * width);
  }
  return output;
}

function chooseOf4(
  rows: readonly Float32Array[],
  weights: Float32Array,
  channels: number,
  width: number,
  best: Float32Array,
  output: Uint8Array,
  to: number,
): void {
  const [r0, r1, r2, r3] = rows;
  const [w0, w1, w2, w3] = weights;
  for (let c = 0, at = 0; c < channels; c++)
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
  channels: number,
  width: number,
  best: Float32Array,
  output: Uint8Array,
  to: number,
): void {
  const [r0, r1] = rows;
  const [w0, w1] = weights;
  for (let c = 0, at = 0; c < channels; c++)
    for (let x = 0; x < width; x++, at++) {
      const value = Math.fround(r0[at] * w0 + r1[at] * w1);
      if (value > best[x]) {
        best[x] = value;
        output[to + x] = c;
      }
    }
}
