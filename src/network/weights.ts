import { ResourceError } from '../core/errors.ts';
import type { Tensor } from '../core/predictor.ts';
import type { Graph, Node } from './graph.ts';

/** Tensors by the names of the authors' checkpoints, running statistics included; C order. */
export type Weights = ReadonlyMap<string, Tensor>;

export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Every tensor that the network needs, in execution order. Convolutions: [out, in / groups, kernel, kernel]. */
export function tensorSpecs(graph: Graph): TensorSpec[] {
  return graph.nodes.flatMap(specsOf);
}

function specsOf(node: Node): TensorSpec[] {
  if (node.op === 'conv') {
    const { name, inChannels, outChannels, kernel, groups } = node;
    const weight = { name: `${name}.weight`, shape: [outChannels, inChannels / groups, kernel, kernel] };
    return node.bias ? [weight, { name: `${name}.bias`, shape: [outChannels] }] : [weight];
  }
  if (node.op === 'batchnorm')
    return ['weight', 'bias', 'running_mean', 'running_var'].map((field) => ({
      name: `${node.name}.${field}`,
      shape: [node.channels],
    }));
  return [];
}

/**
 * Weights must be exactly those of the network: nothing missing, nothing left over, every shape equal.
 * @throws ResourceError naming `source`, the first tensor at fault and the first left over, and how many there are.
 */
export function requireWeights(graph: Graph, weights: Weights, source: string): void {
  const specs = tensorSpecs(graph);
  const wanted = new Set(specs.map(({ name }) => name));
  const faults = specs.flatMap((spec) => faultOf(spec, weights.get(spec.name)) ?? []);
  const extra = [...weights.keys()].filter((name) => !wanted.has(name));
  if (faults.length === 0 && extra.length === 0) return;
  // One of each kind: a prefix before every name shows at a glance.
  const shown = [
    ...faults.slice(0, 1),
    ...extra.slice(0, 1).map((name) => `"${name}" is not a tensor of this network`),
  ];
  const more = faults.length + extra.length - shown.length;
  throw new ResourceError(
    `${source}: ${shown.join(', ')}${more ? ` (and ${more} more)` : ''}; ` +
      "the network's classes, tasks, widths and head must be those of the weights",
  );
}

function faultOf({ name, shape }: TensorSpec, found: Tensor | undefined): string | undefined {
  if (!found) return `"${name}" is missing`;
  const elements = shape.reduce((product, n) => product * n, 1);
  if (found.shape.join('x') === shape.join('x') && found.data.length === elements) return undefined;
  return `"${name}" is ${found.shape.join('x')} (${found.data.length} values), the network needs ${shape.join('x')}`;
}
