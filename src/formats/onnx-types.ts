import { TensorProto_DataType as DataType } from './generated/onnx_pb.ts';

const NAMES_AND_BITS: Readonly<Record<number, readonly [name: string, bits: number]>> = {
  [DataType.FLOAT]: ['float32', 32],
  [DataType.UINT8]: ['uint8', 8],
  [DataType.INT8]: ['int8', 8],
  [DataType.UINT16]: ['uint16', 16],
  [DataType.INT16]: ['int16', 16],
  [DataType.INT32]: ['int32', 32],
  [DataType.INT64]: ['int64', 64],
  [DataType.BOOL]: ['bool', 8],
  [DataType.FLOAT16]: ['float16', 16],
  [DataType.DOUBLE]: ['float64', 64],
  [DataType.UINT32]: ['uint32', 32],
  [DataType.UINT64]: ['uint64', 64],
  [DataType.COMPLEX64]: ['complex64', 64],
  [DataType.COMPLEX128]: ['complex128', 128],
  [DataType.BFLOAT16]: ['bfloat16', 16],
  [DataType.FLOAT8E4M3FN]: ['float8e4m3fn', 8],
  [DataType.FLOAT8E4M3FNUZ]: ['float8e4m3fnuz', 8],
  [DataType.FLOAT8E5M2]: ['float8e5m2', 8],
  [DataType.FLOAT8E5M2FNUZ]: ['float8e5m2fnuz', 8],
  [DataType.UINT4]: ['uint4', 4],
  [DataType.INT4]: ['int4', 4],
  [DataType.FLOAT4E2M1]: ['float4e2m1', 4],
};

/** As NumPy and ONNX Runtime call an element type, e.g. "float32". */
export const typeName = (type: number): string =>
  NAMES_AND_BITS[type]?.[0] ?? (type === DataType.STRING ? 'string' : `type ${type}`);

/** Bytes of so many elements; two 4-bit ones share a byte. Undefined for types of no fixed size. */
export function bytesOf(type: number, elements: number): number | undefined {
  const bits = NAMES_AND_BITS[type]?.[1];
  return bits === undefined ? undefined : Math.ceil((elements * bits) / 8);
}

/** Of any width. */
export const isFloat = (type: number): boolean => /^b?float/.test(typeName(type));
