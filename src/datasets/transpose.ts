type Values = Uint8Array | Uint16Array | Float32Array;

interface Size {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Rows and columns of one block: source and destination of a block stay in the first-level cache. */
const BLOCK = 32;

/**
 * MATLAB stores an H x W x C array so that HDF5 reads it as [C][W][H]. Turns one such frame, `source` from `offset`
 * on, into row-major, channel-last H x W x C in `target`.
 */
export function transposeFrame<A extends Values>(
  source: A,
  offset: number,
  { height, width, channels }: Size,
  target: A,
): A {
  for (let c = 0; c < channels; c++) {
    const plane = offset + c * width * height;
    for (let y0 = 0; y0 < height; y0 += BLOCK) {
      const y1 = Math.min(y0 + BLOCK, height);
      for (let x0 = 0; x0 < width; x0 += BLOCK) {
        const x1 = Math.min(x0 + BLOCK, width);
        for (let y = y0; y < y1; y++) {
          let to = (y * width + x0) * channels + c;
          for (let x = x0, from = plane + x0 * height + y; x < x1; x++, from += height, to += channels)
            target[to] = source[from];
        }
      }
    }
  }
  return target;
}

/** The way back: row-major, channel-last `source` into [C][W][H] in `target`. */
export function toMatlabAxes<A extends Values>(source: A, { height, width, channels }: Size, target: A): A {
  for (let c = 0; c < channels; c++)
    for (let x = 0; x < width; x++)
      for (let y = 0, to = (c * width + x) * height; y < height; y++)
        target[to + y] = source[(y * width + x) * channels + c];
  return target;
}
