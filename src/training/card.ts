import { type ModelCard, modelCardSchema } from '../backends/model-card.ts';
import type { Task } from '../core/tasks.ts';
import type { DatasetCard } from '../datasets/card.ts';
import { findCard } from '../datasets/find-card.ts';
import type { Recipe } from './recipe.ts';

/** Of the pictures that backbones are usually trained on; the network takes what lies about 0. */
export const INPUT_MEAN: [number, number, number] = [0.485, 0.456, 0.406];
export const INPUT_STD: [number, number, number] = [0.229, 0.224, 0.225];

const licenceOf = ({ id, licence }: DatasetCard): string => `${id} (${licence.name})`;

/** The keys of a model card that a recipe decides; depth is learned as ln z. */
export function cardKeys(recipe: Recipe, input: { readonly width: number; readonly height: number }) {
  const { network, slices, data, licence } = recipe;
  const has = (task: (typeof network.tasks)[number]) => network.tasks.includes(task);
  return {
    id: recipe.id,
    title: recipe.title,
    licence:
      licence ??
      `not stated; trained on ${data
        .map(({ id }) => findCard(id))
        .map(licenceOf)
        .join(', ')}`,
    network,
    input: { ...input, mean: INPUT_MEAN, std: INPUT_STD },
    outputs: {
      ...(has('segmentation') && { segmentation: { name: 'segmentation', kind: 'logits', ...(slices && { slices }) } }),
      ...(has('depth') && { depth: { name: 'depth', kind: 'log-depth', unit: 'm' } }),
      ...(has('normals') && { normals: { name: 'normals', axes: ['x', 'y', 'z'] } }),
    },
    resize: 'bicubic',
  };
}

/** A card that holds for weights in memory. @param tasks of which outputs are read */
export function cardInMemory(
  recipe: Recipe,
  input: { readonly width: number; readonly height: number },
  tasks: readonly Task[],
): ModelCard {
  const { outputs, ...keys } = cardKeys(recipe, input);
  const read = Object.fromEntries(Object.entries(outputs).filter(([task]) => tasks.some((each) => each === task)));
  // No seed is drawn: a card needs some source of weights, and these are at hand.
  return modelCardSchema.parse({ ...keys, outputs: read, weights: { seed: recipe.seed } });
}
