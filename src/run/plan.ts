import { canonicalJson, fingerprint, sha256 } from '../core/canonical.ts';
import type { Dataset } from '../core/dataset.ts';
import { UsageError } from '../core/errors.ts';
import type { BackendCard } from '../core/predictor.ts';
import type { Protocol } from '../core/protocol.ts';
import type { Task } from '../core/tasks.ts';
import { METRICS } from '../metrics/index.ts';
import type { Suite } from '../suite/schema.ts';

export interface Plan {
  /** Indices into the data set's samples, in image order. */
  readonly indices: readonly number[];
  readonly sampleIds: readonly string[];
  readonly sampleIdsSha256: string;
  /** Everything that decides a tally, apart from the predictors, in one fingerprint: resuming must match it. */
  readonly hash: string;
}

/** @throws UsageError when the data set lacks a task of the suite, or has no images. */
export function planRun(
  suite: Suite,
  dataset: Dataset,
  protocols: readonly Protocol[],
  limit: number | undefined,
  dataCard: string,
): Plan {
  const { info } = dataset;
  const absent = suite.tasks.find((task) => !info.tasks.includes(task));
  if (absent)
    throw new UsageError(
      `suite ${suite.id} asks for ${absent}, but data set ${info.id} has only ${info.tasks.join(', ')}: ${dataset.remedies?.[absent] ?? 'use other data'}, or remove the task`,
    );
  if (dataset.samples.length === 0)
    throw new UsageError(`data set ${info.id}: its ${info.split} split is empty; choose another split`);
  const count = Math.min(limit ?? dataset.samples.length, dataset.samples.length);
  const indices = Array.from({ length: count }, (_, i) => i);
  const sampleIds = indices.map((i) => dataset.samples[i].id);
  const hash = fingerprint({
    suite: suite.id,
    tasks: suite.tasks,
    data: [info.id, info.split, info.taxonomy, info.depthTruth, dataCard],
    sampleIds,
    protocols,
    metrics: suite.tasks.map((task: Task) => [task, METRICS[task].version]),
  });
  return { indices, sampleIds, sampleIdsSha256: sha256(canonicalJson(sampleIds)), hash };
}

/** What made an entry's tallies: the weights, the model's card, the options that can change a prediction, and what is derived. */
export function identityOf(card: BackendCard, modelCard: string | undefined): string {
  return fingerprint({
    modelCard,
    backend: card.id,
    version: card.version,
    device: card.device,
    weights: card.weightsSha256,
    options: card.options,
    derived: card.derived,
  });
}
