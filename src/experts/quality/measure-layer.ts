import type { Dataset } from '../../core/dataset.ts';
import { InterruptedError, ResourceError } from '../../core/errors.ts';
import { type LabelRaster, requireSameSize } from '../../core/raster.ts';
import { type LabelFilter, type LabelLayer, levelOf } from '../../datasets/label-layer.ts';
import { countConfusion } from '../../kernels/confusion.ts';
import type { Progress } from '../../run/progress.ts';
import { addImage, emptyTally, type SelectiveTally } from './selective-tally.ts';

/** What images of one group (a scene, a drive) count towards a filter's precision: the units of the bootstrap. */
export interface GroupCounts {
  kept: number;
  right: number;
}

/** Sufficient statistics of a layer against the truth of its data set. */
export interface LayerTally {
  readonly scores: ReadonlyMap<string, SelectiveTally>;
  /** Unfiltered pixels by truth and label: [truth * classes + label]. */
  readonly noise: Float64Array;
  /** Per true class, pixels that have no label. */
  readonly withoutLabel: Float64Array;
  /** For each filter, by group. */
  readonly groups: ReadonlyMap<LabelFilter, ReadonlyMap<string, GroupCounts>>;
}

interface MeasureLayer {
  readonly layer: LabelLayer;
  readonly dataset: Dataset;
  /** Samples that are in the layer. */
  readonly indices: readonly number[];
  /** Whose counts by group are kept. */
  readonly filters: readonly LabelFilter[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Walks the layer once. Where the data set has no segmentation, only what is kept is counted.
 * @throws ResourceError where a file of the layer or the truth is damaged or of another size; InterruptedError between
 * two images.
 */
export async function measureLayer(job: MeasureLayer): Promise<LayerTally> {
  const { layer, dataset, indices, filters, progress, signal } = job;
  const { scores: ids, classNames } = layer.provenance;
  const classes = classNames.length;
  const scores = new Map(ids.map((id) => [id, emptyTally(classes)]));
  const noise = new Float64Array(classes * classes);
  const withoutLabel = new Float64Array(classes);
  const groups = new Map(filters.map((filter) => [filter, new Map<string, GroupCounts>()]));
  let done = 0;
  progress.start('quality', indices.length);
  for await (const sample of dataset.load(indices)) {
    if (signal.aborted)
      throw new InterruptedError('interrupted: the labels are there, their quality is not; run the same command again');
    const where = `label layer ${layer.folder}, sample ${sample.id}`;
    const labels = await layer.labels(sample.id);
    const truth = dataset.info.tasks.includes('segmentation') ? await sample.segmentation() : undefined;
    if (truth) {
      requireSameSize(labels, truth, where);
      const counts = countConfusion(truth.data, labels.data, undefined, classes, 255);
      if (counts.badTruthAt >= 0)
        throw new ResourceError(
          `${where}: the truth has label ${truth.data[counts.badTruthAt]}, and the layer ${classes} classes`,
        );
      for (let i = 0; i < noise.length; i++) noise[i] += counts.cells[i];
      for (let i = 0; i < classes; i++) withoutLabel[i] += counts.outOfRange[i];
    }
    for (const [id, tally] of scores) {
      const confidence = await layer.confidence(sample.id, id);
      requireSameSize({ ...confidence, channels: 1 }, labels, `${where}, score ${id}`);
      addImage(tally, labels, confidence, truth);
      if (!truth) continue;
      for (const [filter, byGroup] of groups)
        if (filter.score === id) addGroup(byGroup, sample.group, labels, confidence.data, truth, filter.threshold);
    }
    progress.update(++done);
    await new Promise((resolve) => setImmediate(resolve));
  }
  progress.end();
  return { scores, noise, withoutLabel, groups };
}

function addGroup(
  byGroup: Map<string, GroupCounts>,
  group: string,
  { data: labels }: LabelRaster,
  levels: Uint16Array,
  { data: truth }: LabelRaster,
  threshold: number,
): void {
  const level = levelOf(threshold);
  const counts = byGroup.get(group) ?? { kept: 0, right: 0 };
  for (let i = 0; i < labels.length; i++) {
    if (truth[i] === 255) continue;
    if (labels[i] === 255 || levels[i] < level) continue;
    counts.kept++;
    if (labels[i] === truth[i]) counts.right++;
  }
  byGroup.set(group, counts);
}
