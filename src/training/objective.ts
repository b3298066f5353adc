import { TASKS, type Task } from '../core/tasks.ts';
import type { CellTargets } from './augment.ts';
import { berHu, berHuLimit, cosineLoss, crossEntropy, type LossSum } from './losses.ts';
import type { OutputGradients, RawOutputs } from './passes.ts';

export interface LossWeights {
  readonly segmentation: number;
  readonly depth: number;
  readonly normals: number;
}

/** Mean loss of each task over the annotated cells of a batch; a task without any is left out. */
export type TaskLosses = { readonly [T in Task]?: number };

/**
 * The loss of a batch and its gradient: for each task the mean over all annotated cells of all groups, weighted and
 * summed. Whatever is not annotated weighs nothing, so that images of different annotations share a batch.
 * @param classWeights of each channel of segmentation
 */
export function objective(
  outputs: RawOutputs,
  targets: readonly CellTargets[],
  weights: LossWeights,
  classWeights: Float32Array | undefined,
): { readonly losses: TaskLosses; readonly gradients: OutputGradients } {
  const gradients = outputs.map((): { [T in Task]?: Float32Array } => ({}));
  const losses: { [T in Task]?: number } = {};
  for (const task of Object.keys(outputs[0]) as Task[]) {
    const sums = outputs.map((output, group) => {
      const raw = output[task]!;
      const gradient = new Float32Array(raw.data.length);
      gradients[group][task] = gradient;
      if (task === 'segmentation')
        return crossEntropy(raw.data, raw.channels, targets[group].labels, gradient, classWeights);
      if (task === 'normals') return cosineLoss(raw.data, targets[group].normals, gradient);
      const limit = berHuLimit(
        outputs.map(({ depth }) => depth!.data),
        targets.map(({ logDepth }) => logDepth),
      );
      return berHu(raw.data, targets[group].logDepth, limit, gradient);
    });
    const { sum, count } = sums.reduce(plus);
    if (count > 0) losses[task] = sum / count;
    const factor = count > 0 ? weights[task] / count : 0;
    for (const group of gradients) scale(group[task]!, factor);
  }
  return { losses, gradients };
}

const plus = (a: LossSum, b: LossSum): LossSum => ({ sum: a.sum + b.sum, count: a.count + b.count });

function scale(values: Float32Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] *= factor;
}

/** Over several steps; a task that none of them annotates is left out. */
export function meanLosses(steps: readonly TaskLosses[]): TaskLosses {
  const means: { [T in Task]?: number } = {};
  for (const task of TASKS) {
    const seen = steps.flatMap((step) => step[task] ?? []);
    if (seen.length > 0) means[task] = seen.reduce((a, b) => a + b) / seen.length;
  }
  return means;
}
