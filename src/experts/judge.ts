import { canonicalJson } from '../core/canonical.ts';
import type { Dataset } from '../core/dataset.ts';
import { InterruptedError, UsageError } from '../core/errors.ts';
import { requireSameSize } from '../core/raster.ts';
import type { LabelLayer } from '../datasets/label-layer.ts';
import type { Progress } from '../run/progress.ts';
import { chooseLargest } from './annotate.ts';
import type { Expert } from './expert.ts';
import { addRow, emptyJudgeTally, type JudgeTally } from './quality/confident-learning.ts';

interface JudgeLayer {
  readonly layer: LabelLayer;
  readonly dataset: Dataset;
  readonly indices: readonly number[];
  readonly judge: Expert;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Confident learning over a layer, by a second network.
 * @throws UsageError where the judge gives other classes; InterruptedError between two images.
 */
export async function judgeLayer({
  layer,
  dataset,
  indices,
  judge,
  progress,
  signal,
}: JudgeLayer): Promise<JudgeTally> {
  const classes = layer.provenance.classNames.length;
  requireSameClasses(judge, classes);
  const tally = emptyJudgeTally(classes);
  let done = 0;
  progress.start('judge', indices.length);
  for await (const sample of dataset.load(indices)) {
    if (signal.aborted)
      throw new InterruptedError('interrupted: the labels are there; run the same command again to judge them');
    const image = await sample.image();
    const { width, height } = image;
    const { rows } = await judge.look(image, sample.id, false);
    const given = await layer.labels(sample.id);
    requireSameSize(given, image, `label layer ${layer.folder}, sample ${sample.id}`);
    const labels = given.data;
    const truth = dataset.info.tasks.includes('segmentation') ? (await sample.segmentation()).data : undefined;
    const probabilities = new Float64Array(classes * width);
    const best = new Uint8Array(width);
    for (let row = 0; row < height; row++) {
      rows(row, probabilities);
      chooseLargest(probabilities, width, classes, best);
      addRow(tally, row * width, width, { labels, truth }, probabilities, best);
    }
    progress.update(++done);
    await new Promise((resolve) => setImmediate(resolve));
  }
  progress.end();
  return tally;
}

/** @throws UsageError where the judge is one of the experts: by its own probabilities an expert is never wrong. */
export function requireOtherNetwork(experts: readonly Expert[], { provenance: judge }: Expert): void {
  const same = experts.find(
    ({ provenance: { weightsSha256, card } }) =>
      card === judge.card || (weightsSha256 !== undefined && weightsSha256 === judge.weightsSha256),
  );
  if (same)
    throw new UsageError(
      `--judge ${judge.id} is an expert of this layer: judged by its own probabilities no label is ever doubted; name another network`,
    );
}

function requireSameClasses(judge: Expert, classes: number): void {
  const ids = judge.classIds;
  if (canonicalJson(ids) === canonicalJson(Array.from({ length: classes }, (_, id) => id))) return;
  throw new UsageError(
    `--judge ${judge.provenance.id} gives ${ids.length} classes, the layer has ${classes}; a judge needs all of them and no other`,
  );
}
