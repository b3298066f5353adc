import type { TallyContext } from '../core/metric.ts';
import type { SegmentationProtocol } from '../core/protocol.ts';
import { type LabelRaster, type OpenSegmentation, requireSameSize } from '../core/raster.ts';
import { type Figure, figure } from '../core/reading.ts';
import { countConfusion } from '../kernels/confusion.ts';
import { classCounts, meanIoU, sum } from './class-counts.ts';
import { addPacked, packCounts } from './packed.ts';

/** One image as a network of several data sets sees it when it is not told which of them it is from. */
export interface OpenTally {
  /** As SegmentationTally's, of the largest of all channels; `outOfRange`: those that leave the slice. */
  readonly confusion: readonly number[];
  readonly outOfRange: readonly number[];
  readonly sliceMass: number;
  readonly isOwnLargest: boolean;
  /** Of the network: see OpenSegmentation. */
  readonly slices: string;
}

/** The truth is known to be valid: the closed tally is made first. */
export function tallyOpen(
  { labels, sliceMass, isOwnLargest, slices }: OpenSegmentation,
  target: LabelRaster,
  { classes, ignore }: SegmentationProtocol,
  { where, mask }: TallyContext,
): OpenTally {
  requireSameSize(labels, target, where);
  const { cells, outOfRange } = countConfusion(target.data, labels.data, mask, classes, ignore);
  return { confusion: packCounts(cells), outOfRange: packCounts(outOfRange), sliceMass, isOwnLargest, slices };
}

const DEFINITIONS = {
  'mIoU:open': { better: 'higher', pooling: 'pixel' },
  'pixelAccuracy:open': { better: 'higher', pooling: 'pixel' },
  // Small where the open figure is good and where the closed one is bad: no order.
  gap: { better: 'neither', pooling: 'pixel' },
  leak: { better: 'lower', pooling: 'pixel' },
  sliceMass: { better: 'higher', pooling: 'image' },
  dataSetAccuracy: { better: 'higher', pooling: 'image' },
} as const;

/** What a network of several data sets has beside the figures of any network. */
export const OPEN_KEYS: readonly string[] = Object.keys(DEFINITIONS).map((name) => `segmentation/${name}`);

/** Sums over the images that have a counted pixel. */
export class OpenSums {
  readonly #cells: Float64Array;
  readonly #outOfRange: Float64Array;
  #mass = 0;
  #own = 0;
  #images = 0;
  #without = 0;
  #slices: string | undefined;

  constructor(classes: number) {
    this.#cells = new Float64Array(classes * classes);
    this.#outOfRange = new Float64Array(classes);
  }

  add(tally: OpenTally | undefined): void {
    if (!tally) {
      this.#without++;
      return;
    }
    addPacked(tally.confusion, this.#cells);
    addPacked(tally.outOfRange, this.#outOfRange);
    this.#mass += tally.sliceMass;
    if (tally.isOwnLargest) this.#own++;
    this.#images++;
    this.#slices ??= tally.slices;
  }

  /**
   * None of a network of one data set.
   * @param closedMIoU of the same images
   */
  figures(closedMIoU: number): Figure[] {
    const images = this.#images;
    if (images === 0) return [];
    const all = classCounts(this.#cells, this.#outOfRange);
    const pixels = sum(all, ({ truth }) => truth);
    const open = meanIoU(all);
    const values = {
      'mIoU:open': open,
      'pixelAccuracy:open': sum(all, ({ right }) => right) / pixels,
      gap: closedMIoU - open,
      leak: sum([...this.#outOfRange], (count) => count) / pixels,
      sliceMass: this.#mass / images,
      dataSetAccuracy: this.#own / images,
    };
    const reason =
      this.#without > 0
        ? `${this.#without} of ${images + this.#without} images were tallied without the other channels`
        : undefined;
    return Object.entries(DEFINITIONS).map(([name, definition]) =>
      figure(
        { key: `segmentation/${name}`, unit: '1', ...definition, among: this.#slices },
        values[name as keyof typeof values],
        definition.pooling === 'pixel' ? pixels : images,
        reason,
      ),
    );
  }
}
