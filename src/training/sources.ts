import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, fingerprint } from '../core/canonical.ts';
import type { Dataset } from '../core/dataset.ts';
import { UsageError } from '../core/errors.ts';
import { mix, Random } from '../core/random.ts';
import { IGNORE_LABEL } from '../core/raster.ts';
import { TASKS, type Task } from '../core/tasks.ts';
import type { TrainingData } from '../core/training.ts';
import { isSampleCard } from '../datasets/card.ts';
import { findCard } from '../datasets/find-card.ts';
import { folderName } from '../datasets/locate.ts';
import { openForSuite } from '../datasets/open-for-suite.ts';
import type { Graph } from '../network/index.ts';
import { inferShapes } from '../network/shapes.ts';
import { dataProgress } from '../run/data-progress.ts';
import type { Progress } from '../run/progress.ts';
import { type Grid, Rounds, type TrainingSource, usedTruth } from './batches.ts';
import { type ExpertLabels, expertLabels } from './expert-labels.ts';
import { prepareImages } from './prepare.ts';
import type { Recipe, RecipeData } from './recipe.ts';

export interface OpenSource {
  readonly source: TrainingSource;
  readonly rounds: Rounds;
  readonly grid: Grid;
  /** For the steps at half size. */
  readonly halfGrid: Grid;
  readonly data: RecipeData;
  readonly sampleIds: readonly string[];
  /** For the card. */
  readonly taught: TrainingData;
  /** Changes with the data and the labels of experts. */
  readonly identity: string;
  /** Channel of the network -> how many annotated pixels, where segmentation is learned. */
  readonly labelCounts: Float64Array;
  /** Mean of ln z of the annotated pixels, or NaN. */
  readonly meanLogDepth: number;
  close(): void;
}

export interface SourceContext {
  readonly dataDirectory?: string;
  readonly cacheDirectory: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * A data set of a recipe as training draws from it. What its own truth lacks, or the recipe leaves out, is "none".
 * @throws UsageError where the recipe asks for what the data lack; ResourceError when they are not there.
 */
export async function openSource(
  recipe: Recipe,
  graph: Graph,
  place: number,
  context: SourceContext,
): Promise<OpenSource> {
  const data = recipe.data[place];
  const { dataset, card } = await openForSuite(
    { id: data.id, split: data.split, classes: data.classes, depth: data.depth },
    { dataDir: context.dataDirectory, onProgress: dataProgress(context) },
  );
  try {
    const tasks = TASKS.filter((task) => recipe.network.tasks.includes(task) && dataset.info.tasks.includes(task));
    const experts = await expertLabels(data, dataset);
    const firstChannel = firstChannelOf(recipe, dataset, tasks, experts);
    const { path, remove } = placeOf(dataset, data, tasks, context);
    context.progress.start(
      `${data.id}: ${data.split} images at ${data.input.width}x${data.input.height}`,
      dataset.samples.length,
    );
    const store = await prepareImages(dataset, {
      path,
      ...data.input,
      tasks,
      signal: context.signal,
      onProgress: (done) => context.progress.update(done),
    });
    context.progress.update(dataset.samples.length);
    context.progress.end();
    const uses = chosenTruth(recipe, place, tasks, dataset.samples.length);
    const source: TrainingSource = {
      store,
      batch: data.batch,
      firstChannel,
      uses,
      expertLabels: experts.byImage,
    };
    const { width, height } = data.input;
    return {
      source,
      rounds: new Rounds(store.shape.count, mix(recipe.seed, place)),
      grid: gridOf(graph, { width, height }),
      halfGrid: gridOf(graph, { width: Math.round(width / 2), height: Math.round(height / 2) }),
      data,
      sampleIds: dataset.samples.map(({ id }) => id),
      taught: {
        id: data.id,
        split: data.split,
        images: store.shape.count,
        ...(Object.keys(data.labelled).length > 0 && { labelled: data.labelled }),
        ...(experts.taught.length > 0 && { layers: experts.taught }),
      },
      identity: fingerprint([card, dataset.samples.map(({ id }) => id), dataset.info.depthTruth, experts.identity]),
      ...statisticsOf(source),
      close: () => {
        store.close();
        remove();
      },
    };
  } finally {
    await dataset.close();
  }
}

function gridOf(graph: Graph, input: Grid['input']): Grid {
  const [, height, width] = inferShapes(graph, input)[graph.outputs[0].node];
  return { input, cells: { height, width } };
}

/** Where the classes of the data set begin: of its own truth, or of its experts' where it has none. */
function firstChannelOf(recipe: Recipe, { info }: Dataset, tasks: readonly Task[], experts: ExpertLabels): number {
  const own = tasks.includes('segmentation')
    ? { taxonomy: info.taxonomy, count: info.classNames.length }
    : experts.classes;
  if (!own) return 0;
  if (experts.classes && canonicalJson(experts.classes) !== canonicalJson(own))
    throw new UsageError(
      `recipe ${recipe.id}: ${info.id} has the ${own.count} classes of "${own.taxonomy}", its label layers the ${experts.classes.count} of "${experts.classes.taxonomy}"; they must be the same`,
    );
  const { network, slices } = recipe;
  const slice = slices ? slices[own.taxonomy] : { first: 0, count: network.classes ?? 0 };
  if (slice === undefined)
    throw new UsageError(
      `recipe ${recipe.id}, slices: none for ${info.id}, whose taxonomy is "${own.taxonomy}"; there are ${Object.keys(slices ?? {}).join(', ')}`,
    );
  if (slice.count !== own.count || slice.first + slice.count > (network.classes ?? 0))
    throw new UsageError(
      `recipe ${recipe.id}: ${info.id} has ${own.count} classes, its slice is ${slice.first} to ${slice.first + slice.count - 1} of the network's ${network.classes ?? 0} channels; they must be as many`,
    );
  return slice.first;
}

/**
 * Procedural images are what their card and their world's version say, which is what their folder is named after, so they
 * are kept; others may change, and are prepared for each run.
 */
function placeOf({ info }: Dataset, data: RecipeData, tasks: readonly Task[], context: SourceContext) {
  const { input, split } = data;
  const { depthTruth, taxonomy } = info;
  const card = findCard(data.id);
  const name = fingerprint({ folder: folderName(card), split, depthTruth, taxonomy, tasks, input, version: 2 });
  if (isSampleCard(card))
    return {
      path: join(context.cacheDirectory, 'training', `${data.id.replace(/\W/g, '-')}-${name}.bin`),
      remove: () => {},
    };
  const folder = mkdtempSync(join(tmpdir(), 'densebench-training-'));
  return { path: join(folder, 'images.bin'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Which images' own truth is used: of each task the recipe's share, drawn by the seed. */
function chosenTruth(
  { seed, data }: Recipe,
  place: number,
  tasks: readonly Task[],
  count: number,
): TrainingSource['uses'] {
  return Object.fromEntries(
    tasks.map((task) => {
      const share = data[place].labelled[task] ?? 1;
      // Far from the streams of the rounds, which are numbered from 0.
      const order = new Random(mix(seed, mix(place, TASKS.indexOf(task) + 101))).shuffled(
        Array.from({ length: count }, (_, i) => i),
      );
      const chosen = new Set(order.slice(0, Math.round(share * count)));
      return [task, Array.from({ length: count }, (_, i) => chosen.has(i))];
    }),
  );
}

/** Of what is learned from, all of it: truth that a recipe leaves out tells training nothing, not even what is rare. */
function statisticsOf(source: TrainingSource) {
  const labelCounts = new Float64Array(256);
  let [sum, count] = [0, 0];
  for (let index = 0; index < source.store.shape.count; index++) {
    const { labels, depth } = usedTruth(source, index);
    for (const label of labels) if (label !== IGNORE_LABEL) labelCounts[label + source.firstChannel]++;
    for (const z of depth)
      if (z > 0) {
        sum += Math.log(z);
        count++;
      }
  }
  return { labelCounts, meanLogDepth: count ? sum / count : Number.NaN };
}
