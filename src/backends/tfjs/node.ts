import { ResourceError } from '../../core/errors.ts';
import type { NodeProto } from '../../formats/generated/onnx_pb.ts';
import { type Constant, constantOf } from './constants.ts';

/** A node of an ONNX graph as the planner of its operator reads it. */
export interface NodeView {
  readonly op: string;
  /** Of the default operator set. */
  readonly opset: number;
  /** '' for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The ONNX element type of an input that is a constant of the file. */
  constantType(index: number): number | undefined;
  /** Fused into a convolution by the planner. */
  readonly activation?: 'relu' | 'relu6';
  int(name: string, fallback: number): number;
  optionalInt(name: string): number | undefined;
  float(name: string, fallback: number): number;
  optionalFloat(name: string): number | undefined;
  ints(name: string): number[] | undefined;
  floats(name: string): number[] | undefined;
  text(name: string, fallback: string): string;
  tensor(name: string): Constant | undefined;
  /** The error of a node that cannot be run; `reason` follows "Op with ...". */
  unsupported(reason: string): ResourceError;
}

/** How messages call a node. */
export const nodeWords = (node: NodeProto): string =>
  `${node.opType} node "${node.name || node.output[0] || 'without a name'}"`;

const DECODER = new TextDecoder();

export function viewNode(
  node: NodeProto,
  opset: number,
  file: string,
  more: {
    readonly types?: ReadonlyMap<string, number>;
    readonly outputs?: readonly string[];
    readonly activation?: NodeView['activation'];
  } = {},
): NodeView {
  const attributes = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
  return {
    op: node.opType,
    opset,
    inputs: node.input,
    outputs: more.outputs ?? node.output,
    activation: more.activation,
    constantType: (index) => more.types?.get(node.input[index] ?? ''),
    int: (name, fallback) => (attributes.has(name) ? Number(attributes.get(name)?.i) : fallback),
    optionalInt: (name) => (attributes.has(name) ? Number(attributes.get(name)?.i) : undefined),
    float: (name, fallback) => attributes.get(name)?.f ?? fallback,
    optionalFloat: (name) => attributes.get(name)?.f,
    ints: (name) => attributes.get(name)?.ints.map(Number),
    floats: (name) => attributes.get(name)?.floats,
    text: (name, fallback) => (attributes.has(name) ? DECODER.decode(attributes.get(name)?.s) : fallback),
    tensor: (name) => {
      const tensor = attributes.get(name)?.t;
      return tensor && constantOf(tensor, file);
    },
    unsupported: (reason) =>
      new ResourceError(
        `${file}: ${nodeWords(node)}: ${reason} is not supported by the TensorFlow.js backends; ` +
          'run this model on onnxruntime-node or onnxruntime-web, or export it without',
      ),
  };
}
