import type { Metric } from '../core/metric.ts';
import { requireSameSize } from '../core/raster.ts';
import { type Figure, figure } from '../core/reading.ts';
import { ANGLE_BINS, ANGLE_THRESHOLDS_DEG, BINS_PER_DEG, sumNormalAngles } from '../kernels/normal-angles.ts';
import { cropBox } from './crop.ts';
import { addPacked, packCounts } from './packed.ts';
import { inWords, type Place, placeIn, requireChannels, requireMaskFits } from './place.ts';

export interface NormalsTally {
  /** Counted pixels, among them `nonFinite` whose prediction is not finite; all else is over the finite ones. */
  readonly pixels: number;
  readonly nonFinite: number;
  readonly firstNonFinite?: Place;
  readonly sumDeg: number;
  readonly sumSquaredDeg: number;
  /** Of the counted angles; 180 and 0 when there is none. */
  readonly minimumDeg: number;
  readonly maximumDeg: number;
  /** Pixels strictly below 5, 7.5, 11.25, 22.5 and 30 degrees. */
  readonly within: readonly number[];
  /** Packed counts of angles in bins of 0.01 degrees. */
  readonly histogram: readonly number[];
  readonly problem?: string;
}

/**
 * Surface normals: the angle between prediction and truth, pooled over all counted pixels (Fouhey et al. 2013; Bae et
 * al. 2021). The median is exact to the bin width of 0.01 degrees. A prediction that is not finite makes mean, median
 * and root mean square undefined and is outside every threshold.
 */
export const normals: Metric<'normals', NormalsTally> = {
  task: 'normals',
  version: 1,

  tally(prediction, target, { crop }, context) {
    const { where } = context;
    requireSameSize(prediction, target, where);
    requireChannels(prediction, target, 3, where);
    requireMaskFits(target, context);
    const { height, width } = target;
    const box = cropBox(crop, height, width);
    const problem = 'problem' in box ? `${where}: ${box.problem}` : undefined;
    const empty = { top: 0, bottom: 0, left: 0, right: 0 };
    const { histogram, firstNonFiniteAt, ...sums } = sumNormalAngles(
      target.data,
      prediction.data,
      context.mask,
      width,
      'problem' in box ? empty : box,
    );
    return {
      ...sums,
      histogram: packCounts(histogram),
      firstNonFinite: firstNonFiniteAt < 0 ? undefined : placeIn(where, firstNonFiniteAt, width),
      problem,
    };
  },

  figures(tallies) {
    const histogram = new Float64Array(ANGLE_BINS);
    const within = ANGLE_THRESHOLDS_DEG.map(() => 0);
    let pixels = 0;
    let nonFinite = 0;
    let sumDeg = 0;
    let sumSquaredDeg = 0;
    let minimumDeg = 180;
    let maximumDeg = 0;
    let firstNonFinite: Place | undefined;
    let problem: string | undefined;
    for (const tally of tallies) {
      pixels += tally.pixels;
      nonFinite += tally.nonFinite;
      sumDeg += tally.sumDeg;
      sumSquaredDeg += tally.sumSquaredDeg;
      minimumDeg = Math.min(minimumDeg, tally.minimumDeg);
      maximumDeg = Math.max(maximumDeg, tally.maximumDeg);
      tally.within.forEach((count, k) => {
        within[k] += count;
      });
      addPacked(tally.histogram, histogram);
      firstNonFinite ??= tally.firstNonFinite;
      problem ??= tally.problem;
    }
    const nothing = problem ?? (pixels === 0 ? 'no counted pixel: no true normal inside crop and mask' : undefined);
    const blocked =
      nothing ??
      (nonFinite > 0
        ? `${nonFinite} non-finite prediction(s) on counted pixels${firstNonFinite ? `, the first at ${inWords(firstNonFinite)}` : ''}`
        : undefined);
    const angle = (name: string, value: number | undefined): Figure =>
      figure({ key: `normals/${name}`, unit: 'deg', better: 'lower', pooling: 'pixel' }, value, pixels, blocked);
    const median = blocked === undefined ? medianDeg(histogram, pixels) : undefined;
    return [
      angle('meanDeg', sumDeg / pixels),
      // Inside its bin the median is interpolated, which must not leave the range of the angles.
      angle('medianDeg', median === undefined ? undefined : Math.min(maximumDeg, Math.max(minimumDeg, median))),
      angle('rmseDeg', Math.sqrt(sumSquaredDeg / pixels)),
      ...ANGLE_THRESHOLDS_DEG.map((thresholdDeg, k) =>
        figure(
          { key: `normals/${withinName(thresholdDeg)}`, unit: '1', better: 'higher', pooling: 'pixel' },
          within[k] / pixels,
          pixels,
          nothing,
        ),
      ),
      figure(
        { key: 'normals/nonFinite', unit: 'pixels', better: 'lower', pooling: 'pixel' },
        nonFinite,
        pixels,
        nothing,
      ),
    ];
  },
};

/** 11.25 -> "within11_25". */
const withinName = (thresholdDeg: number) => `within${String(thresholdDeg).replace('.', '_')}`;

/** Mean of the two middle angles, each spread evenly over its bin. */
function medianDeg(histogram: Float64Array, count: number): number {
  return (orderedDeg(histogram, Math.floor((count - 1) / 2)) + orderedDeg(histogram, Math.ceil((count - 1) / 2))) / 2;
}

/** The angle of the given rank (0 = smallest) as the histogram tells it. Degrees. */
function orderedDeg(histogram: Float64Array, rank: number): number {
  let below = 0;
  let bin = 0;
  while (below + histogram[bin] <= rank) below += histogram[bin++];
  return (bin + (rank - below + 0.5) / histogram[bin]) / BINS_PER_DEG;
}
