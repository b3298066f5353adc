/** Every element type that a file may hold; float16 is widened to float32 when read, which is exact. */
export type NumericArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** An array of any rank in C order: the last index varies fastest. Rank 0 (shape []) holds one element. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: NumericArray;
}

/** Larger arrays are refused: no map, and no stack of a whole test split in float32, comes near. */
export const MAX_ARRAY_BYTES = 2 ** 31;

/** "480x640", "scalar" for rank 0: shapes as messages print them. */
export function showShape(shape: readonly number[]): string {
  return shape.length ? shape.join('x') : 'scalar';
}
