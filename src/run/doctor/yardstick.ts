import type { TaskProtocols } from '../../core/protocol.ts';
import type { Task } from '../../core/tasks.ts';
import { classCounts, meanIoU } from '../../metrics/class-counts.ts';
import type { DepthTally } from '../../metrics/depth.ts';
import { METRICS } from '../../metrics/index.ts';
import type { NormalsTally } from '../../metrics/normals.ts';
import { addPacked } from '../../metrics/packed.ts';
import type { SegmentationTally } from '../../metrics/segmentation.ts';
import type { Case, Mended } from './mistake.ts';

/** The one figure by which the doctor judges a task, as sums that add up over images. */
interface Yardstick<T extends Task> {
  /** Key of the figure. */
  readonly key: string;
  readonly better: 'higher' | 'lower';
  readonly unit: string;
  readonly sums: (tally: never, protocol: TaskProtocols[T]) => Float64Array;
  /** NaN where nothing counts. */
  readonly value: (sums: Float64Array) => number;
  /** What is left to gain: 1 - mIoU, metres, degrees. */
  readonly error: (value: number) => number;
}

export const YARDSTICKS: { readonly [T in Task]: Yardstick<T> } = {
  segmentation: {
    key: 'segmentation/mIoU',
    better: 'higher',
    unit: '1',
    sums: segmentationSums,
    value: pooledIoU,
    error: (value) => 1 - value,
  },
  depth: {
    key: 'depth/rmse',
    better: 'lower',
    unit: 'm',
    sums: ({ squared, pixels, leftNonFinite }: DepthTally) => Float64Array.of(squared, pixels - leftNonFinite),
    value: ([squared, pixels]) => Math.sqrt(squared / pixels),
    error: (value) => value,
  },
  normals: {
    key: 'normals/meanDeg',
    better: 'lower',
    unit: 'deg',
    sums: ({ sumDeg, pixels, nonFinite }: NormalsTally) => Float64Array.of(sumDeg, pixels - nonFinite),
    value: ([sumDeg, pixels]) => sumDeg / pixels,
    error: (value) => value,
  },
};

/** Per class: right, in the truth, in the truth or the prediction. */
function segmentationSums(tally: SegmentationTally, { classes }: TaskProtocols['segmentation']): Float64Array {
  const cells = new Float64Array(classes * classes);
  const outOfRange = new Float64Array(classes);
  addPacked(tally.confusion, cells);
  addPacked(tally.outOfRange, outOfRange);
  return Float64Array.from(classCounts(cells, outOfRange).flatMap(({ right, truth, union }) => [right, truth, union]));
}

function pooledIoU(sums: Float64Array): number {
  const counts = Array.from({ length: sums.length / 3 }, (_, id) => {
    const [right, truth, union] = sums.subarray(3 * id);
    return { id, right, truth, union };
  });
  return counts.some(({ truth }) => truth > 0) ? meanIoU(counts) : Number.NaN;
}

export interface Measured {
  readonly sums: Float64Array;
  /** Why the image gives nothing, e.g. a crop that does not fit its size. */
  readonly problem?: string;
}

/** The sums of one image, given or mended, by the run's own metric and protocol. */
export function measure<T extends Task>(
  task: T,
  given: Case<T>,
  protocol: TaskProtocols[T],
  mended: Mended<T> = {},
): Measured {
  const { prediction = given.prediction, truth = given.truth } = mended;
  const rules = mended.protocol ?? protocol;
  const tally = METRICS[task].tally(prediction, truth, rules, { where: given.id, mask: given.mask });
  return { sums: YARDSTICKS[task].sums(tally as never, rules), problem: (tally as { problem?: string }).problem };
}
