import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { ResourceError } from '../../core/errors.ts';
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  ValueInfoProtoSchema,
} from '../../formats/generated/onnx_pb.ts';
import { decodeOnnx, encodeOnnx, tensorValues } from '../../formats/onnx.ts';
import { planQuantisation } from './plan.ts';
import { type Affine, activationParameters, quantiseKernel, type Range } from './quantise.ts';
import { fedInputs, graphOf, tensorOf } from './tensors.ts';

/**
 * Steps of a weight to either side of 0, 7 bits: on x64 processors without VNNI the integer kernels add two products of
 * 8 bits in 16, which 127 x 255 x 2 overflows in silence and 63 x 255 x 2 does not. So every machine gives one answer.
 */
export const WEIGHT_LIMIT = 63;

/** The first in which DequantizeLinear has an axis, and so a scale per channel. */
const PER_CHANNEL_OPSET = 13n;
/** Operators that tell a model which is quantised already. */
const QUANTISED = /^(QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|QLinear.*|.*Integer)$/;

export interface Int8Model {
  readonly bytes: Uint8Array;
  readonly convolutions: { readonly int8: number; readonly all: number };
  /** Sums, poolings and resizings in integers. */
  readonly others: number;
  /** Operators that stay in float32, with how many nodes of each. */
  readonly float: ReadonlyMap<string, number>;
}

/** Names of the values whose ranges toInt8 must be told. @throws ResourceError as toInt8. */
export function valuesToCalibrate(bytes: Uint8Array, name: string): string[] {
  const { values, tiedTo } = planQuantisation(quantisable(bytes, name).graph);
  return values.filter((value) => !tiedTo.has(value));
}

/** The same network with `values` among its outputs, to observe their ranges. */
export function withOutputs(bytes: Uint8Array, values: readonly string[], name: string): Uint8Array {
  const model = decodeOnnx(bytes, name);
  const graph = graphOf(model);
  const known = new Set([...graph.output.map((output) => output.name), ...fedInputs(graph)]);
  for (const value of values) {
    if (known.has(value)) continue;
    const type = { case: 'tensorType' as const, value: { elemType: DataType.FLOAT } };
    graph.output.push(create(ValueInfoProtoSchema, { name: value, type: { value: type } }));
  }
  return encodeOnnx(model);
}

/**
 * The same network in ONNX's QDQ form: weights int8 per output channel (symmetric), biases int32, activations uint8 per
 * tensor over the given ranges; a QuantizeLinear and a DequantizeLinear follow each quantised value, which runtimes
 * fuse with the nodes between into integer operators. Inputs, outputs and the layers that make the outputs stay float32.
 * @param ranges of every value of valuesToCalibrate
 * @throws ResourceError when there is nothing to quantise, or the model is of an opset below 13 or quantised already.
 */
export function toInt8(bytes: Uint8Array, ranges: ReadonlyMap<string, Range>, name: string): Int8Model {
  const { model, graph } = quantisable(bytes, name);
  const plan = planQuantisation(graph);
  const parameters = new Map<string, Affine>();
  for (const value of plan.values) {
    const range = ranges.get(rootOf(value, plan.tiedTo));
    if (!range || !Number.isFinite(range.low) || !Number.isFinite(range.high))
      throw new Error(`${name}: no range is known for "${value}"`);
    parameters.set(value, activationParameters(range));
  }
  const added = new Map<string, TensorProto>();
  const nodes: NodeProto[] = [];
  const stored = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const push = (value: string) => {
    const affine = parameters.get(value);
    if (affine) nodes.push(...pairFor(value, affine, added));
  };
  for (const input of fedInputs(graph)) push(input);
  for (const node of graph.node) {
    if (plan.convolutions.has(node)) nodes.push(...quantiseConvolution(node, parameters, stored, added, name));
    node.input = node.input.map((input) => (parameters.has(input) ? `${input}.dq` : input));
    nodes.push(node);
    for (const output of node.output) push(output);
  }
  graph.node = nodes;
  const used = new Set(nodes.flatMap(({ input }) => input));
  graph.initializer = [...graph.initializer, ...added.values()].filter((tensor) => used.has(tensor.name));
  const all = nodes.filter(({ opType }) => opType === 'Conv').length;
  return {
    bytes: encodeOnnx(model),
    convolutions: { int8: plan.convolutions.size, all },
    others: plan.others.size,
    float: plan.float,
  };
}

function quantisable(bytes: Uint8Array, name: string) {
  const model = decodeOnnx(bytes, name);
  const graph = graphOf(model);
  const done = graph.node.find(({ opType }) => QUANTISED.test(opType));
  if (done)
    throw new ResourceError(`${name}: node "${done.name}" is a ${done.opType}: this model is quantised already`);
  const opset = model.opsetImport.find(({ domain }) => domain === '')?.version ?? 0n;
  if (opset < PER_CHANNEL_OPSET)
    throw new ResourceError(
      `${name}: it is of opset ${opset}; weights are quantised per channel, which needs ${PER_CHANNEL_OPSET}: export it again`,
    );
  if (planQuantisation(graph).convolutions.size === 0)
    throw new ResourceError(`${name}: no convolution with stored weights before its outputs; nothing would be int8`);
  return { model, graph };
}

function rootOf(value: string, tiedTo: ReadonlyMap<string, string>): string {
  let root = value;
  for (let next = tiedTo.get(root); next !== undefined; next = tiedTo.get(root)) root = next;
  return root;
}

function pairFor(value: string, { scale, zeroPoint }: Affine, added: Map<string, TensorProto>): NodeProto[] {
  const parameters = [`${value}.scale`, `${value}.zero`];
  added.set(parameters[0], tensorOf(parameters[0], 'float32', [], Float32Array.of(scale)));
  added.set(parameters[1], tensorOf(parameters[1], 'uint8', [], Uint8Array.of(zeroPoint)));
  return [
    nodeOf('QuantizeLinear', [value, ...parameters], `${value}.q`),
    nodeOf('DequantizeLinear', [`${value}.q`, ...parameters], `${value}.dq`),
  ];
}

/** Puts int8 weights and an int32 bias in place of the node's own; returns what brings them back to float. */
function quantiseConvolution(
  node: NodeProto,
  parameters: ReadonlyMap<string, Affine>,
  stored: ReadonlyMap<string, TensorProto>,
  added: Map<string, TensorProto>,
  file: string,
): NodeProto[] {
  const [input, weightName, biasName] = node.input;
  const weight = stored.get(weightName) as TensorProto;
  const bias = biasName ? (tensorValues(stored.get(biasName) as TensorProto, file) as Float32Array) : undefined;
  const shape = weight.dims.map(Number);
  const inputScale = (parameters.get(input) as Affine).scale;
  const values = tensorValues(weight, file) as Float32Array;
  requireFinite(values, weightName, file);
  if (bias) requireFinite(bias, biasName, file);
  const kernel = quantiseKernel(values, shape[0], bias, inputScale, WEIGHT_LIMIT);
  // By the node: a kernel that two convolutions share meets two input scales.
  const own = `${node.output[0]}.kernel`;
  const made = [constantPair(own, 'int8', shape, kernel.weights, kernel.weightScales, new Int8Array(shape[0]), added)];
  node.input = [input, `${own}.dq`];
  if (kernel.bias && kernel.biasScales) {
    const ownBias = `${node.output[0]}.bias`;
    const zeros = new Int32Array(shape[0]);
    made.push(constantPair(ownBias, 'int32', [shape[0]], kernel.bias, kernel.biasScales, zeros, added));
    node.input.push(`${ownBias}.dq`);
  }
  return made;
}

function constantPair(
  name: string,
  type: 'int8' | 'int32',
  shape: readonly number[],
  data: ArrayBufferView,
  scales: Float32Array,
  zeros: ArrayBufferView,
  added: Map<string, TensorProto>,
): NodeProto {
  const [q, scale, zero] = [`${name}.q`, `${name}.scale`, `${name}.zero`];
  added.set(q, tensorOf(q, type, shape, data));
  added.set(scale, tensorOf(scale, 'float32', [scales.length], scales));
  added.set(zero, tensorOf(zero, type, [scales.length], zeros));
  const axis = { name: 'axis', type: AttributeType.INT, i: 0n };
  return nodeOf('DequantizeLinear', [q, scale, zero], `${name}.dq`, [axis]);
}

function requireFinite(values: Float32Array, tensor: string, file: string): void {
  const bad = values.find((value) => !Number.isFinite(value));
  if (bad !== undefined)
    throw new ResourceError(`${file}: "${tensor}" holds ${bad}; such a weight cannot be quantised`);
}

const nodeOf = (
  opType: string,
  input: string[],
  output: string,
  attribute: MessageInitShape<typeof NodeProtoSchema>['attribute'] = [],
): NodeProto => create(NodeProtoSchema, { name: output, opType, input, output: [output], attribute });
