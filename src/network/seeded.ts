import type { Tensor } from '../core/predictor.ts';
import { BATCHNORM_EPSILON, type ConvNode, type Graph, type Node } from './graph.ts';
import { randomStream } from './random.ts';
import type { Weights } from './weights.ts';

/** E[relu6(x)^2] / E[x^2] for x of mean 0 and variance near 1, where the upper limit hardly matters. */
const RELU_GAIN = 0.5;
/** E[max^2] / E[x^2] of a 5x5 pooling: 4.1 for independent normal values, less for neighbours that resemble each other. */
const POOL_GAIN = 3;

/**
 * Untrained weights: the same bytes for the same seed on every platform. He-normal convolutions (He et al. 2015) where
 * batch normalisation follows, elsewhere scaled to keep the expected mean square at 1; running statistics from the
 * expected mean squares. Outputs are finite and vary from pixel to pixel, and mean nothing.
 */
export function seededWeights(graph: Graph, seed: number): Weights {
  const weights = new Map<string, Tensor>();
  const normalised = new Set(graph.nodes.flatMap((node) => (node.op === 'batchnorm' ? node.inputs : [])));
  // The expected mean square of each node's output, over random weights.
  const power: number[] = [];
  for (const [id, node] of graph.nodes.entries()) {
    const input = power[node.inputs[0]];
    if (node.op === 'conv') power.push(seedConv(weights, node, seed, input, normalised.has(id)));
    else if (node.op === 'batchnorm') power.push(seedNorm(weights, node, seed, input));
    else power.push(plainPower(node.op, input, power[node.inputs[1]]));
  }
  return weights;
}

function plainPower(op: Exclude<Node['op'], 'conv' | 'batchnorm'>, first: number, second: number): number {
  if (op === 'input') return 1;
  if (op === 'add') return first + second;
  if (op === 'relu6') return RELU_GAIN * first;
  return op === 'maxpool' ? POOL_GAIN * first : first;
}

function seedConv(
  weights: Map<string, Tensor>,
  node: ConvNode,
  seed: number,
  inputPower: number,
  beforeNorm: boolean,
): number {
  const { name, inChannels, outChannels, kernel, groups } = node;
  const fanIn = (inChannels / groups) * kernel * kernel;
  const variance = (beforeNorm ? 2 : 1 / inputPower) / fanIn;
  const deviation = Math.sqrt(variance);
  const { normal } = randomStream(seed, `${name}.weight`);
  const data = Float32Array.from({ length: outChannels * fanIn }, () => deviation * normal());
  weights.set(`${name}.weight`, { shape: [outChannels, inChannels / groups, kernel, kernel], data });
  if (node.bias) {
    const bias = randomStream(seed, `${name}.bias`);
    setVector(weights, `${name}.bias`, outChannels, () => 0.1 * bias.normal());
  }
  return fanIn * variance * inputPower;
}

/** gamma 0.75..1.25, beta of deviation 0.3, means of 0.1 of the expected size. */
function seedNorm(
  weights: Map<string, Tensor>,
  { name, channels }: Node & { op: 'batchnorm' },
  seed: number,
  inputPower: number,
): number {
  const { uniform, normal } = randomStream(seed, name);
  setVector(weights, `${name}.weight`, channels, () => 0.75 + 0.5 * uniform());
  setVector(weights, `${name}.bias`, channels, () => 0.3 * normal());
  const size = Math.sqrt(inputPower);
  setVector(weights, `${name}.running_mean`, channels, () => 0.1 * size * normal());
  setVector(weights, `${name}.running_var`, channels, () => inputPower + BATCHNORM_EPSILON);
  return 1;
}

function setVector(weights: Map<string, Tensor>, name: string, length: number, value: () => number): void {
  weights.set(name, { shape: [length], data: Float32Array.from({ length }, value) });
}
