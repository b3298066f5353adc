import type { Graph } from '../network/index.ts';
import { newAdamState } from './adam.ts';
import type { TrainingState } from './checkpoint.ts';
import { classWeights } from './class-weights.ts';
import { initialWeights } from './initial-weights.ts';
import { Parameters } from './parameters.ts';
import type { Recipe } from './recipe.ts';
import type { OpenSource } from './sources.ts';

/** Before the first step: weights of the seed, depth at the mean ln z of the data sets. */
export function initialState({ seed }: Recipe, graph: Graph, sources: readonly OpenSource[]): TrainingState {
  const depths = sources.map(({ meanLogDepth }) => meanLogDepth).filter((mean) => Number.isFinite(mean));
  const depthBias = depths.length ? depths.reduce((a, b) => a + b) / depths.length : 0;
  const parameters = new Parameters(graph, initialWeights(graph, seed, depthBias));
  return {
    parameters,
    adam: newAdamState(parameters.values.length),
    best: { values: parameters.values.slice(), running: parameters.running.slice() },
    progress: { step: 0, seconds: 0, waited: 0 },
  };
}

/** How the recipe weighs the classes, or undefined where all weigh the same. */
export function classWeightsOf(
  { network, loss: { balance } }: Recipe,
  sources: readonly OpenSource[],
): Float32Array | undefined {
  if (balance === 0) return undefined;
  const counts = new Float64Array(network.classes ?? 0);
  for (const { labelCounts } of sources) for (let c = 0; c < counts.length; c++) counts[c] += labelCounts[c];
  return classWeights(counts, balance);
}
