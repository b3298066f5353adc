import { IGNORE_LABEL, type LabelArray } from '../../core/raster.ts';
import { levelOf } from '../../datasets/label-layer.ts';
import { CONFIDENCE_ONE } from '../../datasets/label-layer-provenance.ts';

const LEVELS = CONFIDENCE_ONE + 1;

/**
 * Sufficient statistics of confident learning (Northcutt et al. 2021): what a second network, the judge, says of given
 * labels. Thresholds are known only when all is seen, so pixels on which the two disagree wait in histograms of the
 * judge's probability; its steps of 1/65535 are what the count of flagged pixels may be off by. Sums over pixels.
 */
export interface JudgeTally {
  readonly classes: number;
  /** Of the pixels labelled k: how many, and the sum of the judge's p_k. */
  readonly labelled: Float64Array;
  readonly ownProbability: Float64Array;
  /** Disagreements by the judge's class and the level of its probability: [class * 65536 + level]. */
  readonly disputed: Uint32Array;
  /** Those of them whose label is wrong by the truth. */
  readonly disputedWrong: Uint32Array;
  /** Those that have a truth. */
  readonly disputedJudged: Uint32Array;
  /** Labels that are wrong by the truth, disputed or not. */
  wrong: number;
}

export function emptyJudgeTally(classes: number): JudgeTally {
  const histogram = () => new Uint32Array(classes * LEVELS);
  return {
    classes,
    labelled: new Float64Array(classes),
    ownProbability: new Float64Array(classes),
    disputed: histogram(),
    disputedWrong: histogram(),
    disputedJudged: histogram(),
    wrong: 0,
  };
}

/**
 * Counts `width` pixels from pixel `at` on.
 * @param probabilities of the judge, planar: train id, column
 * @param best its largest, by column
 */
export function addRow(
  tally: JudgeTally,
  at: number,
  width: number,
  { labels, truth }: { readonly labels: LabelArray; readonly truth?: LabelArray },
  probabilities: Float64Array,
  best: Uint8Array,
): void {
  for (let x = 0; x < width; x++) {
    const label = labels[at + x];
    if (label === IGNORE_LABEL) continue;
    const target = truth === undefined ? IGNORE_LABEL : truth[at + x];
    const isWrong = target !== IGNORE_LABEL && target !== label;
    if (isWrong) tally.wrong++;
    tally.labelled[label]++;
    tally.ownProbability[label] += probabilities[label * width + x];
    if (best[x] === label) continue;
    const cell = best[x] * LEVELS + levelOf(probabilities[best[x] * width + x]);
    tally.disputed[cell]++;
    if (target !== IGNORE_LABEL) tally.disputedJudged[cell]++;
    if (isWrong) tally.disputedWrong[cell]++;
  }
}

export function mergeJudgeTally(tally: JudgeTally, other: JudgeTally): void {
  const keys = ['labelled', 'ownProbability', 'disputed', 'disputedWrong', 'disputedJudged'] as const;
  for (const key of keys) for (let i = 0; i < tally[key].length; i++) tally[key][i] += other[key][i];
  tally.wrong += other.wrong;
}

export interface Judgement {
  /** t_k = mean p_k over the pixels labelled k; null for a class that no pixel is labelled with. */
  readonly thresholds: readonly (number | null)[];
  /** Pixels that have a label. */
  readonly labelled: number;
  /** Pixels where the judge's class j is not the label and p_j >= t_j. */
  readonly flagged: number;
  /** Flagged pixels that have a truth, and those of them whose label is wrong. */
  readonly flaggedJudged: number;
  readonly flaggedWrong: number;
  /** All labels that are wrong by the truth. */
  readonly wrong: number;
}

export function judgementOf(tally: JudgeTally): Judgement {
  const { labelled, ownProbability, disputed, disputedJudged, disputedWrong, wrong } = tally;
  const thresholds = Array.from(labelled, (count, k) => (count === 0 ? null : ownProbability[k] / count));
  const flagged = (counts: Uint32Array) =>
    thresholds.reduce<number>((sum, threshold, id) => {
      // A class without a label has no threshold to reach.
      if (threshold === null) return sum;
      let reached = 0;
      for (let level = levelOf(threshold); level < LEVELS; level++) reached += counts[id * LEVELS + level];
      return sum + reached;
    }, 0);
  return {
    thresholds,
    labelled: labelled.reduce((a, b) => a + b, 0),
    flagged: flagged(disputed),
    flaggedJudged: flagged(disputedJudged),
    flaggedWrong: flagged(disputedWrong),
    wrong,
  };
}
