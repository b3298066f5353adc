import { create } from '@bufbuild/protobuf';
import { ResourceError } from '../../core/errors.ts';
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  type ValueInfoProto,
} from '../../formats/generated/onnx_pb.ts';
import { HALF_MAX, halfBits } from '../../formats/half.ts';
import { decodeOnnx, encodeOnnx, tensorValues } from '../../formats/onnx.ts';
import { fedInputs, graphOf, tensorOf } from './tensors.ts';

export interface HalfModel {
  readonly bytes: Uint8Array;
  /** Values of weights and constants that were converted. */
  readonly values: number;
  /** Of them, those too small for float16: not 0 before, 0 now. */
  readonly vanished: number;
}

/** Inputs that stay float32 whatever the others are, by operator. */
const FLOAT32_INPUTS: Readonly<Record<string, readonly number[]>> = { Resize: [2], Upsample: [1] };
/** These bring float types that are not those of their inputs, or graphs of their own. */
const REFUSED = /^(QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|QLinear.*|.*Integer|If|Loop|Scan)$/;

/**
 * The same network with weights, constants and intermediate values in float16. Inputs and outputs stay float32: a Cast
 * follows each input and precedes each output. Weights are rounded to the nearest float16.
 * @throws ResourceError for a weight beyond 65504 (it would become an infinity), or an operator that cannot be converted.
 */
export function toFloat16(bytes: Uint8Array, name: string): HalfModel {
  const model = decodeOnnx(bytes, name);
  const graph = graphOf(model);
  const refused = graph.node.find(({ opType }) => REFUSED.test(opType));
  if (refused)
    throw new ResourceError(
      `${name}: node "${refused.name}" is a ${refused.opType}; only a plain float32 network can be converted to float16`,
    );
  const kept = new Set(graph.node.flatMap(float32Inputs));
  const count = { values: 0, vanished: 0 };
  graph.initializer = graph.initializer.map((tensor) => (kept.has(tensor.name) ? tensor : halved(tensor, name, count)));
  for (const node of graph.node) convertAttributes(node, name, count);
  const inputs = fedInputs(graph).filter((input) => isFloat(graph.input.find((value) => value.name === input)));
  const outputs = graph.output.filter(isFloat).map((output) => output.name);
  castEnds(graph, inputs, outputs);
  // Types of inner values are inferred anew; those that the file states would be wrong now.
  graph.valueInfo = [];
  return { bytes: encodeOnnx(model), ...count };
}

const float32Inputs = ({ opType, input }: NodeProto): string[] =>
  (FLOAT32_INPUTS[opType] ?? []).flatMap((index) => input[index] || []);

const isFloat = (value: ValueInfoProto | undefined): boolean =>
  value?.type?.value.case === 'tensorType' && value.type.value.value.elemType === DataType.FLOAT;

function halved(tensor: TensorProto, file: string, count: { values: number; vanished: number }): TensorProto {
  if (tensor.dataType !== DataType.FLOAT) return tensor;
  const values = tensorValues(tensor, file) as Float32Array;
  const half = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    half[i] = halfBits(values[i]);
    if ((half[i] & 0x7fff) === 0 && values[i] !== 0) count.vanished++;
    if ((half[i] & 0x7fff) === 0x7c00 && Number.isFinite(values[i]))
      throw new ResourceError(
        `${file}: "${tensor.name}" holds ${values[i]}, the largest float16 is ${HALF_MAX}; this network cannot be float16`,
      );
  }
  count.values += values.length;
  return tensorOf(tensor.name, 'float16', tensor.dims.map(Number), half);
}

/** Tensors inside nodes (Constant), and casts to float32. */
function convertAttributes(node: NodeProto, file: string, count: { values: number; vanished: number }): void {
  for (const attribute of node.attribute) {
    if (attribute.t) attribute.t = halved(attribute.t, file, count);
    if (node.opType === 'Cast' && attribute.name === 'to' && attribute.i === BigInt(DataType.FLOAT))
      attribute.i = BigInt(DataType.FLOAT16);
  }
}

function castEnds(graph: GraphProto, inputs: readonly string[], outputs: readonly string[]): void {
  const renamed = new Map<string, string>();
  for (const end of [...inputs, ...outputs]) renamed.set(end, `${end}.float16`);
  for (const node of graph.node) {
    const kept = FLOAT32_INPUTS[node.opType] ?? [];
    node.input = node.input.map((value, i) => (kept.includes(i) ? value : (renamed.get(value) ?? value)));
    node.output = node.output.map((value) => renamed.get(value) ?? value);
  }
  graph.node = [
    ...inputs.map((input) => cast(input, `${input}.float16`, DataType.FLOAT16)),
    ...graph.node,
    ...outputs.map((output) => cast(`${output}.float16`, output, DataType.FLOAT)),
  ];
}

const cast = (from: string, to: string, type: DataType): NodeProto =>
  create(NodeProtoSchema, {
    name: `${to}.cast`,
    opType: 'Cast',
    input: [from],
    output: [to],
    attribute: [{ name: 'to', type: AttributeType.INT, i: BigInt(type) }],
  });
