import { IGNORE_LABEL, type LabelRaster } from '../../core/raster.ts';
import type { Confidence } from '../../datasets/label-layer.ts';
import { levelOf } from '../../datasets/label-layer.ts';
import { CONFIDENCE_ONE } from '../../datasets/label-layer-provenance.ts';
import type { RankedCounts } from './ranking.ts';

/**
 * Classes are counted in steps of 1/1000 of the score: bin k holds the levels from that of k/1000 up to below that of
 * (k + 1)/1000. Figures of classes are therefore exact at thresholds of three decimals, and there are no others.
 */
export const STEPS = 1000;
const LEVELS = CONFIDENCE_ONE + 1;
const BINS = STEPS + 1;

/** The first level of each bin. */
const FIRST_LEVEL = Uint16Array.from({ length: BINS }, (_, k) => levelOf(k / STEPS));
const BIN_OF = binOfLevels();

function binOfLevels(): Uint16Array {
  const bins = new Uint16Array(LEVELS);
  for (let level = 0, bin = 0; level < LEVELS; level++) {
    while (bin + 1 < BINS && FIRST_LEVEL[bin + 1] <= level) bin++;
    bins[level] = bin;
  }
  return bins;
}

/** Pixels of each class by the bin of their score: cell [class * 1001 + bin]. */
interface ClassBins {
  readonly right: Float64Array;
  readonly given: Float64Array;
  readonly truth: Float64Array;
}

/**
 * Sufficient statistics of one score of a layer. Sums over pixels: adding images in any order, or the tallies of parts
 * of them, gives the same.
 */
export interface SelectiveTally {
  readonly classes: number;
  /** Pixels that have a truth and a label, by the level of their score. */
  readonly ranked: RankedCounts;
  readonly byClass: ClassBins;
  /** Pixels that have a truth and no label. */
  withoutLabel: number;
  /** All pixels, whether they have a truth or not, that have a label, by level. */
  readonly labelled: Float64Array;
  pixels: number;
  images: number;
}

export function emptyTally(classes: number): SelectiveTally {
  const bins = () => new Float64Array(classes * BINS);
  return {
    classes,
    ranked: { right: new Float64Array(LEVELS), wrong: new Float64Array(LEVELS) },
    byClass: { right: bins(), given: bins(), truth: bins() },
    withoutLabel: 0,
    labelled: new Float64Array(LEVELS),
    pixels: 0,
    images: 0,
  };
}

/**
 * Counts one image. All three are of one size; labels and truth are 0..classes-1 or 255.
 * @param truth undefined where the data set has none
 */
export function addImage(
  tally: SelectiveTally,
  labels: LabelRaster,
  { data: levels }: Pick<Confidence, 'data'>,
  truth: LabelRaster | undefined,
): void {
  const { ranked, byClass, labelled } = tally;
  const given = labels.data;
  for (let i = 0; i < given.length; i++) {
    const [label, level] = [given[i], levels[i]];
    const target = truth === undefined ? IGNORE_LABEL : truth.data[i];
    if (label !== IGNORE_LABEL) labelled[level]++;
    if (target === IGNORE_LABEL) continue;
    if (label === IGNORE_LABEL) {
      tally.withoutLabel++;
      continue;
    }
    const bin = BIN_OF[level];
    byClass.given[label * BINS + bin]++;
    byClass.truth[target * BINS + bin]++;
    if (label === target) {
      ranked.right[level]++;
      byClass.right[label * BINS + bin]++;
    } else ranked.wrong[level]++;
  }
  tally.pixels += given.length;
  tally.images++;
}

/** Adds what `other` counted to `tally`. */
export function mergeTally(tally: SelectiveTally, other: SelectiveTally): void {
  if (tally.classes !== other.classes) throw new Error(`tallies of ${tally.classes} and ${other.classes} classes`);
  addTo(tally.ranked.right, other.ranked.right);
  addTo(tally.ranked.wrong, other.ranked.wrong);
  for (const key of ['right', 'given', 'truth'] as const) addTo(tally.byClass[key], other.byClass[key]);
  addTo(tally.labelled, other.labelled);
  tally.withoutLabel += other.withoutLabel;
  tally.pixels += other.pixels;
  tally.images += other.images;
}

function addTo(sums: Float64Array, counts: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += counts[i];
}

/** The pixels of a class whose score reaches step / 1000. */
export function fromStep(bins: Float64Array, id: number, step: number): number {
  let sum = 0;
  for (let bin = step; bin < BINS; bin++) sum += bins[id * BINS + bin];
  return sum;
}
