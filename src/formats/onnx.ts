import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { messageOf, ResourceError } from '../core/errors.ts';
import {
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from './generated/onnx_pb.ts';
import { typeName } from './onnx-types.ts';

export type { ModelProto, TensorProto } from './generated/onnx_pb.ts';

const ELEMENT_BYTES: Readonly<Record<number, number>> = { [DataType.FLOAT]: 4, [DataType.INT64]: 8 };

/**
 * Reads an ONNX model whose weights lie in the file itself.
 * @param name how messages call the file
 * @throws ResourceError when it is damaged, is no ONNX model, or keeps its weights in other files.
 */
export function decodeOnnx(bytes: Uint8Array, name: string): ModelProto {
  let model: ModelProto;
  try {
    // A plain Uint8Array, for the slice() of a Buffer is a view and would surprise whoever reads rawData.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    model = fromBinary(ModelProtoSchema, plain);
  } catch (error) {
    throw new ResourceError(`${name}: not a readable ONNX model (${messageOf(error)}); fetch or export it again`);
  }
  // Protobuf accepts almost any bytes as unknown fields: what a model cannot lack tells it from other files.
  if (!model.graph?.node.length || !model.graph.output.length || model.irVersion <= 0n)
    throw new ResourceError(
      `${name}: not an ONNX model (${bytes.length} bytes without a graph); fetch or export it again`,
    );
  for (const tensor of model.graph.initializer) requireWhole(tensor, name);
  return model;
}

/** The bytes of a model; equal models give equal bytes. */
export function encodeOnnx(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

function requireWhole(tensor: TensorProto, file: string): void {
  if (tensor.dataLocation === DataLocation.EXTERNAL)
    throw new ResourceError(
      `${file}: the weights of "${tensor.name}" lie in another file; save the model with its weights inside`,
    );
  const elementBytes = ELEMENT_BYTES[tensor.dataType];
  if (elementBytes === undefined || tensor.rawData.length === 0) return;
  const wanted = elementCount(tensor.dims) * elementBytes;
  if (tensor.rawData.length !== wanted)
    throw new ResourceError(
      `${file}: "${tensor.name}" of shape ${tensor.dims.join('x')} holds ${tensor.rawData.length} bytes instead of ${wanted}; fetch or export it again`,
    );
}

const elementCount = (dims: readonly (bigint | number)[]): number => dims.reduce<number>((n, d) => n * Number(d), 1);

/** A float32 initialiser, C order. */
export function floatTensor(name: string, shape: readonly number[], data: Float32Array): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: DataType.FLOAT,
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });
}

/** A one-dimensional int64 initialiser. */
export function int64Tensor(name: string, values: readonly number[]): TensorProto {
  const data = BigInt64Array.from(values, BigInt);
  return create(TensorProtoSchema, {
    name,
    dims: [BigInt(values.length)],
    dataType: DataType.INT64,
    rawData: new Uint8Array(data.buffer),
  });
}

/**
 * The bytes of a tensor in memory of their own: rawData may be a view into the file at any offset, and typed arrays need
 * aligned ones. (slice() of a Node Buffer would be a view again.)
 */
export const rawBytes = ({ rawData }: TensorProto): Uint8Array<ArrayBuffer> => new Uint8Array(rawData);

/**
 * The values of a float32 or int64 initialiser, however it is stored.
 * @throws ResourceError for any other element type.
 */
export function tensorValues(tensor: TensorProto, file: string): Float32Array | BigInt64Array {
  const raw = tensor.rawData.length ? rawBytes(tensor).buffer : undefined;
  if (tensor.dataType === DataType.FLOAT) return raw ? new Float32Array(raw) : Float32Array.from(tensor.floatData);
  if (tensor.dataType === DataType.INT64) return raw ? new BigInt64Array(raw) : BigInt64Array.from(tensor.int64Data);
  throw new ResourceError(
    `${file}: "${tensor.name}" has the ONNX element type ${typeName(tensor.dataType)}; only float32 and int64 are read`,
  );
}
