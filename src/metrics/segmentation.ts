import { ResourceError } from '../core/errors.ts';
import type { Metric } from '../core/metric.ts';
import { requireSameSize } from '../core/raster.ts';
import { type Figure, figure } from '../core/reading.ts';
import { countConfusion } from '../kernels/confusion.ts';
import { type ClassCounts, classCounts, iou, meanIoU, sum } from './class-counts.ts';
import { OpenSums, type OpenTally, tallyOpen } from './open-segmentation.ts';
import { addPacked, packCounts } from './packed.ts';
import { inWords, placeIn, requireChannels, requireMaskFits } from './place.ts';

export interface SegmentationTally {
  /** Packed counts of cell truth * classes + prediction. */
  readonly confusion: readonly number[];
  /** Packed counts, per truth class, of predictions that are no class: wrong answers, in no class's prediction. */
  readonly outOfRange: readonly number[];
  /** Pixels that do not count: ignored or masked out. */
  readonly ignored: number;
  /** Where the predictor has several data sets in one network. */
  readonly open?: OpenTally;
}

/**
 * Segmentation: one confusion matrix over all counted pixels (Everingham et al. 2010; Long et al. 2015). With tp, t and
 * p the pixels of class c that are right, in the truth and in the prediction: IoU = tp / (t + p - tp), accuracy = tp / t.
 * A prediction outside 0..C-1 is wrong: it stays in t and enters no p. Fractions, never percent.
 */
export const segmentation: Metric<'segmentation', SegmentationTally> = {
  task: 'segmentation',
  version: 2,

  tally(prediction, target, protocol, context) {
    const { classes, ignore } = protocol;
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
      ...(context.open && { open: tallyOpen(context.open, target, protocol, context) }),
    };
  },

  figures(tallies, { classes }, classNames) {
    const cells = new Float64Array(classes * classes);
    const outOfRange = new Float64Array(classes);
    const open = new OpenSums(classes);
    for (const tally of tallies) {
      addPacked(tally.confusion, cells);
      addPacked(tally.outOfRange, outOfRange);
      const isCounted = tally.confusion.length > 0 || tally.outOfRange.length > 0;
      if (isCounted) open.add(tally.open);
    }
    const all = classCounts(cells, outOfRange);
    return [...read(all, outOfRange, classNames), ...open.figures(meanIoU(all))];
  },
};

function read(
  all: readonly ClassCounts[],
  outOfRange: Float64Array,
  classNames: readonly string[] | undefined,
): Figure[] {
  const inUnion = all.filter((c) => c.union > 0);
  const inTruth = all.filter((c) => c.truth > 0);
  const pixels = sum(all, (c) => c.truth);
  const nothing = pixels === 0 ? 'no counted pixel: all truth is ignored or masked out' : undefined;
  const overall = (name: string, value: number): Figure =>
    figure({ key: `segmentation/${name}`, unit: '1', better: 'higher', pooling: 'pixel' }, value, pixels, nothing);
  const iouSum = sum(inUnion, iou);
  return [
    overall('mIoU', meanIoU(all)),
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
