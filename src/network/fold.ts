import type { Tensor } from '../core/predictor.ts';
import { BATCHNORM_EPSILON, type ConvNode, type Graph, type Node, type NodeId } from './graph.ts';
import type { Weights } from './weights.ts';

/**
 * The same function without batch normalisation: each is merged into the convolution before it, which gains a bias.
 * weight' = weight * gamma / sqrt(var + epsilon), bias' = beta - mean * gamma / sqrt(var + epsilon); in float64, stored
 * as float32.
 */
export function foldBatchNorm(graph: Graph, weights: Weights): { graph: Graph; weights: Weights } {
  const nodes: Node[] = [];
  const folded = new Map<string, Tensor>();
  const keep = (name: string) => folded.set(name, weights.get(name)!);
  const movedTo: NodeId[] = [];
  for (const node of graph.nodes) {
    if (node.op === 'batchnorm') {
      const at = movedTo[node.inputs[0]];
      const convolution = nodes[at];
      if (convolution.op !== 'conv' || convolution.bias)
        throw new Error(`batch normalisation ${node.name} does not follow a convolution without a bias`);
      nodes[at] = { ...convolution, bias: true };
      for (const [name, tensor] of merged(convolution, node.name, weights)) folded.set(name, tensor);
      movedTo.push(at);
    } else {
      if (node.op === 'conv') keep(`${node.name}.weight`);
      if (node.op === 'conv' && node.bias) keep(`${node.name}.bias`);
      movedTo.push(nodes.push({ ...node, inputs: node.inputs.map((id) => movedTo[id]) }) - 1);
    }
  }
  const outputs = graph.outputs.map(({ task, node }) => ({ task, node: movedTo[node] }));
  return { graph: { nodes, outputs }, weights: folded };
}

function merged(convolution: ConvNode, normName: string, weights: Weights): [string, Tensor][] {
  const of = (field: string) => weights.get(`${normName}.${field}`)!.data;
  const [gamma, beta, mean, variance] = [of('weight'), of('bias'), of('running_mean'), of('running_var')];
  const kernel = weights.get(`${convolution.name}.weight`)!;
  const perChannel = kernel.data.length / convolution.outChannels;
  const data = new Float32Array(kernel.data.length);
  const bias = new Float32Array(convolution.outChannels);
  for (let channel = 0; channel < convolution.outChannels; channel++) {
    const scale = gamma[channel] / Math.sqrt(variance[channel] + BATCHNORM_EPSILON);
    for (let i = channel * perChannel; i < (channel + 1) * perChannel; i++) data[i] = kernel.data[i] * scale;
    bias[channel] = beta[channel] - mean[channel] * scale;
  }
  return [
    [`${convolution.name}.weight`, { shape: kernel.shape, data }],
    [`${convolution.name}.bias`, { shape: [convolution.outChannels], data: bias }],
  ];
}
