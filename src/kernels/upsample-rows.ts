import { resampleRow } from './resize.ts';
import { axisTaps } from './taps.ts';
import type { ChannelRange, Upsampling } from './upsample-argmax.ts';

/**
 * Logits resized as upsampleArgmax does, one output row at a time and with its every bit: for what needs all classes of
 * a pixel and must not hold channels * height * width values.
 * @returns a function that writes output row `row` into `out`, planar: channel - range.first, column. Rows are cheapest
 * in ascending order.
 */
export function upsampledRows(
  { logits, h, w, height, width, kind }: Upsampling,
  { first, count: channels }: ChannelRange,
): (row: number, out: Float32Array) => void {
  const across = axisTaps(w, width, kind);
  const down = axisTaps(h, height, kind);
  const { count } = down;
  const length = channels * width;
  // As in upsampleArgmax: taps are `count` neighbours, so slots never clash.
  const slots = Array.from({ length: count }, () => new Float32Array(length));
  const held = new Int32Array(count).fill(-1);
  return (row, out) => {
    const t = row * count;
    for (let k = 0; k < count; k++) {
      const source = down.indices[t + k];
      if (held[source % count] === source) continue;
      held[source % count] = source;
      for (let c = 0; c < channels; c++)
        resampleRow(logits, ((first + c) * h + source) * w, across, slots[source % count], c * width, width);
    }
    const [r0, r1, r2, r3] = Array.from({ length: count }, (_, k) => slots[down.indices[t + k] % count]);
    const [w0, w1, w2, w3] = down.weights.subarray(t, t + count);
    if (count === 2) for (let i = 0; i < length; i++) out[i] = r0[i] * w0 + r1[i] * w1;
    else for (let i = 0; i < length; i++) out[i] = r0[i] * w0 + r1[i] * w1 + r2[i] * w2 + r3[i] * w3;
  };
}
