import { UsageError } from '../core/errors.ts';
import { taskOf } from '../core/figure-name.ts';
import type { Task } from '../core/tasks.ts';
import { openForSuite } from '../datasets/open-for-suite.ts';
import type { Graph } from '../network/index.ts';
import type { Recipe } from './recipe.ts';
import { type OpenSource, openSource, type SourceContext } from './sources.ts';
import type { ValidationSet } from './validate.ts';

/** What a recipe learns from and is watched by. */
export interface TrainingMaterial {
  readonly sources: readonly OpenSource[];
  readonly validations: readonly ValidationSet[];
  close(): Promise<void>;
}

/** @throws UsageError and ResourceError, with nothing left open, as openSource does, or when nothing teaches a task. */
export async function openMaterial(recipe: Recipe, graph: Graph, context: SourceContext): Promise<TrainingMaterial> {
  const sources: OpenSource[] = [];
  const validations: ValidationSet[] = [];
  const close = async () => {
    for (const source of sources) source.close();
    for (const { dataset } of validations) await dataset.close();
  };
  try {
    for (const place of recipe.data.keys()) sources.push(await openSource(recipe, graph, place, context));
    requireAnnotated(recipe, sources);
    for (const data of recipe.data)
      if (data.validation) {
        const validation = await openValidation(data, context.dataDirectory);
        validations.push(validation);
        requireWatchable(recipe, validation);
        requireHeldBack(recipe, validation, sources);
      }
    requireWatched(recipe, validations);
    return { sources, validations, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @throws UsageError naming a task that no image would teach. */
function requireAnnotated({ id, network, data }: Recipe, sources: readonly OpenSource[]): void {
  const taught = (task: Task) =>
    sources.some(({ source, labelCounts, meanLogDepth }) => {
      if (task === 'segmentation') return labelCounts.some((count) => count > 0);
      return task === 'depth' ? Number.isFinite(meanLogDepth) : source.uses.normals?.some(Boolean);
    });
  const missing = network.tasks.find((task) => !taught(task));
  if (missing)
    throw new UsageError(
      `recipe ${id}: nothing teaches ${missing}: ${data.map((each) => each.id).join(' and ')} annotate none of it, or the recipe or a filter leaves it out; remove it from network.tasks, or add data`,
    );
}

async function openValidation(data: Recipe['data'][number], dataDir: string | undefined): Promise<ValidationSet> {
  const split = data.validation!.split;
  const { dataset } = await openForSuite({ id: data.id, split, classes: data.classes, depth: data.depth }, { dataDir });
  return { data, dataset };
}

/** @throws UsageError where a validation has no truth of any task that is learned. */
function requireWatchable({ id, network }: Recipe, { data, dataset: { info } }: ValidationSet): void {
  if (!network.tasks.some((task) => info.tasks.includes(task)))
    throw new UsageError(
      `recipe ${id}, ${data.id}, validation: it annotates ${info.tasks.join(', ') || 'nothing'}, the network learns ${network.tasks.join(', ')}; leave validation out`,
    );
}

/** @throws UsageError where an image of a validation is also learned from, from the same data set. */
function requireHeldBack({ id }: Recipe, { data, dataset }: ValidationSet, sources: readonly OpenSource[]): void {
  const learned = new Set(sources.flatMap((source) => (source.data.id === data.id ? source.sampleIds : [])));
  const both = dataset.samples.filter((sample) => learned.has(sample.id));
  if (both.length > 0)
    throw new UsageError(
      `recipe ${id}, ${data.id}, validation: ${both.length} of the ${dataset.samples.length} images of split ${dataset.info.split} are trained on, ${both[0].id} among them; name a split of other images, or leave validation out`,
    );
}

/** @throws UsageError where the images that an early stop looks at have no truth of its task. */
function requireWatched({ id, earlyStop }: Recipe, [first]: readonly ValidationSet[]): void {
  if (!earlyStop || !first) return;
  const task = taskOf(earlyStop.key);
  const { info } = first.dataset;
  if (task && !info.tasks.includes(task))
    throw new UsageError(
      `recipe ${id}, earlyStop.key ${earlyStop.key}: ${info.id}, the first data set with a validation, annotates no ${task}; name a figure of ${info.tasks.join(' or ')}, or put another data set first`,
    );
}
