import type { NumericArray } from './array.ts';

/** The array that holds elements of a type. */
export const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  single: Float32Array,
  double: Float64Array,
} as const;

/** Element types that both file versions store. */
export type StoredType = keyof typeof ARRAYS;

export function bytesOf(type: StoredType): number {
  return ARRAYS[type].BYTES_PER_ELEMENT;
}

/** The elements in `bytes`, copied; a tail shorter than one element is left out. */
export function elementsOf(bytes: Uint8Array, type: StoredType, littleEndian: boolean): NumericArray {
  const size = bytesOf(type);
  const copy = Buffer.alloc(Math.floor(bytes.length / size) * size);
  copy.set(bytes.subarray(0, copy.length));
  if (!littleEndian) {
    if (size === 2) copy.swap16();
    else if (size === 4) copy.swap32();
    else if (size === 8) copy.swap64();
  }
  return new ARRAYS[type](copy.buffer, copy.byteOffset, copy.length / size);
}
