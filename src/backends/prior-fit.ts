import type { Dataset } from '../core/dataset.ts';
import { ResourceError } from '../core/errors.ts';
import { evenlySpaced } from '../core/evenly-spaced.ts';
import { IGNORE_LABEL, placeOf, placeWords, type Raster, sameSize } from '../core/raster.ts';
import type { Maps, Task } from '../core/tasks.ts';
import { medianOfAll, sortedMedian } from './median.ts';

/** Below this length a mean of unit vectors has no direction. */
const NO_DIRECTION = 1e-9;

interface Votes<T extends Task> {
  add(raster: Raster, where: string): void;
  result(): Maps[T];
}

/**
 * What a predictor knows that never looks at the image: at each pixel the most frequent label, the median depth and
 * the mean normal of `images` training images. Memory grows with pixels x images (4 bytes each, for depth), not with
 * the data set.
 * @throws ResourceError when the split is empty, the images differ in size, or a label is out of range.
 */
export async function fitPrior(
  train: Dataset,
  tasks: readonly Task[],
  images: number,
  onProgress?: (done: number, total: number) => void,
): Promise<Maps> {
  const { info } = train;
  const indices = evenlySpaced(train.samples.length, images);
  if (indices.length === 0)
    throw new ResourceError(`${info.id}, split ${info.split}: no image to fit the prior on (${info.location})`);
  const votes: { [T in Task]?: Votes<T> } = {};
  let size: { height: number; width: number } | undefined;
  let done = 0;
  for await (const sample of train.load(indices)) {
    for (const task of tasks) {
      const raster: Raster = await sample[task]();
      const { height, width } = raster;
      size ??= { height, width };
      const where = `${info.id}, split ${info.split}, sample ${sample.id}`;
      if (!sameSize(raster, size))
        throw new ResourceError(
          `${where}: ${height}x${width} (height x width), the images before it ${size.height}x${size.width}; ` +
            'a prior per pixel needs images of one size',
        );
      votes[task] ??= NEW_VOTES[task](height, width, indices.length, info.classNames.length) as never;
      votes[task]?.add(raster, where);
    }
    onProgress?.(++done, indices.length);
  }
  return Object.fromEntries(tasks.map((task) => [task, votes[task]?.result()]));
}

const NEW_VOTES: { [T in Task]: (height: number, width: number, images: number, classes: number) => Votes<T> } = {
  segmentation: labelVotes,
  depth: depthVotes,
  normals: normalVotes,
};

/** Ties go to the lower id; a pixel that was never labelled takes the majority of all labels. */
function labelVotes(height: number, width: number, _images: number, classes: number): Votes<'segmentation'> {
  const counts = new Uint16Array(height * width * classes);
  const totals = new Float64Array(classes);
  return {
    add({ data }, where) {
      for (let i = 0; i < data.length; i++) {
        const label = data[i];
        if (label === IGNORE_LABEL) continue;
        if (!(label >= 0 && label < classes))
          throw new ResourceError(
            `${where}: label ${label} at ${placeWords(placeOf(i, width))}; ` +
              `the data set has classes 0..${classes - 1} and ${IGNORE_LABEL} for none`,
          );
        counts[i * classes + label]++;
        totals[label]++;
      }
    },
    result() {
      const majority = indexOfLargest(totals, 0, classes);
      const data = new Uint8Array(height * width);
      for (let i = 0; i < data.length; i++) {
        const best = indexOfLargest(counts, i * classes, classes);
        data[i] = counts[i * classes + best] === 0 ? majority : best;
      }
      return { height, width, channels: 1, data };
    },
  };
}

/** A pixel that was never measured takes the median of all measurements. */
function depthVotes(height: number, width: number, images: number): Votes<'depth'> {
  const values = new Float32Array(height * width * images).fill(Number.NaN);
  let image = 0;
  return {
    add({ data }) {
      for (let i = 0, at = image; i < data.length; i++, at += images) values[at] = data[i];
      image++;
    },
    result() {
      const data = new Float32Array(height * width);
      let everywhere: number | undefined;
      for (let i = 0; i < data.length; i++) {
        const median = sortedMedian(values.subarray(i * images, (i + 1) * images).sort());
        if (median !== undefined) data[i] = median;
        else {
          everywhere ??= medianOfAll(values) ?? Number.NaN;
          data[i] = everywhere;
        }
      }
      return { height, width, channels: 1, data };
    },
  };
}

/** A pixel without normals takes the mean of all; where even that has no direction, one that faces the camera. */
function normalVotes(height: number, width: number): Votes<'normals'> {
  const sums = new Float64Array(height * width * 3);
  return {
    add({ data }) {
      for (let i = 0; i < data.length; i += 3) {
        const [x, y, z] = [data[i], data[i + 1], data[i + 2]];
        if (Number.isNaN(x + y + z)) continue;
        sums[i] += x;
        sums[i + 1] += y;
        sums[i + 2] += z;
      }
    },
    result() {
      const total = [0, 0, 0];
      for (let i = 0; i < sums.length; i++) total[i % 3] += sums[i];
      const everywhere = direction(total, 0) ?? [0, 0, -1];
      const data = new Float32Array(sums.length);
      for (let i = 0; i < sums.length; i += 3) data.set(direction(sums, i) ?? everywhere, i);
      return { height, width, channels: 3, data };
    },
  };
}

function direction(values: ArrayLike<number>, at: number): [number, number, number] | undefined {
  const [x, y, z] = [values[at], values[at + 1], values[at + 2]];
  const length = Math.sqrt(x * x + y * y + z * z);
  return length > NO_DIRECTION ? [x / length, y / length, z / length] : undefined;
}

function indexOfLargest(values: Uint16Array | Float64Array, first: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[first + i] > values[first + best]) best = i;
  return best;
}
