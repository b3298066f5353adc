import type { Window } from './kernels.ts';

type PictureShape = readonly [images: number, height: number, width: number, channels: number];

/**
 * The gradient of a depthwise filter, [kernel, kernel, channels]: for each of its places the sum over all outputs of
 * gradient times the input under it; in double precision.
 */
export function depthwiseFilterSums(
  gradient: Float32Array,
  [, rows, columns]: PictureShape,
  input: Float32Array,
  [images, height, width, channels]: PictureShape,
  { kernel, stride }: Window,
): Float32Array {
  const padding = (kernel - 1) / 2;
  const step = stride * channels;
  const sums = new Float64Array(kernel * kernel * channels);
  for (let row = 0; row < images * rows; row++)
    for (let place = 0; place < kernel * kernel; place++) {
      const y = (row % rows) * stride + Math.floor(place / kernel) - padding;
      if (y < 0 || y >= height) continue;
      const shift = (place % kernel) - padding;
      const first = Math.max(0, Math.ceil(-shift / stride));
      const count = Math.min(columns - 1, Math.floor((width - 1 - shift) / stride)) - first + 1;
      const gradientFrom = (row * columns + first) * channels;
      const inputFrom = ((Math.floor(row / rows) * height + y) * width + first * stride + shift) * channels;
      // Channel by channel, with two sums: an addition that waits for the one before takes several times as long.
      for (let c = 0; c < channels; c++) {
        let even = 0;
        let odd = 0;
        let g = gradientFrom + c;
        let x = inputFrom + c;
        for (let i = 1; i < count; i += 2) {
          even += gradient[g] * input[x];
          odd += gradient[g + channels] * input[x + step];
          g += 2 * channels;
          x += 2 * step;
        }
        if (count % 2 === 1) even += gradient[g] * input[x];
        sums[place * channels + c] += even + odd;
      }
    }
  return Float32Array.from(sums);
}
