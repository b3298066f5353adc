import { bestAssignment } from '../../../stats/assignment.ts';
import { type JointCounts, pooledCells } from '../evidence/labels.ts';
import type { Mistake } from '../mistake.ts';
import { through } from './labels.ts';

/** A pair of classes counts as swapped above this IoU, and above this many times the IoU that each has with itself. */
const STRONG_IOU = 0.25;
const STRONGER = 3;
/** Rarer classes are left where they are: a handful of pixels fits anything. Share of the counted pixels. */
const RARE = 0.002;

/**
 * Classes in another order. The order is the best assignment of predicted to true classes by their IoU; each image is mended
 * by what the other half of the images say, for an order is always "better" on the images that it was made from.
 */
export const permuted: Mistake<'segmentation'> = {
  title: 'classes in another order',
  least: 0.03,
  tries({ images, groups }, { classes }) {
    const order = [...new Set(groups)];
    const halfOf = (index: number) => order.indexOf(groups[index]) % 2;
    const whole = reorder(images, classes);
    const others = [0, 1].map((half) => {
      const rest = images.filter((_, i) => halfOf(i) !== half);
      return reorder(rest.length ? rest : images, classes);
    });
    return [
      {
        words: [...whole].map(([value, label]) => `${value} is ${label}`).join(', ') || 'every class stays',
        mend: (given, index) => through((value) => others[halfOf(index)].get(value) ?? value)(given, index),
        doubt: whole.size < 2 ? "no two classes are predicted in each other's place" : undefined,
      },
    ];
  },
};

/** Predicted value -> class, of those values that stand for another class beyond doubt. */
function reorder(images: readonly JointCounts[], classes: number): Map<number, number> {
  const cells = pooledCells(images).filter(({ value }) => value < 2 * classes);
  const size = Math.max(classes, ...cells.map(({ value }) => value + 1));
  const truth = new Float64Array(size);
  const predicted = new Float64Array(size);
  const both = new Float64Array(size * size);
  let total = 0;
  for (const cell of cells) {
    truth[cell.truth] += cell.pixels;
    predicted[cell.value] += cell.pixels;
    both[cell.truth * size + cell.value] += cell.pixels;
    total += cell.pixels;
  }
  const iou = both.map((pixels, at) => {
    const [t, p] = [Math.floor(at / size), at % size];
    return pixels === 0 ? 0 : pixels / (truth[t] + predicted[p] - pixels);
  });
  const moved = new Map<number, number>();
  bestAssignment(iou, size).forEach((value, label) => {
    const found = iou[label * size + value];
    const own = Math.max(iou[label * size + label], iou[value * size + value]);
    if (value !== label && truth[label] > RARE * total && found >= STRONG_IOU && found >= STRONGER * own)
      moved.set(value, label);
  });
  return moved;
}
