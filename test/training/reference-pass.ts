import type { ConvNode, Graph } from '../../src/network/graph.ts';
import type { Parameters } from '../../src/training/parameters.ts';
import type { ImageGroup } from '../../src/training/passes.ts';
import { convolve, depthwise, maxPool, normalise, type Pictures, relu6, upsample } from './reference.ts';

/** By group, then by task. */
export type ReferenceOutputs = readonly Readonly<Record<string, Pictures>>[];

/** The training graph by its definitions in double precision: batch statistics over all groups of a batch. */
export function referenceForward(
  graph: Graph,
  parameters: Parameters,
  values: Float64Array,
  groups: readonly ImageGroup[],
): ReferenceOutputs {
  const of = (name: string) => parameters.within(values as never, name) as unknown as Float64Array;
  const made: Pictures[][] = [];
  for (const node of graph.nodes) {
    const [a, b] = node.inputs.map((input) => made[input]);
    const mapped = (map: (data: Float64Array) => Float64Array) =>
      a.map(({ shape, data }) => ({ shape, data: map(data) }));
    if (node.op === 'input')
      made.push(
        groups.map(({ images, height, width, data }) => ({
          shape: [images, height, width, 3],
          data: Float64Array.from(data),
        })),
      );
    else if (node.op === 'conv') made.push(a.map((input) => convolution(input, node, of)));
    else if (node.op === 'batchnorm')
      made.push(normaliseTogether(a, of(`${node.name}.weight`), of(`${node.name}.bias`)));
    else if (node.op === 'relu6') made.push(mapped(relu6));
    else if (node.op === 'maxpool') made.push(a.map(maxPool));
    else if (node.op === 'add')
      made.push(a.map(({ shape, data }, group) => ({ shape, data: data.map((value, i) => value + b[group].data[i]) })));
    else made.push(a.map((input, group) => upsample(input, b[group].shape[1], b[group].shape[2])));
  }
  return groups.map((_, group) => Object.fromEntries(graph.outputs.map(({ task, node }) => [task, made[node][group]])));
}

function convolution(input: Pictures, node: ConvNode, of: (name: string) => Float64Array): Pictures {
  const filter = of(`${node.name}.weight`);
  const { shape, data } =
    node.groups > 1 ? depthwise(input, filter, node) : convolve(input, filter, node.outChannels, node);
  if (!node.bias) return { shape, data };
  const bias = of(`${node.name}.bias`);
  return { shape, data: data.map((value, i) => value + bias[i % bias.length]) };
}

function normaliseTogether(groups: readonly Pictures[], gamma: Float64Array, beta: Float64Array): Pictures[] {
  const joined = new Float64Array(groups.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of groups) {
    joined.set(data, at);
    at += data.length;
  }
  const normalised = normalise(joined, gamma, beta);
  at = 0;
  return groups.map(({ shape, data }) => {
    at += data.length;
    return { shape, data: normalised.subarray(at - data.length, at) };
  });
}
