import type { Size } from '../backends/postprocess.ts';
import type { LabelRaster } from '../core/raster.ts';
import type { ScoreMaps } from '../datasets/label-layer-write.ts';
import type { ProbabilityRows } from './probability-rows.ts';
import { SCORES, type ScoreId } from './scores/index.ts';

/** What one expert says of an image. */
export interface Opinion {
  readonly rows: ProbabilityRows;
  /** Of the mirrored image, mirrored back. */
  readonly mirrored?: ProbabilityRows;
}

/**
 * The labels of an image, the largest of the experts' mean probability (the lower class on ties), and the scores.
 * @param classIds the train id of each class of the probabilities
 */
export function annotate(
  opinions: readonly Opinion[],
  { height, width }: Size,
  classIds: readonly number[],
  scores: readonly ScoreId[],
): { readonly labels: LabelRaster & { readonly data: Uint8Array }; readonly scores: ScoreMaps } {
  const classes = classIds.length;
  const data = new Uint8Array(height * width);
  const maps = new Map(scores.map((id) => [id, new Float64Array(height * width)]));
  const plane = () => new Float64Array(classes * width);
  const [experts, mean, mirrored, other] = [opinions.map(plane), plane(), plane(), plane()];
  const needsMirror = scores.some((id) => SCORES[id].needs === 'mirror');
  const labels = new Uint8Array(width);
  for (let row = 0; row < height; row++) {
    opinions.forEach(({ rows }, k) => {
      rows(row, experts[k]);
    });
    meanOf(experts, mean);
    if (needsMirror) {
      mirrored.fill(0);
      for (const opinion of opinions) {
        if (!opinion.mirrored) throw new Error('a score needs the mirrored image');
        opinion.mirrored(row, other);
        for (let i = 0; i < mirrored.length; i++) mirrored[i] += other[i] / opinions.length;
      }
    }
    chooseLargest(mean, width, classes, labels);
    for (let x = 0; x < width; x++) data[row * width + x] = classIds[labels[x]];
    const view = { width, classes, mean, experts, labels, ...(needsMirror && { mirrored }) };
    for (const [id, map] of maps) SCORES[id].row(view, map.subarray(row * width, (row + 1) * width));
  }
  return { labels: { height, width, channels: 1, data }, scores: maps };
}

/** Of a single expert its very bits. */
function meanOf(experts: readonly Float64Array[], mean: Float64Array): void {
  mean.set(experts[0]);
  if (experts.length === 1) return;
  for (let i = 0; i < mean.length; i++) {
    for (let k = 1; k < experts.length; k++) mean[i] += experts[k][i];
    mean[i] /= experts.length;
  }
}

/** The class of the largest probability of each column, the lower one on ties. */
export function chooseLargest(probabilities: Float64Array, width: number, classes: number, labels: Uint8Array): void {
  labels.fill(0, 0, width);
  const best = probabilities.slice(0, width);
  // Class by class, as the values lie in memory.
  for (let c = 1, at = width; c < classes; c++)
    for (let x = 0; x < width; x++, at++)
      if (probabilities[at] > best[x]) {
        best[x] = probabilities[at];
        labels[x] = c;
      }
}
