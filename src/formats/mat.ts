import type { NumericArray } from './array.ts';
import { ARRAYS, type StoredType } from './mat-bytes.ts';

export type NumericClass = StoredType | 'logical';

/**
 * A variable of a MATLAB file. Arrays are COLUMN-major, as MATLAB stores them: element (i, j) of an array of shape
 * [m, n] is data[i + m * j]. A vector reads the same either way.
 */
export type MatValue =
  /** `data` has the type of the class (logical: uint8 of 0 and 1), however compactly the file stored it. */
  | {
      readonly kind: 'numeric';
      readonly className: NumericClass;
      readonly shape: readonly number[];
      readonly data: NumericArray;
    }
  /** One string per row. */
  | { readonly kind: 'char'; readonly shape: readonly number[]; readonly rows: readonly string[] }
  | { readonly kind: 'cell'; readonly shape: readonly number[]; readonly values: readonly MatValue[] }
  /** Each field has one value per element of the struct array. */
  | {
      readonly kind: 'struct';
      readonly shape: readonly number[];
      readonly fields: ReadonlyMap<string, readonly MatValue[]>;
    };

/** `stored` (whole numbers for int64 and uint64) as the type of its class; MATLAB saves whole doubles as the smallest integers that hold them. */
export function toClass(className: NumericClass, stored: NumericArray): NumericArray {
  const isWide = stored instanceof BigInt64Array || stored instanceof BigUint64Array;
  if (className === 'int64' || className === 'uint64') {
    const whole = isWide ? stored : BigInt64Array.from(Array.from(stored, BigInt));
    return className === 'int64' ? new BigInt64Array(whole) : new BigUint64Array(whole);
  }
  const Target = className === 'logical' ? Uint8Array : ARRAYS[className];
  return stored instanceof Target ? stored : Target.from(Array.from<number | bigint, number>(stored, Number));
}

/** Character codes, column-major, as one string per row; more than two dimensions are laid side by side. */
export function toRows(codes: NumericArray, shape: readonly number[]): string[] {
  const rows = shape[0];
  return Array.from({ length: Math.min(rows, codes.length) }, (_, row) => {
    let text = '';
    for (let i = row; i < codes.length; i += rows) text += String.fromCharCode(Number(codes[i]));
    return text;
  });
}
