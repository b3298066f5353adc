import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type ModelProto,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProtoSchema,
} from '../../../src/formats/generated/onnx_pb.ts';

export type AttributeValue =
  | number
  | string
  | readonly number[]
  | { float: number }
  | { floats: readonly number[] }
  | TensorProto;
export type NodeLine = readonly [
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes?: Readonly<Record<string, AttributeValue>>,
];
export type Dim = number | string;

const ARRAYS: Readonly<Record<number, (values: readonly number[]) => ArrayBufferView>> = {
  [DataType.FLOAT]: (v) => Float32Array.from(v),
  [DataType.INT64]: (v) => BigInt64Array.from(v, BigInt),
  [DataType.INT32]: (v) => Int32Array.from(v),
  [DataType.INT8]: (v) => Int8Array.from(v),
  [DataType.UINT8]: (v) => Uint8Array.from(v),
  [DataType.BOOL]: (v) => Uint8Array.from(v),
};

/** A tensor of these values, or of small ones that repeat where only the shape matters. */
export function tensor(
  shape: readonly number[],
  values?: readonly number[],
  type: number = DataType.FLOAT,
): TensorProto {
  const count = shape.reduce((a, b) => a * b, 1);
  const data = ARRAYS[type](values ?? Array.from({ length: count }, (_, i) => ((i * 7) % 5) + 1));
  return create(TensorProtoSchema, {
    dims: shape.map(BigInt),
    dataType: type,
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });
}

/** A vector of int64: axes, sizes, shapes. */
export const ints = (...values: readonly number[]): TensorProto => tensor([values.length], values, DataType.INT64);
/** A vector of float32. */
export const floats = (...values: readonly number[]): TensorProto => tensor([values.length], values);
export const scalar = (value: number, type: number = DataType.FLOAT): TensorProto => tensor([], [value], type);

function attribute(
  name: string,
  value: AttributeValue,
): NonNullable<MessageInitShape<typeof NodeProtoSchema>['attribute']>[number] {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: BigInt(value) };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  if ('floats' in value) return { name, type: AttributeType.FLOATS, floats: [...value.floats] };
  if ('dims' in value) return { name, type: AttributeType.TENSOR, t: value };
  return { name, type: AttributeType.INTS, ints: value.map(BigInt) };
}

export function valueInfo(
  name: string,
  shape: readonly Dim[] | undefined,
  elemType: number = DataType.FLOAT,
): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape?.map((size) => ({
    value:
      typeof size === 'number'
        ? { case: 'dimValue' as const, value: BigInt(size) }
        : { case: 'dimParam' as const, value: size },
  }));
  return { name, type: { value: { case: 'tensorType', value: { elemType, ...(dim && { shape: { dim } }) } } } };
}

export interface ModelParts {
  readonly inputs: Readonly<Record<string, readonly Dim[]>>;
  readonly inputTypes?: Readonly<Record<string, number>>;
  readonly stored?: Readonly<Record<string, TensorProto>>;
  readonly nodes: readonly NodeLine[];
  /** Default: everything that the nodes make. */
  readonly outputs?: readonly string[];
  readonly opset?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A model from a few lines; "com.microsoft/Op" names an operator of another domain. */
export function model({
  inputs,
  inputTypes = {},
  stored = {},
  nodes,
  outputs,
  opset = 17,
  metadata = {},
}: ModelParts): ModelProto {
  const made = nodes.flatMap(([, , names]) => names).filter((name) => name !== '');
  return create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [
      { domain: '', version: BigInt(opset) },
      { domain: 'com.microsoft', version: 1n },
    ],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'test',
      node: nodes.map(([name, input, output, attributes = {}]) => {
        const [opType, domain = ''] = name.split('/').reverse();
        return {
          opType,
          domain,
          input: [...input],
          output: [...output],
          attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
        };
      }),
      initializer: Object.entries(stored).map(([name, value]) => ({ ...value, name })),
      input: Object.entries(inputs).map(([name, shape]) => valueInfo(name, shape, inputTypes[name])),
      output: (outputs ?? made).map((name) => ({ name })),
    },
  });
}

export { DataType };
