import { create } from '@bufbuild/protobuf';
import {
  TensorProto_DataType as DataType,
  type GraphProto,
  type ModelProto,
  type TensorProto,
  TensorProtoSchema,
} from '../../formats/generated/onnx_pb.ts';

const TYPES = {
  uint8: DataType.UINT8,
  int8: DataType.INT8,
  int32: DataType.INT32,
  float16: DataType.FLOAT16,
  float32: DataType.FLOAT,
} as const;

/** An initialiser of any element type, C order; float16 by its bits. */
export function tensorOf(
  name: string,
  type: keyof typeof TYPES,
  shape: readonly number[],
  data: ArrayBufferView,
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: TYPES[type],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });
}

/** The graph of a model that decodeOnnx accepted. */
export function graphOf(model: ModelProto): GraphProto {
  if (!model.graph) throw new Error('a model without a graph');
  return model.graph;
}

/** Inputs that are fed; older files list their initialisers among the inputs too. */
export function fedInputs(graph: GraphProto): string[] {
  const stored = new Set(graph.initializer.map(({ name }) => name));
  return graph.input.map(({ name }) => name).filter((name) => !stored.has(name));
}
