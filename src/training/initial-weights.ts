import type { Tensor } from '../core/predictor.ts';
import { type Graph, seededWeights, type Weights } from '../network/index.ts';

/** Outputs start near 0, so that the first steps are not spent on taking back what chance predicts. */
const OUTPUT_SHARE = 0.1;

/**
 * Nothing normalises the decoder: where its poolings' convolutions start at full size, four in a row and the next level's
 * sums grow out of ReLU6's range within some hundred steps, and the coarse levels never learn again.
 */
const POOLING_SHARE = 0.2;
const POOLING = /_outvar_dimred$/;

/**
 * Where training starts: filters as seededWeights draws them (He-normal, or such that the expected mean square stays 1),
 * batch normalisation as the identity, the residual poolings' convolutions and the outputs small.
 * @param depthBias what the output of depth is at first: the mean of the targets
 */
export function initialWeights(graph: Graph, seed: number, depthBias: number): Weights {
  const weights = new Map<string, Tensor>(seededWeights(graph, seed));
  const fill = (name: string, value: number) => weights.get(name)!.data.fill(value);
  for (const node of graph.nodes)
    if (node.op === 'batchnorm') {
      fill(`${node.name}.weight`, 1);
      fill(`${node.name}.bias`, 0);
      fill(`${node.name}.running_mean`, 0);
      fill(`${node.name}.running_var`, 1);
    }
  const shrink = (name: string, share: number) => {
    const { data } = weights.get(name)!;
    for (let i = 0; i < data.length; i++) data[i] *= share;
  };
  for (const { op, name } of graph.nodes)
    if (op === 'conv' && POOLING.test(name)) shrink(`${name}.weight`, POOLING_SHARE);
  for (const { task, node } of graph.outputs) {
    const { name } = graph.nodes[node];
    shrink(`${name}.weight`, OUTPUT_SHARE);
    fill(`${name}.bias`, task === 'depth' ? depthBias : 0);
  }
  return weights;
}
