import { networkPredictor } from '../backends/network-predictor.ts';
import { onnxruntimeNode } from '../backends/onnxruntime-node.ts';
import { sha256 } from '../core/canonical.ts';
import type { Dataset, Sample } from '../core/dataset.ts';
import { evenlySpaced } from '../core/evenly-spaced.ts';
import type { Protocol } from '../core/protocol.ts';
import type { Reading } from '../core/reading.ts';
import { TASKS, type Task } from '../core/tasks.ts';
import { METRICS } from '../metrics/index.ts';
import { resolveProtocol } from '../metrics/protocols.ts';
import { readingsOf } from '../metrics/readings.ts';
import { type Graph, toOnnx, type Weights } from '../network/index.ts';
import { cardInMemory } from './card.ts';
import { type Recipe, type RecipeData, WATCHED } from './recipe.ts';

/** Every finite truth counts, nothing is cropped or capped: what training is watched by is no benchmark. */
export const VALIDATION_PROTOCOL = 'plain';

export interface ValidationSet {
  readonly data: RecipeData;
  readonly dataset: Dataset;
}

/** How many images of it are looked at. */
const imagesOf = ({ data, dataset: { samples } }: ValidationSet): number =>
  Math.min(data.validation?.images ?? samples.length, samples.length);

/** Which images, at which size and by which rules, for the card. */
export const heldBackWords = (set: ValidationSet): string => {
  const { id, input } = set.data;
  return `${id} ${set.dataset.info.split}, ${imagesOf(set)} images held back, at ${input.width}x${input.height}, protocol ${VALIDATION_PROTOCOL}`;
};

/** Figure -> value; a figure without one is left out. */
export type Figures = Readonly<Record<string, number>>;

/**
 * The network as it would be shipped, exported to ONNX and run by the harness's own predictor and metrics, on unseen
 * images.
 * @param input the size of the images that the network has learned from so far
 */
export async function validate(
  recipe: Recipe,
  graph: Graph,
  weights: Weights,
  { data, dataset }: ValidationSet,
  input: RecipeData['input'] = data.input,
): Promise<Figures> {
  const card = cardInMemory(recipe, input, dataset.info.tasks);
  const bytes = toOnnx(graph, weights, input);
  const runtime = await onnxruntimeNode.open({
    model: { name: `recipe ${recipe.id}`, bytes, sha256: sha256(bytes) },
    options: onnxruntimeNode.parseOptions({ threads: 1 }),
  });
  const { info } = dataset;
  const predictor = networkPredictor({ runtime, card, classCount: info.classNames.length, taxonomy: info.taxonomy });
  const tasks = TASKS.filter((task) => recipe.network.tasks.includes(task) && info.tasks.includes(task));
  const protocol = resolveProtocol(VALIDATION_PROTOCOL, {
    classes: info.classNames.length,
    taxonomy: info.taxonomy,
    depthTruth: info.depthTruth,
  });
  const tallies = new Map<Task, unknown[]>(tasks.map((task) => [task, []]));
  try {
    for await (const sample of dataset.load(evenlySpaced(dataset.samples.length, imagesOf({ data, dataset })))) {
      const { maps } = await predictor.predict({ id: sample.id, image: () => sample.image() });
      for (const task of tasks) tallies.get(task)?.push(await tallyOf(task, maps, sample, protocol));
    }
  } finally {
    await predictor.close();
  }
  return Object.fromEntries(tasks.flatMap((task) => figuresOf(task, tallies.get(task) ?? [], protocol)));
}

async function tallyOf(
  task: Task,
  maps: Readonly<Record<string, unknown>>,
  sample: Sample,
  protocol: Protocol,
): Promise<unknown> {
  const target = await sample[task]();
  return METRICS[task].tally(maps[task] as never, target as never, protocol[task] as never, { where: sample.id });
}

function figuresOf(task: Task, tallies: readonly unknown[], protocol: Protocol): [string, number][] {
  const readings: readonly Reading[] = readingsOf(task, tallies as never, protocol[task] as never);
  return WATCHED.filter((key) => key.startsWith(`${task}/`)).flatMap((key) => {
    const found = readings.find((reading) => reading.key === key && reading.pooling === 'pixel');
    return found?.value === undefined || found.value === null ? [] : [[key, found.value] as [string, number]];
  });
}

const LOWER_IS_BETTER = /absRel|sqRel|rmse|Deg$/;

export const isBetter = (key: string, value: number, than: number): boolean =>
  LOWER_IS_BETTER.test(key) ? value < than : value > than;

export const wordsOf = (figures: Readonly<Record<string, Figures>>): string =>
  Object.entries(figures)
    .map(
      ([id, values]) =>
        `${id}: ${Object.entries(values)
          .map(([key, value]) => `${key.split('/')[1]} ${value.toFixed(3)}`)
          .join(', ')}`,
    )
    .join('; ');
