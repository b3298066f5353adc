import { ResourceError } from '../../core/errors.ts';
import { TensorProto_DataType as DataType, type TensorProto } from '../../formats/generated/onnx_pb.ts';
import { halfToNumber } from '../../formats/half.ts';
import { rawBytes } from '../../formats/onnx.ts';
import { typeName } from '../../formats/onnx-types.ts';
import type { HostValue } from './value.ts';

/** A tensor of the file. Half precision is widened to float32, and 8-bit values are held as the numbers they are. */
export interface Constant {
  /** As ONNX numbers its element types. */
  readonly type: number;
  readonly kind: HostValue['kind'];
  /** What it is as a tensor: 8- and 16-bit integers are exact in float32. undefined: 64-bit integers, never a tensor. */
  readonly dtype: 'float32' | 'int32' | 'bool' | undefined;
  readonly shape: number[];
  readonly data: ArrayLike<number>;
}

type Reader = {
  readonly kind: HostValue['kind'];
  readonly dtype: Constant['dtype'];
  readonly bytes: number;
  readonly raw: (buffer: ArrayBuffer) => ArrayLike<number>;
  readonly listed: (tensor: TensorProto) => ArrayLike<number>;
};

const int32s = (tensor: TensorProto) => tensor.int32Data;
const int64s = (values: Iterable<bigint>) => Array.from(values, Number);

const READERS: Readonly<Record<number, Reader>> = {
  [DataType.FLOAT]: {
    kind: 'float',
    dtype: 'float32',
    bytes: 4,
    raw: (b) => new Float32Array(b),
    listed: (t) => t.floatData,
  },
  [DataType.DOUBLE]: {
    kind: 'float',
    dtype: 'float32',
    bytes: 8,
    raw: (b) => new Float64Array(b),
    listed: (t) => t.doubleData,
  },
  [DataType.FLOAT16]: {
    kind: 'float',
    dtype: 'float32',
    bytes: 2,
    raw: (b) => Float32Array.from(new Uint16Array(b), halfToNumber),
    listed: (t) => t.int32Data.map(halfToNumber),
  },
  [DataType.BFLOAT16]: {
    kind: 'float',
    dtype: 'float32',
    bytes: 2,
    raw: (b) => bfloat16s(new Uint16Array(b)),
    listed: (t) => bfloat16s(t.int32Data),
  },
  [DataType.INT8]: { kind: 'int', dtype: 'float32', bytes: 1, raw: (b) => new Int8Array(b), listed: int32s },
  [DataType.UINT8]: { kind: 'int', dtype: 'float32', bytes: 1, raw: (b) => new Uint8Array(b), listed: int32s },
  [DataType.INT16]: { kind: 'int', dtype: 'float32', bytes: 2, raw: (b) => new Int16Array(b), listed: int32s },
  [DataType.UINT16]: { kind: 'int', dtype: 'float32', bytes: 2, raw: (b) => new Uint16Array(b), listed: int32s },
  [DataType.INT32]: { kind: 'int', dtype: 'int32', bytes: 4, raw: (b) => new Int32Array(b), listed: int32s },
  [DataType.INT64]: {
    kind: 'int',
    dtype: undefined,
    bytes: 8,
    raw: (b) => int64s(new BigInt64Array(b)),
    listed: (t) => int64s(t.int64Data),
  },
  [DataType.BOOL]: { kind: 'bool', dtype: 'bool', bytes: 1, raw: (b) => new Uint8Array(b), listed: int32s },
};

/** @throws ResourceError for other element types, and for tensors with more or fewer elements than their shape says. */
export function constantOf(tensor: TensorProto, file: string): Constant {
  const reader = READERS[tensor.dataType];
  const where = `${file}: tensor "${tensor.name}"`;
  if (!reader)
    throw new ResourceError(
      `${where} has the ONNX element type ${typeName(tensor.dataType)}, which the TensorFlow.js backends do not read; run the model on onnxruntime-node`,
    );
  const shape = tensor.dims.map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  const { rawData } = tensor;
  // Checked before it is read: a view of typed elements must not end inside one.
  const held = rawData.length ? rawData.length / reader.bytes : undefined;
  const data = held === undefined ? reader.listed(tensor) : held === count ? reader.raw(rawBytes(tensor).buffer) : [];
  if ((held ?? data.length) !== count)
    throw new ResourceError(
      `${where} of shape [${shape.join(', ')}] holds ${held ?? data.length} values instead of ${count}; fetch or export the model again`,
    );
  return { type: tensor.dataType, kind: reader.kind, dtype: reader.dtype, shape, data };
}

function bfloat16s(values: ArrayLike<number>): Float32Array {
  const words = Uint32Array.from(values, (bits) => (bits << 16) >>> 0);
  return new Float32Array(words.buffer);
}
