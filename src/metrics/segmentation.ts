import { ResourceError } from '../core/errors.ts';
import type { Metric } from '../core/metric.ts';
import { requireSameSize } from '../core/raster.ts';
import { type Figure, figure } from '../core/reading.ts';
import { countConfusion } from '../kernels/confusion.ts';
import { addPacked, packCounts } from './packed.ts';
import { inWords, placeIn, requireChannels, requireMaskFits } from './place.ts';

export interface SegmentationTally {
  /** Packed counts of cell truth * classes + prediction. */
  readonly confusion: readonly number[];
  /** Packed counts, per truth class, of predictions that are no class: wrong answers, in no class's prediction. */
  readonly outOfRange: readonly number[];
  /** Pixels that do not count: ignored or masked out. */
  readonly ignored: number;
}

/**
 * Segmentation: one confusion matrix over all counted pixels (Everingham et al. 2010; Long et al. 2015). With tp, t and
 * p the pixels of class c that are right, in the truth and in the prediction: IoU = tp / (t + p - tp), accuracy = tp / t.
 * A prediction outside 0..C-1 is wrong: it stays in t and enters no p. Fractions, never percent.
 */
export const segmentation: Metric<'segmentation', SegmentationTally> = {
  task: 'segmentation',
  version: 1,

  tally(prediction, target, { classes, ignore }, context) {
    const { where } = context;
    requireSameSize(prediction, target, where);
    requireChannels(prediction, target, 1, where);
    requireMaskFits(target, context);
    const counts = countConfusion(target.data, prediction.data, context.mask, classes, ignore);
    if (counts.badTruthAt >= 0) {
      const place = inWords(placeIn(where, counts.badTruthAt, target.width));
      throw new ResourceError(
        `truth label ${target.data[counts.badTruthAt]} at ${place} is neither a class (0..${classes - 1}) nor the ignore label ${ignore}; ` +
          'check --classes and --ignore, or translate the labels (--target-labels)',
      );
    }
    return {
      confusion: packCounts(counts.cells),
      outOfRange: packCounts(counts.outOfRange),
      ignored: counts.ignored,
    };
  },

  figures(tallies, { classes }, classNames) {
    const cells = new Float64Array(classes * classes);
    const outOfRange = new Float64Array(classes);
    for (const tally of tallies) {
      addPacked(tally.confusion, cells);
      addPacked(tally.outOfRange, outOfRange);
    }
    return read(cells, outOfRange, classNames);
  },
};

interface ClassCounts {
  readonly id: number;
  readonly right: number;
  readonly truth: number;
  /** Pixels in the truth or in the prediction. */
  readonly union: number;
}

function classCounts(cells: Float64Array, outOfRange: Float64Array): ClassCounts[] {
  const classes = outOfRange.length;
  const truth = Float64Array.from(outOfRange);
  const predicted = new Float64Array(classes);
  for (let t = 0; t < classes; t++)
    for (let p = 0; p < classes; p++) {
      const count = cells[t * classes + p];
      truth[t] += count;
      predicted[p] += count;
    }
  return Array.from(truth, (t, id) => {
    const right = cells[id * classes + id];
    return { id, right, truth: t, union: t + predicted[id] - right };
  });
}

function read(cells: Float64Array, outOfRange: Float64Array, classNames: readonly string[] | undefined): Figure[] {
  const all = classCounts(cells, outOfRange);
  const inUnion = all.filter((c) => c.union > 0);
  const inTruth = all.filter((c) => c.truth > 0);
  const pixels = sum(all, (c) => c.truth);
  const nothing = pixels === 0 ? 'no counted pixel: all truth is ignored or masked out' : undefined;
  const iou = (c: ClassCounts) => c.right / c.union;
  const overall = (name: string, value: number): Figure =>
    figure({ key: `segmentation/${name}`, unit: '1', better: 'higher', pooling: 'pixel' }, value, pixels, nothing);
  const iouSum = sum(inUnion, iou);
  return [
    overall('mIoU', iouSum / inUnion.length),
    overall('mIoU:absent-one', (iouSum + (all.length - inUnion.length)) / all.length),
    overall('mIoU:absent-zero', iouSum / all.length),
    overall('mIoU:truth-present', sum(inTruth, iou) / inTruth.length),
    overall('pixelAccuracy', sum(all, (c) => c.right) / pixels),
    overall('meanAccuracy', sum(inTruth, (c) => c.right / c.truth) / inTruth.length),
    overall(
      'fwIoU',
      sum(inTruth, (c) => (c.truth / pixels) * iou(c)),
    ),
    figure(
      { key: 'segmentation/outOfRange', unit: 'pixels', better: 'lower', pooling: 'pixel' },
      sum([...outOfRange], (count) => count),
      pixels,
      nothing,
    ),
    ...all.map((c) =>
      figure(
        { key: `segmentation/IoU:${classNames?.[c.id] ?? c.id}`, unit: '1', better: 'higher', pooling: 'pixel' },
        iou(c),
        c.union,
        nothing ?? (c.union === 0 ? 'the class is in neither truth nor prediction' : undefined),
      ),
    ),
  ];
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
