import { ResourceError } from '../core/errors.ts';
import { type LabelArray, placeOf, placeWords } from '../core/raster.ts';
import type { NumericArray } from './array.ts';

/** What a label map may hold. */
export const MAX_LABEL = 2 ** 31 - 1;
export const MIN_LABEL = -(2 ** 31);

/**
 * Whole numbers of any type as labels: uint8, uint16 and int32 as they are, the rest as int32.
 * @throws ResourceError naming the first value that is no whole number within 32 bits, and its row and column.
 */
export function toLabels(data: NumericArray, width: number, name: string): LabelArray {
  if (data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Int32Array) return data;
  const labels = new Int32Array(data.length);
  for (let i = 0; i < labels.length; i++) {
    const value = Number(data[i]);
    if (!(Number.isInteger(value) && value >= MIN_LABEL && value <= MAX_LABEL))
      throw new ResourceError(
        `${name}: ${data[i]} at ${placeWords(placeOf(i, width))} is no label; ` +
          `labels are whole numbers from ${MIN_LABEL} to ${MAX_LABEL}`,
      );
    labels[i] = value;
  }
  return labels;
}
