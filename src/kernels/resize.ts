import { axisTaps, type ResizeKind, type Taps } from './taps.ts';

/**
 * Resizes a planar map (channel, row, column) like OpenCV's resize of float32: first along rows, then along columns,
 * no smoothing when it gets smaller.
 * @returns Float32Array of channels * height * width values.
 */
export function resizePlanar(
  data: Float32Array,
  channels: number,
  h: number,
  w: number,
  height: number,
  width: number,
  kind: ResizeKind,
): Float32Array {
  if (h === height && w === width) return data.slice();
  const across = axisTaps(w, width, kind);
  const down = axisTaps(h, height, kind);
  const output = new Float32Array(channels * height * width);
  const wide = new Float32Array(h * width);
  for (let c = 0; c < channels; c++) {
    for (let row = 0; row < h; row++) resampleRow(data, (c * h + row) * w, across, wide, row * width, width);
    for (let row = 0; row < height; row++) mixRows(wide, down, row, output, (c * height + row) * width, width);
  }
  return output;
}

/** One input row at `from`, resampled to `width` values at `to`. */
export function resampleRow(
  input: Float32Array,
  from: number,
  { count, indices, weights }: Taps,
  output: Float32Array,
  to: number,
  width: number,
): void {
  if (count === 2) {
    for (let x = 0, t = 0; x < width; x++, t += 2)
      output[to + x] = input[from + indices[t]] * weights[t] + input[from + indices[t + 1]] * weights[t + 1];
    return;
  }
  for (let x = 0, t = 0; x < width; x++, t += 4)
    output[to + x] =
      input[from + indices[t]] * weights[t] +
      input[from + indices[t + 1]] * weights[t + 1] +
      input[from + indices[t + 2]] * weights[t + 2] +
      input[from + indices[t + 3]] * weights[t + 3];
}

/** Output row `row` as a mix of whole rows of `wide`, each `width` long. */
function mixRows(
  wide: Float32Array,
  { count, indices, weights }: Taps,
  row: number,
  output: Float32Array,
  to: number,
  width: number,
): void {
  const t = row * count;
  const r0 = indices[t] * width;
  const r1 = indices[t + 1] * width;
  const w0 = weights[t];
  const w1 = weights[t + 1];
  if (count === 2) {
    for (let x = 0; x < width; x++) output[to + x] = wide[r0 + x] * w0 + wide[r1 + x] * w1;
    return;
  }
  const r2 = indices[t + 2] * width;
  const r3 = indices[t + 3] * width;
  const w2 = weights[t + 2];
  const w3 = weights[t + 3];
  for (let x = 0; x < width; x++)
    output[to + x] = wide[r0 + x] * w0 + wide[r1 + x] * w1 + wide[r2 + x] * w2 + wide[r3 + x] * w3;
}
