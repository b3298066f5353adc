import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from '../../src/formats/generated/onnx_pb.ts';
import { encodeOnnx, floatTensor, int64Tensor } from '../../src/formats/onnx.ts';

export type Attribute = MessageInitShape<typeof AttributeProtoSchema>;
export type Node = MessageInitShape<typeof NodeProtoSchema>;

export const int = (name: string, value: number): Attribute => ({ name, type: AttributeType.INT, i: BigInt(value) });
export const float = (name: string, value: number): Attribute => ({ name, type: AttributeType.FLOAT, f: value });
export const ints = (name: string, values: readonly number[]): Attribute => ({
  name,
  type: AttributeType.INTS,
  ints: values.map(BigInt),
});
export const floats = (name: string, values: readonly number[]): Attribute => ({
  name,
  type: AttributeType.FLOATS,
  floats: [...values],
});
export const text = (name: string, value: string): Attribute => ({
  name,
  type: AttributeType.STRING,
  s: new TextEncoder().encode(value),
});
export const tensor = (name: string, t: TensorProto): Attribute => ({ name, type: AttributeType.TENSOR, t });

export const node = (opType: string, input: string[], output: string[], ...attribute: Attribute[]): Node => ({
  opType,
  name: `${opType} ${output[0]}`,
  input,
  output,
  attribute,
});

/** Numbers between -1 and 1 that look random and are always the same. */
export function wave(count: number, seed = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 2 - 1;
  });
}

export const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export const weights = (name: string, shape: readonly number[], seed = 7): TensorProto =>
  floatTensor(name, shape, wave(size(shape), seed));
export const numbers = (name: string, shape: readonly number[], values: readonly number[]): TensorProto =>
  floatTensor(name, shape, Float32Array.from(values));
export const longs = int64Tensor;
export const scalarLong = (name: string, value: number): TensorProto =>
  create(TensorProtoSchema, { name, dims: [], dataType: DataType.INT64, int64Data: [BigInt(value)] });
export const bytes = (
  name: string,
  shape: readonly number[],
  values: readonly number[],
  dataType: number = DataType.INT8,
): TensorProto =>
  create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType,
    rawData: new Uint8Array(
      dataType === DataType.INT32 ? Int32Array.from(values).buffer : Int8Array.from(values).buffer,
    ),
  });
export const bits = (name: string, shape: readonly number[], dataType: number, values: readonly number[]) =>
  create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType,
    rawData: new Uint8Array(Uint16Array.from(values).buffer),
  });

/** A float32 value of the graph; without a shape it is left to the runtime. */
const value = (name: string, shape: readonly number[] | undefined, elemType: number) => ({
  name,
  type: {
    value: {
      case: 'tensorType' as const,
      value: {
        elemType,
        shape: shape && { dim: shape.map((n) => ({ value: { case: 'dimValue' as const, value: BigInt(n) } })) },
      },
    },
  },
});

/** A model with inputs of the given shapes; outputs are called as the nodes call them. */
export function modelOf({
  nodes,
  inputs,
  outputs,
  stored = [],
  opset = 17,
}: {
  readonly nodes: readonly Node[];
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** By name; their element type where it is not float32. */
  readonly outputs: Readonly<Record<string, number | undefined>>;
  readonly stored?: readonly TensorProto[];
  readonly opset?: number;
}): Uint8Array {
  return encodeOnnx(
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ version: BigInt(opset) }],
      graph: {
        name: 'case',
        node: [...nodes],
        initializer: [...stored],
        input: Object.entries(inputs).map(([name, shape]) => value(name, shape, DataType.FLOAT)),
        output: Object.entries(outputs).map(([name, type]) => value(name, undefined, type ?? DataType.FLOAT)),
      },
    }),
  );
}
