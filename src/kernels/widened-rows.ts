import { resampleRow } from './resize.ts';
import { axisTaps, type Taps } from './taps.ts';
import type { ChannelRange, Upsampling } from './upsample-argmax.ts';

/**
 * The input rows that an output row mixes, resized across, of a range of channels; each is made once where rows are asked
 * for in ascending order, and no more are held than one output row mixes.
 * @param down the taps of the output rows
 * @returns of an output row: its input rows in the order of its weights, planar: channel - range.first, column; they
 * hold until the next call
 */
export function widenedRows(
  { logits, h, w, width, kind }: Omit<Upsampling, 'channels'>,
  { first, count: channels }: ChannelRange,
  { indices, count }: Taps,
): (row: number) => readonly Float32Array[] {
  const across = axisTaps(w, width, kind);
  // Slot row % count holds that input row; taps are `count` neighbours, so slots never clash.
  const slots = Array.from({ length: count }, () => new Float32Array(channels * width));
  const held = new Int32Array(count).fill(-1);
  return (row) => {
    const taps = indices.subarray(row * count, (row + 1) * count);
    for (const source of taps) {
      if (held[source % count] === source) continue;
      held[source % count] = source;
      for (let c = 0; c < channels; c++)
        resampleRow(logits, ((first + c) * h + source) * w, across, slots[source % count], c * width, width);
    }
    return Array.from(taps, (source) => slots[source % count]);
  };
}
