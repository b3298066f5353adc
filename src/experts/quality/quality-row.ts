import { Random } from '../../core/random.ts';
import type { Figure } from '../../core/reading.ts';
import type { LabelFilter } from '../../datasets/label-layer.ts';
import { bootstrapInterval, type Interval } from '../../stats/bootstrap.ts';
import type { GroupCounts, LayerTally } from './measure-layer.ts';
import { filterFigures, scoreFigures } from './selective-figures.ts';

/** One row of the table of a layer: what a filter keeps, and how good that and its score are. */
export interface QualityRow extends LabelFilter {
  /** The experts of the layer in words. */
  readonly expert: string;
  /** kept, coverage, precision, mIoU; then AURC, E-AURC and ECE, which are those of the score at any threshold. */
  readonly figures: readonly Figure[];
  /** 95 % of the precision, over groups of images; left out where there are fewer than eight. */
  readonly precisionInterval?: Interval;
}

/** Of fewer, resamples reach little beyond the smallest and the largest, far from 95 %. */
const LEAST_GROUPS = 8;
const RESAMPLES = 1000;

/**
 * The row of any score and threshold (at most three decimals) of a measured layer; the interval only where the filter
 * was named when it was measured.
 * @throws UsageError for a threshold of more decimals
 */
export function qualityRow(expert: string, tally: LayerTally, { score, threshold }: LabelFilter): QualityRow {
  const counts = tally.scores.get(score);
  if (!counts) throw new Error(`the layer was not measured for score ${score}`);
  const filter = [...tally.groups.keys()].find((one) => one.score === score && one.threshold === threshold);
  const groups = filter && [...(tally.groups.get(filter)?.values() ?? [])];
  const precisionInterval = groups && precisionOver(groups);
  return {
    expert,
    score,
    threshold,
    figures: [...filterFigures(counts, threshold), ...scoreFigures(counts)],
    ...(precisionInterval && { precisionInterval }),
  };
}

/** Groups are drawn whole: pixels of an image, and images of a scene, are not independent. */
function precisionOver(groups: readonly GroupCounts[]): Interval | undefined {
  const kept = groups.filter((group) => group.kept > 0);
  if (kept.length < LEAST_GROUPS) return undefined;
  const stream = new Random(1);
  const precision = (drawn: Int32Array) => {
    let [right, all] = [0, 0];
    for (const at of drawn) {
      right += kept[at].right;
      all += kept[at].kept;
    }
    return right / all;
  };
  return bootstrapInterval(kept.length, precision, { random: () => stream.uniform(), resamples: RESAMPLES });
}
