import { axisTaps } from './taps.ts';
import type { ChannelRange, Upsampling } from './upsample-argmax.ts';
import { widenedRows } from './widened-rows.ts';

/**
 * Logits resized as upsampleArgmax does, one output row at a time and with its every bit: for what needs all classes of
 * a pixel and must not hold channels * height * width values.
 * @returns a function that writes output row `row` into `out`, planar: channel - range.first, column. Rows are cheapest
 * in ascending order.
 */
export function upsampledRows(upsampling: Upsampling, range: ChannelRange): (row: number, out: Float32Array) => void {
  const { h, height, width, kind } = upsampling;
  const down = axisTaps(h, height, kind);
  const widened = widenedRows(upsampling, range, down);
  const { count } = down;
  const length = range.count * width;
  return (row, out) => {
    const [r0, r1, r2, r3] = widened(row);
    const [w0, w1, w2, w3] = down.weights.subarray(row * count, (row + 1) * count);
    if (count === 2) for (let i = 0; i < length; i++) out[i] = r0[i] * w0 + r1[i] * w1;
    else for (let i = 0; i < length; i++) out[i] = r0[i] * w0 + r1[i] * w1 + r2[i] * w2 + r3[i] * w3;
  };
}
