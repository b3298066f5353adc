import type { Dataset, Sample } from '../../src/core/dataset.ts';
import type { RgbRaster } from '../../src/core/raster.ts';
import type { Maps, Task } from '../../src/core/tasks.ts';

/** An image whose left half has one colour and whose right half another. */
export function halves(height: number, width: number, left: readonly number[], right: readonly number[]): RgbRaster {
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const column = Math.floor(i / 3) % width;
    return (column < width / 2 ? left : right)[i % 3];
  });
  return { height, width, channels: 3, data };
}

export const noise = (height: number, width: number): RgbRaster => ({
  height,
  width,
  channels: 3,
  data: Uint8Array.from({ length: height * width * 3 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 255),
});

/** A data set in memory: one entry per sample, a function for each target so that reads can be counted. */
export function datasetOf(samples: readonly Maps[], classNames: readonly string[], tasks: readonly Task[]): Dataset {
  const refs = samples.map((_, i) => ({ id: `s${i}`, group: 'g' }));
  const target = <T extends Task>(i: number, task: T) => Promise.resolve(samples[i][task] as NonNullable<Maps[T]>);
  return {
    info: {
      id: 'memory',
      title: 'memory',
      licence: 'MIT',
      split: 'train',
      location: 'memory',
      isSample: true,
      tasks,
      taxonomy: 'test',
      classNames,
      depthTruth: 'raw',
    },
    samples: refs,
    async *load(indices) {
      for (const i of indices)
        yield {
          ...refs[i],
          image: () => Promise.reject(new Error('a prior does not look at images')),
          segmentation: () => target(i, 'segmentation'),
          depth: () => target(i, 'depth'),
          normals: () => target(i, 'normals'),
        } satisfies Sample;
    },
    close: async () => {},
  };
}
