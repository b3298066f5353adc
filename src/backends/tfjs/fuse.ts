import type { NodeProto } from '../../formats/generated/onnx_pb.ts';
import { type NodeView, viewNode } from './node.ts';

export interface FusedNode {
  readonly node: NodeProto;
  readonly activation?: NodeView['activation'];
  /** The value that it makes instead of its own output: that of the activation. */
  readonly output?: string;
}

/**
 * Joins each convolution with a ReLU that alone uses its result: the kernels of TensorFlow.js clamp while they write.
 * ReLU6 is a Clip to the attributes 0 and 6, or to constants of these values (named by `limits`).
 */
export function fuseActivations(
  nodes: readonly NodeProto[],
  opset: number,
  file: string,
  graphOutputs: ReadonlySet<string>,
  limits: ReadonlyMap<string, number>,
): FusedNode[] {
  const users = new Map<string, number>();
  for (const name of nodes.flatMap((node) => node.input)) users.set(name, (users.get(name) ?? 0) + 1);
  const makers = new Map(nodes.filter(({ opType }) => opType === 'Conv').map((node) => [node.output[0], node]));
  const fusedWith = new Map<NodeProto, FusedNode>();
  const gone = new Set<NodeProto>();
  for (const node of nodes) {
    const conv = makers.get(node.input[0]);
    if (!conv || users.get(node.input[0]) !== 1 || graphOutputs.has(node.input[0])) continue;
    const activation = activationOf(viewNode(node, opset, file), limits);
    if (!activation) continue;
    fusedWith.set(conv, { node: conv, activation, output: node.output[0] });
    gone.add(node);
  }
  return nodes.filter((node) => !gone.has(node)).map((node) => fusedWith.get(node) ?? { node });
}

function activationOf(node: NodeView, limits: ReadonlyMap<string, number>): NodeView['activation'] {
  if (node.op === 'Relu') return 'relu';
  if (node.op !== 'Clip') return undefined;
  const limit = (index: number, attribute: string) =>
    node.opset < 11 ? node.optionalFloat(attribute) : limits.get(node.inputs[index] ?? '');
  return limit(1, 'min') === 0 && limit(2, 'max') === 6 ? 'relu6' : undefined;
}
