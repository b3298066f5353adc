import { ResourceError } from '../../core/errors.ts';
import {
  TensorProto_DataType as DataType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from '../../formats/generated/onnx_pb.ts';
import { rawBytes } from '../../formats/onnx.ts';
import { bytesOf, isFloat } from '../../formats/onnx-types.ts';
import { MAX_FOLDED_ELEMENTS, type Value } from './value.ts';

/** A constant of the file: an initialiser, or the tensor of a Constant node. */
export interface Stored {
  readonly name: string;
  readonly value: Value;
  readonly elements: number;
  readonly bytes: number;
}

function storedTensor(name: string, tensor: TensorProto): Stored {
  const shape = tensor.dims.map(Number);
  const elements = shape.reduce((n, d) => n * d, 1);
  if (!Number.isSafeInteger(elements) || shape.some((n) => n < 0))
    throw new ResourceError(
      `the stored tensor "${name}" has the impossible shape [${shape.join(', ')}]; fetch or export the file again`,
    );
  const small = elements <= MAX_FOLDED_ELEMENTS ? smallElements(tensor, elements) : undefined;
  return {
    name,
    elements,
    bytes: bytesOf(tensor.dataType, elements) ?? stringBytes(tensor),
    value: { type: tensor.dataType, constant: true, shape, elements: small },
  };
}

const stringBytes = ({ stringData }: TensorProto) => stringData.reduce((sum, text) => sum + text.length, 0);

/** The numbers of a small tensor; undefined for types that hold no sizes, and where values are missing. */
export function smallElements(tensor: TensorProto, count: number): readonly number[] | undefined {
  const raw = rawBytes(tensor);
  const numbers = raw.length ? fromRaw(raw, tensor.dataType) : fromFields(tensor);
  return numbers?.length === count ? numbers : undefined;
}

function fromRaw(raw: Uint8Array<ArrayBuffer>, type: number): number[] | undefined {
  const width = bytesOf(type, 1);
  if (width === undefined || raw.length % width !== 0) return undefined;
  switch (type) {
    case DataType.FLOAT:
      return [...new Float32Array(raw.buffer)];
    case DataType.DOUBLE:
      return [...new Float64Array(raw.buffer)];
    case DataType.INT64:
      return [...new BigInt64Array(raw.buffer)].map(Number);
    case DataType.INT32:
      return [...new Int32Array(raw.buffer)];
    case DataType.INT8:
      return [...new Int8Array(raw.buffer)];
    case DataType.UINT8:
    case DataType.BOOL:
      return [...raw];
    default:
      return undefined;
  }
}

function fromFields(tensor: TensorProto): number[] | undefined {
  switch (tensor.dataType) {
    case DataType.FLOAT:
      return tensor.floatData;
    case DataType.DOUBLE:
      return tensor.doubleData;
    case DataType.INT64:
      return tensor.int64Data.map(Number);
    case DataType.INT32:
    case DataType.INT8:
    case DataType.UINT8:
    case DataType.BOOL:
      return tensor.int32Data;
    default:
      return undefined;
  }
}

/** The constant that a Constant node gives, or undefined for kinds that no network computes with. */
export function constantNode({ op, node }: { readonly op: string; readonly node: NodeProto }): Stored | undefined {
  const [attribute] = node.attribute;
  const name = node.output[0];
  if (op !== 'Constant' || !attribute || name === undefined) return undefined;
  if (attribute.t) return storedTensor(name, attribute.t);
  const [values, type] = attribute.name.startsWith('value_float')
    ? [attribute.floats, DataType.FLOAT]
    : [attribute.ints.map(Number), DataType.INT64];
  if (attribute.name === 'value_float') return inline(name, [attribute.f], [], type);
  if (attribute.name === 'value_int') return inline(name, [Number(attribute.i)], [], type);
  if (attribute.name === 'value_floats' || attribute.name === 'value_ints')
    return inline(name, values, [values.length], type);
  return undefined;
}

function inline(name: string, numbers: readonly number[], shape: readonly number[], type: number): Stored {
  const elements = numbers.length <= MAX_FOLDED_ELEMENTS ? numbers : undefined;
  const bytes = bytesOf(type, numbers.length) as number;
  return { name, elements: numbers.length, bytes, value: { type, shape, constant: true, elements } };
}

/** Everything that a graph stores, graphs inside its nodes included. */
export function storedTensors(graph: GraphProto): Stored[] {
  const dense = graph.initializer.map((tensor) => storedTensor(tensor.name, tensor));
  const sparse = graph.sparseInitializer.flatMap(({ values, indices, dims }) => {
    if (!values) return [];
    const held = [storedTensor(values.name, values), ...(indices ? [storedTensor('', indices)] : [])];
    const bytes = held.reduce((sum, part) => sum + part.bytes, 0);
    return [{ ...held[0], bytes, value: { type: values.dataType, constant: true, shape: dims.map(Number) } }];
  });
  const constants = graph.node.flatMap((node) => constantNode({ op: node.opType, node }) ?? []);
  return [...dense, ...sparse, ...constants];
}

export const subgraphs = (node: NodeProto): GraphProto[] =>
  node.attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));

type Position = (index: number, inputs: number) => boolean;
const at =
  (...positions: readonly number[]): Position =>
  (index) =>
    positions.includes(index);
const after =
  (first: number): Position =>
  (index) =>
    index > first;

/** Inputs that are sizes, limits, axes or scales of a quantisation: floats there are no weights. */
const SETTINGS: Readonly<Record<string, Position>> = {
  Resize: after(0),
  Upsample: after(0),
  Clip: after(0),
  Pad: after(0),
  Pow: after(0),
  QuantizeLinear: after(0),
  DequantizeLinear: after(0),
  Range: after(-1),
  OneHot: after(0),
  MatMulIntegerToFloat: at(2, 3),
  DynamicQuantizeMatMul: at(2),
};

/** Inputs at which integers are weights. */
const QUANTISED: Readonly<Record<string, Position>> = {
  DequantizeLinear: at(0),
  QLinearConv: at(3, 8),
  ConvInteger: at(1),
  QLinearMatMul: at(0, 3),
  MatMulInteger: at(0, 1),
  MatMulIntegerToFloat: at(0, 1),
  DynamicQuantizeMatMul: at(1),
  QGemm: at(0, 3, 6),
  QAttention: at(1),
  MatMulNBits: at(1),
};

const isSetting = (op: string, index: number, inputs: number): boolean =>
  /^Q(Linear|Gemm|Attention)/.test(op) || (Object.hasOwn(SETTINGS, op) && SETTINGS[op](index, inputs));

/**
 * How many weights each stored tensor holds, 0 for those that are no weights: floats with an axis that are used as
 * more than settings, and integers that a quantised operator takes as weights.
 */
export function weightCounts(stored: readonly Stored[], nodes: readonly NodeProto[]): ReadonlyMap<string, number> {
  const byName = new Map(stored.map((tensor) => [tensor.name, tensor]));
  const used = new Set<string>();
  const asWeight = new Map<string, number>();
  for (const node of nodes)
    node.input.forEach((name, index) => {
      const tensor = byName.get(name);
      if (!tensor) return;
      used.add(name);
      const counts = isFloat(tensor.value.type)
        ? tensor.value.shape?.length !== 0 && !isSetting(node.opType, index, node.input.length)
        : Object.hasOwn(QUANTISED, node.opType) && QUANTISED[node.opType](index, node.input.length);
      if (counts) asWeight.set(name, node.opType === 'MatMulNBits' && index === 1 ? packed(node) : tensor.elements);
    });
  // What nothing uses is stored all the same.
  for (const { name, value, elements } of stored)
    if (!used.has(name) && isFloat(value.type) && value.shape?.length !== 0) asWeight.set(name, elements);
  return asWeight;
}

/** Values that lie several to a byte. */
function packed(node: NodeProto): number {
  const number = (name: string) => Number(node.attribute.find((attribute) => attribute.name === name)?.i ?? 0n);
  return number('K') * number('N');
}
