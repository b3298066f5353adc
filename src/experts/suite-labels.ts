import { join } from 'node:path';
import { DensebenchError, InterruptedError, messageOf } from '../core/errors.ts';
import type { LabelExpertRecord, LabelFilterRecord, LabelsRecord } from '../core/labels-record.ts';
import type { FailureRecord } from '../core/record.ts';
import type { LabelFilter } from '../datasets/label-layer.ts';
import type { RunSurroundings } from '../run/request.ts';
import type { SuiteExpert, SuiteLabels } from '../suite/labels.ts';
import { type LabelledData, labelDataset } from './label-dataset.ts';
import { measureLayer } from './quality/measure-layer.ts';
import { qualityRecord } from './quality/record.ts';
import { SCORE_KEYS } from './quality/selective-figures.ts';
import type { LabelRequest } from './request.ts';

/** Folder of a run that holds the label layer of each expert. */
const LAYERS_FOLDER = 'labels';

/** Ranks nothing where no filter names a score; a layer is measured by its scores. */
const USUAL_SCORE = 'max-probability';

export interface SuiteLabelsJob {
  readonly labels: SuiteLabels;
  /** The run's own: its layers lie in it, so that a resumed run labels no image twice. */
  readonly directory: string;
  readonly dataDirectory?: string;
  readonly offline: boolean;
  /** As --limit: no more images than these. */
  readonly limit?: number;
  readonly densebench: string;
}

export interface MeasuredLabels {
  readonly record: LabelsRecord;
  readonly failures: readonly FailureRecord[];
}

/**
 * Label quality of every expert of a suite; each image is inferred once (twice where a score looks at its mirror image).
 * An expert that cannot be opened costs its own figures.
 * @throws InterruptedError between two images.
 */
export async function measureSuiteLabels(job: SuiteLabelsJob, surroundings: RunSurroundings): Promise<MeasuredLabels> {
  const { data, experts, ceiling, floor } = job.labels;
  const records: LabelExpertRecord[] = [];
  const failures: FailureRecord[] = [];
  for (const expert of experts) {
    const entry = `labels of ${expert.id}`;
    try {
      const measured = await labelDataset(requestOf(expert, job), surroundings, async (labelled) => {
        for (const { sample, message } of labelled.failures) failures.push({ entry, sample, message });
        return measureExpert(expert, labelled, job, surroundings);
      });
      records.push(measured);
    } catch (error) {
      // As for a row: a missing model or runtime costs this expert alone.
      if (!(error instanceof DensebenchError) || error instanceof InterruptedError) throw error;
      const message = messageOf(error);
      failures.push(
        expert.optional
          ? { entry, message: `left out, as the suite allows: ${message}`, allowed: true }
          : { entry, message },
      );
      records.push(unopened(expert, message));
    }
  }
  return { record: { data, experts: records, ...(ceiling !== undefined && { ceiling, floor }) }, failures };
}

/** The scores that the filters of an expert name. */
export function scoresOf({ filters }: Pick<SuiteExpert, 'filters'>): string[] {
  const named = new Set(filters.flatMap(({ score }) => score ?? []));
  return named.size > 0 ? [...named] : [USUAL_SCORE];
}

export const modelsOf = ({ model }: Pick<SuiteExpert, 'model'>): readonly string[] =>
  typeof model === 'string' ? [model] : model;

function requestOf(expert: SuiteExpert, { labels, directory, limit, ...job }: SuiteLabelsJob): LabelRequest {
  return {
    data: labels.data.id,
    split: labels.data.split,
    experts: modelsOf(expert),
    scores: scoresOf(expert),
    thresholds: expert.filters.flatMap(({ threshold }) => threshold ?? []),
    backend: expert.backend,
    taxonomy: labels.taxonomy,
    dataDirectory: job.dataDirectory,
    offline: job.offline,
    output: join(directory, LAYERS_FOLDER, expert.id),
    limit: Math.min(labels.images, limit ?? labels.images),
    densebench: job.densebench,
  };
}

async function measureExpert(
  expert: SuiteExpert,
  { layer, dataset, indices }: LabelledData,
  { densebench }: SuiteLabelsJob,
  surroundings: RunSurroundings,
): Promise<LabelExpertRecord> {
  const { provenance } = layer;
  const [anyScore] = provenance.scores;
  const filters = expert.filters.map(({ score = anyScore, threshold = 0 }): LabelFilter => ({ score, threshold }));
  const tally = await measureLayer({ layer, dataset, indices, filters, ...surroundings });
  const { rows, undefinedBecause, noise } = qualityRecord({
    provenance,
    tally,
    images: indices.length,
    hasTruth: dataset.info.tasks.includes('segmentation'),
    densebench,
    finishedAt: surroundings.now(),
  });
  return {
    id: expert.id,
    models: provenance.experts.map(({ id, title, card, weightsSha256, backend }) => ({
      ...{ id, title, card, backend },
      ...(weightsSha256 !== undefined && { weightsSha256 }),
    })),
    images: indices.length,
    splitCount: dataset.samples.length,
    isSample: dataset.info.isSample,
    ...(undefinedBecause !== undefined && { undefinedBecause }),
    filters: expert.filters.map((filter, i): LabelFilterRecord => {
      const { figures, precisionInterval } = rows[i];
      return { ...filter, figures: figures.filter(isOf(filter)), ...(precisionInterval && { precisionInterval }) };
    }),
    ...(noise && { noise }),
  };
}

/** Labels that are all kept are ranked by no score. */
const isOf =
  ({ score }: Pick<LabelFilterRecord, 'score'>) =>
  ({ key }: { readonly key: string }) =>
    score !== undefined || !(SCORE_KEYS as readonly string[]).includes(key);

const unopened = ({ id, filters }: SuiteExpert, undefinedBecause: string): LabelExpertRecord => ({
  ...{ id, models: [], images: 0, splitCount: 0, isSample: false, undefinedBecause },
  filters: filters.map((filter) => ({ ...filter, figures: [] })),
});
