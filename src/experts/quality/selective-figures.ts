import { UsageError } from '../../core/errors.ts';
import { type Figure, figure } from '../../core/reading.ts';
import { levelOf } from '../../datasets/label-layer.ts';
import { type ClassCounts, meanIoU } from '../../metrics/class-counts.ts';
import { areaUnderRiskCoverage, calibrationError, errorRate, leastArea, pixelsOf } from './ranking.ts';
import { fromStep, type SelectiveTally, STEPS } from './selective-tally.ts';

/** The figures of a filter, in the order of a table. */
export const FILTER_KEYS = ['labels/kept', 'labels/coverage', 'labels/precision', 'labels/mIoU'] as const;
/** The figures of a score, whatever the threshold. */
export const SCORE_KEYS = ['labels/AURC', 'labels/E-AURC', 'labels/ECE'] as const;

const NO_TRUTH = 'no pixel has both a label and a truth';

/**
 * What is left of the labels where the score reaches the threshold, and how good it is.
 *
 * - kept: share of all pixels that have a label still
 * - coverage: the same of the pixels that have a truth
 * - precision: share of those that are right
 * - mIoU: of those alone, over the classes in their truth or labels
 * @param threshold 0..1 with at most three decimals
 * @throws UsageError for another threshold
 */
export function filterFigures(tally: SelectiveTally, threshold: number): Figure[] {
  const step = stepOf(threshold);
  const level = levelOf(threshold);
  const { ranked, labelled, pixels, withoutLabel } = tally;
  const [right, wrong] = [from(ranked.right, level), from(ranked.wrong, level)];
  const kept = right + wrong;
  const judged = pixelsOf(ranked) + withoutLabel;
  const none = kept === 0 ? (judged === 0 ? NO_TRUTH : 'no label reaches the threshold') : undefined;
  const shareOf = (key: string, value: number, count: number, reason?: string) =>
    figure({ key, unit: '1', better: 'higher', pooling: 'pixel' }, value, count, reason);
  return [
    shareOf('labels/kept', from(labelled, level) / pixels, pixels, pixels === 0 ? 'no pixel' : undefined),
    shareOf('labels/coverage', kept / judged, judged, judged === 0 ? 'no pixel has a truth' : undefined),
    shareOf('labels/precision', right / kept, kept, none),
    shareOf('labels/mIoU', meanIoU(classesFrom(tally, step)), kept, none),
  ];
}

/** How well the score tells right labels from wrong ones, and how near it is to their probability of being right. */
export function scoreFigures({ ranked }: SelectiveTally): Figure[] {
  const pixels = pixelsOf(ranked);
  const none = pixels === 0 ? NO_TRUTH : undefined;
  const area = areaUnderRiskCoverage(ranked);
  const values = {
    'labels/AURC': area,
    'labels/E-AURC': area - leastArea(errorRate(ranked)),
    'labels/ECE': calibrationError(ranked),
  };
  return SCORE_KEYS.map((key) =>
    figure({ key, unit: '1', better: 'lower', pooling: 'pixel' }, values[key], pixels, none),
  );
}

/** @throws UsageError for a threshold outside 0..1 or of more than three decimals. */
export function stepOf(threshold: number): number {
  const step = Math.round(threshold * STEPS);
  if (threshold >= 0 && threshold <= 1 && step / STEPS === threshold) return step;
  throw new UsageError(`threshold ${threshold}: give one from 0 to 1 with at most three decimals, as 0.95`);
}

function classesFrom({ classes, byClass }: SelectiveTally, step: number): ClassCounts[] {
  return Array.from({ length: classes }, (_, id) => {
    const right = fromStep(byClass.right, id, step);
    const truth = fromStep(byClass.truth, id, step);
    return { id, right, truth, union: truth + fromStep(byClass.given, id, step) - right };
  });
}

function from(counts: Float64Array, level: number): number {
  let sum = 0;
  for (let i = level; i < counts.length; i++) sum += counts[i];
  return sum;
}
