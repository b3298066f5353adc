import type { NumericArray } from '../array.ts';
import { halfToNumber } from '../half.ts';
import { DTYPES, type Dtype, type TensorView } from './values.ts';

/** A tensor of a checkpoint; its elements are brought together when they are asked for. */
export interface CheckpointTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly elements: number;
  /** Equal for tensors that are the very same elements of one storage, in the same order. */
  readonly identity: string;
  /** Little-endian, C order. @throws ResourceError when the storage is damaged. */
  bytes(): Uint8Array;
  /** C order; float16 and bfloat16 are widened to float32, which is exact; bool is 0 and 1. */
  values(): NumericArray;
}

export function tensorOf(view: TensorView, storageBytes: () => Uint8Array): CheckpointTensor {
  const { shape, stride, offset, storage } = view;
  const { dtype } = storage;
  const elements = shape.reduce((product, n) => product * n, 1);
  const bytes = () => (elements === 0 ? new Uint8Array(0) : gather(view, elements, storageBytes()));
  return {
    dtype,
    shape,
    elements,
    identity: [storage.key, offset, shape.join('x'), stride.join('x')].join('/'),
    bytes,
    values: () => valuesOf(dtype, bytes()),
  };
}

function gather({ storage, offset, shape, stride }: TensorView, elements: number, source: Uint8Array): Uint8Array {
  const size = DTYPES[storage.dtype];
  if (isContiguous(shape, stride)) return source.subarray(offset * size, (offset + elements) * size);
  const target = new Uint8Array(elements * size);
  const index = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < elements; to++) {
    for (let byte = 0; byte < size; byte++) target[to * size + byte] = source[from * size + byte];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += stride[axis];
      if (++index[axis] < shape[axis]) break;
      from -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return target;
}

/** In C order without gaps; the stride of an axis of 1 says nothing. */
function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}

/** Node runs on little-endian machines only. */
function valuesOf(dtype: Dtype, bytes: Uint8Array): NumericArray {
  // A copy where it must be: typed arrays need aligned bytes.
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % DTYPES[dtype] === 0 ? bytes : new Uint8Array(bytes);
  const count = byteLength / DTYPES[dtype];
  switch (dtype) {
    case 'float64':
      return new Float64Array(buffer, byteOffset, count);
    case 'float32':
      return new Float32Array(buffer, byteOffset, count);
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer, byteOffset, count), halfToNumber);
    case 'bfloat16':
      // The upper half of a float32.
      return new Float32Array(
        Uint32Array.from(new Uint16Array(buffer, byteOffset, count), (bits) => bits << 16).buffer,
      );
    case 'int64':
      return new BigInt64Array(buffer, byteOffset, count);
    case 'int32':
      return new Int32Array(buffer, byteOffset, count);
    case 'int16':
      return new Int16Array(buffer, byteOffset, count);
    case 'int8':
      return new Int8Array(buffer, byteOffset, count);
    case 'uint8':
      return new Uint8Array(buffer, byteOffset, count);
    case 'bool':
      return new Uint8Array(buffer, byteOffset, count).map((value) => (value === 0 ? 0 : 1));
  }
}
