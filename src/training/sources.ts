import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fingerprint } from '../core/canonical.ts';
import type { Dataset } from '../core/dataset.ts';
import { UsageError } from '../core/errors.ts';
import { mix, Random } from '../core/random.ts';
import { IGNORE_LABEL } from '../core/raster.ts';
import { TASKS, type Task } from '../core/tasks.ts';
import { isSampleCard } from '../datasets/card.ts';
import { findCard } from '../datasets/find-card.ts';
import { openLabelLayer } from '../datasets/label-layer.ts';
import { folderName } from '../datasets/locate.ts';
import { openForSuite } from '../datasets/open-for-suite.ts';
import type { Graph } from '../network/index.ts';
import { inferShapes } from '../network/shapes.ts';
import type { Progress } from '../run/progress.ts';
import { type Grid, Rounds, type TrainingSource, usedTruth } from './batches.ts';
import { nearest, prepareImages } from './prepare.ts';
import type { Recipe, RecipeData } from './recipe.ts';

export interface OpenSource {
  readonly source: TrainingSource;
  readonly rounds: Rounds;
  readonly grid: Grid;
  /** For the steps at half size. */
  readonly halfGrid: Grid;
  readonly data: RecipeData;
  readonly images: number;
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
  const { dataset } = await openForSuite(
    { id: data.id, split: data.split, classes: data.classes, depth: data.depth },
    {
      dataDir: context.dataDirectory,
      onProgress: (done, total) => {
        if (done === 1) context.progress.start(`${data.id}: made here`, total);
        context.progress.update(done);
        if (done === total) context.progress.end();
      },
    },
  );
  try {
    const tasks = TASKS.filter((task) => recipe.network.tasks.includes(task) && dataset.info.tasks.includes(task));
    const firstChannel = firstChannelOf(recipe, dataset, tasks);
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
      expertLabels: await expertLabels(data, dataset, uses.segmentation ?? []),
    };
    const { width, height } = data.input;
    return {
      source,
      rounds: new Rounds(store.shape.count, mix(recipe.seed, place)),
      grid: gridOf(graph, { width, height }),
      halfGrid: gridOf(graph, { width: Math.round(width / 2), height: Math.round(height / 2) }),
      data,
      images: store.shape.count,
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

function firstChannelOf({ id, network, slices }: Recipe, { info }: Dataset, tasks: readonly Task[]): number {
  if (!tasks.includes('segmentation')) return 0;
  const { taxonomy, classNames } = info;
  const slice = slices ? slices[taxonomy] : { first: 0, count: network.classes ?? 0 };
  if (slice === undefined)
    throw new UsageError(
      `recipe ${id}, slices: none for ${info.id}, whose taxonomy is "${taxonomy}"; there are ${Object.keys(slices ?? {}).join(', ')}`,
    );
  if (slice.count !== classNames.length || slice.first + slice.count > (network.classes ?? 0))
    throw new UsageError(
      `recipe ${id}: ${info.id} has ${classNames.length} classes, its slice is ${slice.first} to ${slice.first + slice.count - 1} of the network's ${network.classes ?? 0} channels; they must be as many`,
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
      const order = new Random(mix(seed, mix(place, TASKS.indexOf(task) + 101))).shuffled(
        Array.from({ length: count }, (_, i) => i),
      );
      const chosen = new Set(order.slice(0, Math.round(share * count)));
      return [task, Array.from({ length: count }, (_, i) => chosen.has(i))];
    }),
  );
}

async function expertLabels(
  { layers: wanted, input: { width, height } }: RecipeData,
  { samples }: Dataset,
  used: readonly boolean[],
): Promise<Map<number, Uint8Array>> {
  const layers = await Promise.all(
    wanted.map(async ({ folder, filter }) => ({ layer: await openLabelLayer(folder), filter })),
  );
  const labels = new Map<number, Uint8Array>();
  const [first] = layers;
  if (!first) return labels;
  for (const [index, { id }] of samples.entries())
    if (!used[index]) {
      const own = new Uint8Array(width * height);
      nearest(await first.layer.labels(id, first.filter), width, height, own);
      labels.set(index, own);
    }
  return labels;
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
