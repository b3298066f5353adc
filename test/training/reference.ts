import type { Window } from '../../src/training/kernels/kernels.ts';

/** Pictures in double precision, [images, height, width, channels]. */
export interface Pictures {
  readonly shape: readonly [number, number, number, number];
  readonly data: Float64Array;
}

/** The operations of training by their definitions, one loop each, independent of every engine; for small pictures. */

/** With a padding of (kernel - 1) / 2 only the stride counts. */
const outSize = (size: number, { stride }: Window) => Math.floor((size - 1) / stride) + 1;

export function convolve(input: Pictures, filter: Float64Array, outChannels: number, window: Window): Pictures {
  const [images, height, width, channels] = input.shape;
  const [rows, columns] = [outSize(height, window), outSize(width, window)];
  const data = new Float64Array(images * rows * columns * outChannels);
  overWindows(input.shape, window, (from, to, place) => {
    for (let c = 0; c < channels; c++) {
      const value = input.data[from * channels + c];
      const at = (place * channels + c) * outChannels;
      for (let o = 0; o < outChannels; o++) data[to * outChannels + o] += value * filter[at + o];
    }
  });
  return { shape: [images, rows, columns, outChannels], data };
}

export function depthwise(input: Pictures, filter: Float64Array, window: Window): Pictures {
  const [images, height, width, channels] = input.shape;
  const [rows, columns] = [outSize(height, window), outSize(width, window)];
  const data = new Float64Array(images * rows * columns * channels);
  overWindows(input.shape, window, (from, to, place) => {
    for (let c = 0; c < channels; c++)
      data[to * channels + c] += input.data[from * channels + c] * filter[place * channels + c];
  });
  return { shape: [images, rows, columns, channels], data };
}

/** Every pixel of every window that lies in the picture. */
function overWindows(
  [images, height, width]: Pictures['shape'],
  window: Window,
  visit: (fromPixel: number, toPixel: number, place: number) => void,
): void {
  const { kernel, stride } = window;
  const padding = (kernel - 1) / 2;
  const [rows, columns] = [outSize(height, window), outSize(width, window)];
  for (let n = 0; n < images; n++)
    for (let oy = 0; oy < rows; oy++)
      for (let ox = 0; ox < columns; ox++)
        for (let place = 0; place < kernel * kernel; place++) {
          const y = oy * stride + Math.floor(place / kernel) - padding;
          const x = ox * stride + (place % kernel) - padding;
          if (y < 0 || x < 0 || y >= height || x >= width) continue;
          visit((n * height + y) * width + x, (n * rows + oy) * columns + ox, place);
        }
}

export function multiplyMatrices(a: Float64Array, b: Float64Array, inner: number): Float64Array {
  const [rows, columns] = [a.length / inner, b.length / inner];
  const product = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < inner; i++)
      for (let c = 0; c < columns; c++) product[r * columns + c] += a[r * inner + i] * b[i * columns + c];
  return product;
}

export function momentsOf(input: Float64Array, channels: number) {
  const pixels = input.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let i = 0; i < input.length; i++) mean[i % channels] += input[i] / pixels;
  for (let i = 0; i < input.length; i++) variance[i % channels] += (input[i] - mean[i % channels]) ** 2 / pixels;
  return { mean, variance };
}

export function normalise(input: Float64Array, gamma: Float64Array, beta: Float64Array): Float64Array {
  const channels = gamma.length;
  const { mean, variance } = momentsOf(input, channels);
  return input.map((value, i) => {
    const c = i % channels;
    return ((value - mean[c]) / Math.sqrt(variance[c] + 1e-5)) * gamma[c] + beta[c];
  });
}

export const relu6 = (input: Float64Array): Float64Array => input.map((value) => Math.min(6, Math.max(0, value)));

/** 5x5, stride 1; `winners` are flat places in the input, the first of equal values in reading order. */
export function maxPool({ shape, data }: Pictures): Pictures & { readonly winners: Int32Array } {
  const [, , , channels] = shape;
  const output = new Float64Array(data.length).fill(Number.NEGATIVE_INFINITY);
  const winners = new Int32Array(data.length);
  overWindows(shape, { kernel: 5, stride: 1 }, (from, to) => {
    for (let c = 0; c < channels; c++) {
      const value = data[from * channels + c];
      if (value <= output[to * channels + c]) continue;
      output[to * channels + c] = value;
      winners[to * channels + c] = from * channels + c;
    }
  });
  return { shape, data: output, winners };
}

/** Bilinear, half-pixel centres, edges replicated. */
export function upsample({ shape, data }: Pictures, rows: number, columns: number): Pictures {
  const [images, height, width, channels] = shape;
  const output = new Float64Array(images * rows * columns * channels);
  for (let n = 0, i = 0; n < images; n++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        for (let c = 0; c < channels; c++, i++) {
          const [y0, y1, dy] = neighbours(y, height, rows);
          const [x0, x1, dx] = neighbours(x, width, columns);
          const at = (yy: number, xx: number) => data[((n * height + yy) * width + xx) * channels + c];
          output[i] =
            (at(y0, x0) * (1 - dx) + at(y0, x1) * dx) * (1 - dy) + (at(y1, x0) * (1 - dx) + at(y1, x1) * dx) * dy;
        }
  return { shape: [images, rows, columns, channels], data: output };
}

function neighbours(i: number, from: number, to: number): [number, number, number] {
  const source = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
  const low = Math.floor(source);
  return [low, Math.min(from - 1, low + 1), source - low];
}

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** Central differences, value by value. */
export function numericGradient(of: (values: Float64Array) => number, at: Float64Array, step = 1e-5): Float64Array {
  const values = at.slice();
  return at.map((value, i) => {
    values[i] = value + step;
    const above = of(values);
    values[i] = value - step;
    const below = of(values);
    values[i] = value;
    return (above - below) / (2 * step);
  });
}
