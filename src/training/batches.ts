import { mix, Random } from '../core/random.ts';
import { IGNORE_LABEL } from '../core/raster.ts';
import type { Task } from '../core/tasks.ts';
import { fillNone } from '../datasets/merge-labels.ts';
import {
  type AugmentOptions,
  type CellTargets,
  changedPicture,
  changedTargets,
  drawChange,
  type Normalisation,
} from './augment.ts';
import type { ImageStore, StoredImage } from './image-store.ts';
import type { ImageGroup } from './passes.ts';

/** One data set of a recipe, ready to be drawn from. */
export interface TrainingSource {
  readonly store: ImageStore;
  /** Images in each step. */
  readonly batch: number;
  /** Where its classes begin among the channels of the network. */
  readonly firstChannel: number;
  /** By task, whether an image's own truth is used; a task that is not named never is. */
  readonly uses: { readonly [T in Task]?: readonly boolean[] };
  /** Labels of experts, at the size of the store. */
  readonly expertLabels: ReadonlyMap<number, Uint8Array>;
}

interface Size {
  readonly height: number;
  readonly width: number;
}

/** At which size images are drawn. */
export interface Grid {
  readonly input: Size;
  /** Of the network's output. */
  readonly cells: Size;
}

export interface Batch {
  readonly group: ImageGroup;
  readonly targets: CellTargets;
}

export interface DrawOptions extends Normalisation {
  readonly seed: number;
  readonly augment: AugmentOptions;
}

/** One shuffled round through a source after another; `place` counts from the first image of the training. */
export class Rounds {
  readonly #count: number;
  readonly #seed: number;
  #round = -1;
  #order: number[] = [];

  constructor(count: number, seed: number) {
    this.#count = count;
    this.#seed = seed;
  }

  at(place: number): number {
    const round = Math.floor(place / this.#count);
    if (round !== this.#round) {
      this.#round = round;
      const everything = Array.from({ length: this.#count }, (_, i) => i);
      this.#order = new Random(mix(this.#seed, round)).shuffled(everything);
    }
    return this.#order[place % this.#count];
  }
}

/**
 * The images of one source in one step: decided by seed and step alone, so that a resumed training sees what an
 * undisturbed one would have seen.
 */
export function drawBatch(
  source: TrainingSource,
  rounds: Rounds,
  { input, cells }: Grid,
  step: number,
  options: DrawOptions,
): Batch {
  const { store, batch } = source;
  const { width, height } = input;
  const area = cells.height * cells.width;
  const data = new Float32Array(batch * height * width * 3);
  const targets = {
    labels: new Uint8Array(batch * area),
    logDepth: new Float32Array(batch * area),
    normals: new Float32Array(3 * batch * area),
  };
  for (let slot = 0; slot < batch; slot++) {
    const place = step * batch + slot;
    const index = rounds.at(place);
    const stored = usedTruth(source, index);
    const change = drawChange(new Random(mix(options.seed ^ 0x2545f491, place)), store.shape, options.augment);
    const pixels = 3 * height * width;
    changedPicture(stored, store.shape, input, change, options, data.subarray(slot * pixels, (slot + 1) * pixels));
    changedTargets(stored, store.shape, cells, change, source.firstChannel, {
      labels: targets.labels.subarray(slot * area, (slot + 1) * area),
      logDepth: targets.logDepth.subarray(slot * area, (slot + 1) * area),
      normals: targets.normals.subarray(3 * slot * area, 3 * (slot + 1) * area),
    });
  }
  return { group: { images: batch, height, width, data }, targets };
}

/** Truth that is used wins wherever there is some, an expert fills the rest, everything else is none. */
export function usedTruth({ store, uses, expertLabels }: TrainingSource, index: number): StoredImage {
  const stored = store.read(index);
  if (!uses.segmentation?.[index]) stored.labels.fill(IGNORE_LABEL);
  const expert = expertLabels.get(index);
  if (expert) fillNone(stored.labels, expert);
  if (!uses.depth?.[index]) stored.depth.fill(Number.NaN);
  if (!uses.normals?.[index]) stored.normals.fill(0);
  return stored;
}
