/** The pixels of one class, all images together. */
export interface ClassCounts {
  readonly id: number;
  readonly right: number;
  readonly truth: number;
  /** Pixels in the truth or in the prediction. */
  readonly union: number;
}

/**
 * @param cells counts of truth * classes + prediction
 * @param outOfRange per truth class, counts of predictions that are no class
 */
export function classCounts(cells: Float64Array, outOfRange: Float64Array): ClassCounts[] {
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

/** Mean IoU of the classes in truth or prediction; NaN where there are none. */
export function meanIoU(all: readonly ClassCounts[]): number {
  const inUnion = all.filter((c) => c.union > 0);
  return sum(inUnion, iou) / inUnion.length;
}

export const iou = (c: ClassCounts): number => c.right / c.union;

export function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
