import type { Raster } from '../../../core/raster.ts';

/**
 * The map taken at other places: column x of the result comes from column `columnAt(x)`, row y from `rowAt(y)`, edges
 * replicated. Class ids (integer arrays) are taken from the nearest pixel, real values mixed of four (bilinear).
 */
export function resampled<R extends Raster>(
  raster: R,
  columnAt: (x: number) => number,
  rowAt: (y: number) => number,
): R {
  const { height, width, channels, data } = raster;
  const isReal = data instanceof Float32Array || data instanceof Float64Array;
  const [columns, rows] = [places(width, columnAt, isReal), places(height, rowAt, isReal)];
  const result = data.slice();
  for (let row = 0, i = 0; row < height; row++) {
    const [top, bottom, down] = rows[row];
    for (let column = 0; column < width; column++, i++) {
      const [left, right, across] = columns[column];
      for (let c = 0; c < channels; c++) {
        const at = (y: number, x: number) => data[(y * width + x) * channels + c];
        result[i * channels + c] =
          across === 0 && down === 0
            ? at(top, left)
            : (1 - down) * ((1 - across) * at(top, left) + across * at(top, right)) +
              down * ((1 - across) * at(bottom, left) + across * at(bottom, right));
      }
    }
  }
  return { ...raster, data: result };
}

/** For each place of one axis: the two it is mixed of, and the weight of the second. */
function places(length: number, at: (place: number) => number, isReal: boolean): [number, number, number][] {
  return Array.from({ length }, (_, place) => {
    const source = Math.min(length - 1, Math.max(0, isReal ? at(place) : Math.round(at(place))));
    const first = Math.floor(source);
    return [first, Math.min(length - 1, first + 1), source - first];
  });
}
