import { join } from 'node:path';
import { findModelCard } from '../backends/model-card.ts';
import { canonicalJson, sha256 } from '../core/canonical.ts';
import type { Dataset } from '../core/dataset.ts';
import { ResourceError, UsageError } from '../core/errors.ts';
import { writable } from '../datasets/generated-folder.ts';
import { type LabelLayer, openLabelLayer } from '../datasets/label-layer.ts';
import type { LayerPlan } from '../datasets/label-layer-provenance.ts';
import { beginLabelLayer } from '../datasets/label-layer-write.ts';
import type { OpenedData } from '../datasets/open-for-suite.ts';
import { makeFolders } from '../formats/folders.ts';
import { lockDirectory } from '../run/lock.ts';
import type { RunSurroundings } from '../run/request.ts';
import type { Expert } from './expert.ts';
import { requireOtherNetwork } from './judge.ts';
import { commonClasses, labelImages, type SampleFailure } from './label-images.ts';
import { openData, openExperts } from './open.ts';
import { stepOf } from './quality/selective-figures.ts';
import type { LabelRequest } from './request.ts';
import { chosenScores, type ScoreId } from './scores/index.ts';
import { chooseTaxonomy, type LayerTaxonomy, namesFor } from './taxonomy.ts';

export interface LabelResult {
  readonly layer: LabelLayer;
  /** Images asked for, and those of them that were labelled now. */
  readonly images: number;
  readonly made: number;
  readonly failures: readonly SampleFailure[];
}

/** What is open while a layer is measured. */
export interface LabelledData extends LabelResult {
  readonly dataset: Dataset;
  /** Samples that are in the layer. */
  readonly indices: readonly number[];
  readonly judge?: Expert;
}

/**
 * Writes the label layer of a data set, or goes on with it, and lets `use` measure it while all is open and locked.
 * @throws UsageError for what is asked wrongly, ResourceError for data, models and a layer that cannot be written, and
 * where no image could be labelled; InterruptedError says how to go on.
 */
export async function labelDataset<T>(
  request: LabelRequest,
  surroundings: RunSurroundings,
  use: (labelled: LabelledData) => Promise<T>,
): Promise<T> {
  const scores = chosenScores(request.scores, request.experts.length);
  for (const threshold of request.thresholds) stepOf(threshold);
  const data = await openData(request, request.split, surroundings);
  const { dataset } = data;
  const closing: (() => Promise<void>)[] = [() => dataset.close()];
  try {
    if (dataset.samples.length === 0)
      throw new UsageError(`data set ${dataset.info.id}: its ${request.split} split is empty; choose another split`);
    const taxonomy = chooseTaxonomy(dataset.info, findModelCard(request.experts[0]).card, request.taxonomy);
    const { experts, judge } = await openExperts(request, taxonomy, dataset, surroundings, closing);
    if (judge) requireOtherNetwork(experts, judge);
    const classNames = namesFor(taxonomy, commonClasses(experts), experts[0].provenance.id);
    for (const { provenance } of judge ? [...experts, judge] : experts)
      if (provenance.accuracyUndefined !== undefined)
        surroundings.progress.note(
          `${provenance.id}: ${provenance.accuracyUndefined}; what it says of images means nothing`,
        );
    for (const model of request.experts)
      if (learnedFrom(model, dataset))
        surroundings.progress.note(
          `${model}: was trained on ${dataset.info.id}, split ${dataset.info.split}; its labels are better there than on images that it has not seen`,
        );
    const plan = planOf(
      request,
      data,
      experts,
      { taxonomy: taxonomy.taxonomy, classNames },
      scores,
      surroundings.now(),
    );
    const folder = request.output ?? defaultFolder(plan);
    writable(folder, () => makeFolders(folder));
    const release = lockDirectory(folder);
    try {
      return await use(await label(folder, plan, { request, dataset, experts, judge }, scores, surroundings));
    } finally {
      release();
    }
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

const learnedFrom = (model: string, { info }: Dataset): boolean =>
  findModelCard(model).card.training?.data.some(({ id, split }) => id === info.id && split === info.split) ?? false;

interface Opened {
  readonly request: LabelRequest;
  readonly dataset: Dataset;
  readonly experts: readonly Expert[];
  readonly judge?: Expert;
}

async function label(
  folder: string,
  plan: LayerPlan,
  { request, dataset, experts, judge }: Opened,
  scores: readonly ScoreId[],
  { progress, signal }: RunSurroundings,
): Promise<LabelledData> {
  const writer = beginLabelLayer(folder, plan);
  const images = Math.min(request.limit ?? dataset.samples.length, dataset.samples.length);
  const asked = Array.from({ length: images }, (_, i) => i);
  const { made, failures } = await labelImages({
    ...{ dataset, indices: asked, experts, scores, writer, progress, signal },
  });
  const indices = asked.filter((index) => writer.has(dataset.samples[index].id));
  if (indices.length === 0)
    throw new ResourceError(`no image could be labelled; ${failures[0].sample}: ${failures[0].message}`);
  return { layer: await openLabelLayer(folder), images, made, failures, dataset, indices, judge };
}

function planOf(
  { densebench }: LabelRequest,
  { dataset: { info, samples }, card }: OpenedData,
  experts: readonly Expert[],
  classes: Required<LayerTaxonomy>,
  scores: readonly ScoreId[],
  startedAt: Date,
): LayerPlan {
  return {
    densebench,
    startedAt: startedAt.toISOString(),
    experts: experts.map(({ provenance }) => provenance),
    taxonomy: classes.taxonomy,
    classNames: [...classes.classNames],
    data: {
      id: info.id,
      title: info.title,
      card,
      split: info.split,
      isSample: info.isSample,
      count: samples.length,
      sampleIdsSha256: sha256(canonicalJson(samples.map(({ id }) => id))),
    },
    scores: [...scores],
  };
}

const defaultFolder = ({ data, experts }: LayerPlan): string =>
  join('results', 'labels', `${data.id}-${data.split}`, experts.map(({ id }) => id).join('+'));
