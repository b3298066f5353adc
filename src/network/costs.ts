import type { Graph, Node, Part } from './graph.ts';
import { type ImageSize, inferShapes, type Shape } from './shapes.ts';

/** One call of a layer. Sums and up-samplings are functions, not layers, and are not listed. */
export interface LayerCost {
  readonly name: string;
  readonly type: 'conv' | 'batchnorm' | 'relu6' | 'maxpool';
  readonly part: Part;
  readonly input: Shape;
  readonly output: Shape;
  /** Learnable: weights and biases of convolutions, gamma and beta; running statistics are not. */
  readonly params: number;
  /**
   * Multiply-accumulates of convolutions, batch 1: Cout * Hout * Wout * (Cin / groups) * kernel^2. Bias additions,
   * batch normalisation, ReLU6, pooling, sums and up-sampling count 0. A MAC is not a FLOP.
   */
  readonly macs: number;
}

/** Every layer call in execution order. */
export function layerCosts(graph: Graph, size: ImageSize): LayerCost[] {
  const shapes = inferShapes(graph, size);
  return graph.nodes.flatMap((node, i) => {
    if (node.op === 'input' || node.op === 'add' || node.op === 'upsample') return [];
    const output = shapes[i];
    const macs = node.op === 'conv' ? kernelElements(node) * output[1] * output[2] : 0;
    const input = shapes[node.inputs[0]];
    return [{ name: node.name, type: node.op, part: node.part, input, output, params: paramsOf(node), macs }];
  });
}

/** Learnable parameters, before any folding. */
export function paramCount(graph: Graph): number {
  return graph.nodes.reduce((sum, node) => sum + paramsOf(node), 0);
}

/** Multiply-accumulates of all convolutions for one image (see LayerCost.macs). */
export function macCount(graph: Graph, size: ImageSize): number {
  return layerCosts(graph, size).reduce((sum, layer) => sum + layer.macs, 0);
}

/** Multiply-accumulates of each part that has a layer: encoder, decoder, one head per task. */
export function macsByPart(graph: Graph, size: ImageSize): Partial<Record<Part, number>> {
  const sums: Partial<Record<Part, number>> = {};
  for (const { part, macs } of layerCosts(graph, size)) sums[part] = (sums[part] ?? 0) + macs;
  return sums;
}

const kernelElements = (node: Node & { op: 'conv' }) =>
  (node.outChannels * node.inChannels * node.kernel * node.kernel) / node.groups;

function paramsOf(node: Node): number {
  if (node.op === 'conv') return kernelElements(node) + (node.bias ? node.outChannels : 0);
  return node.op === 'batchnorm' ? 2 * node.channels : 0;
}
