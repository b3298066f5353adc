import type { GraphProto, NodeProto } from '../../formats/generated/onnx_pb.ts';
import { fedInputs } from './tensors.ts';

/** Which parts of a graph run in integers. */
export interface QuantisationPlan {
  /** Convolutions whose kernels become int8. */
  readonly convolutions: ReadonlySet<NodeProto>;
  /** Sums, poolings and resizings that run in integers. */
  readonly others: ReadonlySet<NodeProto>;
  /** Values that are stored as uint8. */
  readonly values: readonly string[];
  /** A value that must share the parameters of another: poolings and resizings only pick or mix what is there. */
  readonly tiedTo: ReadonlyMap<string, string>;
  /** Operators that stay in float32, with how many nodes of each. */
  readonly float: ReadonlyMap<string, number>;
}

const ACTIVATIONS = new Set(['Relu', 'Clip']);
const TIED = new Set(['MaxPool', 'Resize']);

/**
 * Convolutions with stored weights, sums of two values, max poolings and resizings run in integers; a ReLU or Clip right
 * after one becomes part of it. Nodes that make an output stay in float32: the last layer of a head costs little, and
 * its 256 steps would be the resolution of depth.
 */
export function planQuantisation(graph: GraphProto): QuantisationPlan {
  const stored = new Set(graph.initializer.map(({ name }) => name));
  const outputs = new Set(graph.output.map(({ name }) => name));
  const consumers = new Map<string, NodeProto[]>();
  for (const node of graph.node)
    for (const input of new Set(node.input)) consumers.set(input, [...(consumers.get(input) ?? []), node]);

  const convolutions = new Set<NodeProto>();
  const others = new Set<NodeProto>();
  const activations = new Set<NodeProto>();
  const values = new Set<string>();
  const tiedTo = new Map<string, string>();
  for (const node of graph.node) {
    if (!isCandidate(node, stored)) continue;
    const activation = activationAfter(node, consumers, outputs);
    const result = (activation ?? node).output[0];
    if (outputs.has(result)) continue;
    if (activation) activations.add(activation);
    (node.opType === 'Conv' ? convolutions : others).add(node);
    for (const value of [...dataInputs(node), result]) values.add(value);
    if (TIED.has(node.opType)) tiedTo.set(result, node.input[0]);
  }
  const float = new Map<string, number>();
  for (const node of graph.node)
    if (!convolutions.has(node) && !others.has(node) && !activations.has(node))
      float.set(node.opType, (float.get(node.opType) ?? 0) + 1);
  return { convolutions, others, values: inGraphOrder(graph, values), tiedTo, float };
}

function isCandidate({ opType, input }: NodeProto, stored: ReadonlySet<string>): boolean {
  switch (opType) {
    case 'Conv':
      return !stored.has(input[0]) && input.slice(1).every((name) => name === '' || stored.has(name));
    case 'Add':
      return input.every((name) => !stored.has(name));
    default:
      return TIED.has(opType) && !stored.has(input[0]);
  }
}

const dataInputs = ({ opType, input }: NodeProto): string[] => (opType === 'Add' ? input : input.slice(0, 1));

/** A ReLU or Clip that alone takes the node's result. A tied result has the range of its input, so nothing is cut off it. */
function activationAfter(
  { opType, output }: NodeProto,
  consumers: ReadonlyMap<string, readonly NodeProto[]>,
  outputs: ReadonlySet<string>,
): NodeProto | undefined {
  const next = consumers.get(output[0]) ?? [];
  const isFusable = next.length === 1 && ACTIVATIONS.has(next[0].opType) && next[0].input[0] === output[0];
  return isFusable && !TIED.has(opType) && !outputs.has(output[0]) ? next[0] : undefined;
}

function inGraphOrder(graph: GraphProto, values: ReadonlySet<string>): string[] {
  const all = [...fedInputs(graph), ...graph.node.flatMap(({ output }) => output)];
  return all.filter((name) => values.has(name));
}
