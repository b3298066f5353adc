import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Raster, sameSize } from '../core/raster.ts';
import type { Maps } from '../core/tasks.ts';
import type { PredictorBackend } from './backend.ts';
import { parseBackendOptions } from './options.ts';
import { fitPrior } from './prior-fit.ts';

const ID = 'prior';
/** Raised whenever the same images would give another prior. */
const VERSION = '1';

const optionsSchema = z.strictObject({
  images: z.int().min(1).max(60_000).default(200).describe('training images to fit on at most, evenly spaced'),
});
type Options = z.output<typeof optionsSchema>;

/** The floor that a network must beat: one answer per pixel for every image, learnt from the train split. */
export const prior: PredictorBackend<Options> = {
  kind: 'predictor',
  title: 'majority label, median depth and mean normal per pixel of the train split',
  parseOptions: (value) => parseBackendOptions(ID, optionsSchema, value),
  async open({ options, context }) {
    const now = context.now ?? (() => performance.now());
    const train = await context.openTrain();
    const tasks = context.tasks.filter((task) => train.info.tasks.includes(task));
    const maps = await fitPrior(train, tasks, options.images, context.onProgress).finally(() => train.close());
    const hash = createHash('sha256');
    for (const task of tasks) hash.update(task).update(maps[task]?.data as Uint8Array);
    let closed = false;
    return {
      card: { id: ID, version: VERSION, device: 'none', weightsSha256: hash.digest('hex'), options },
      tasks,
      async predict({ image }) {
        if (closed) throw new Error(`${ID}: predict() after close()`);
        // Nothing of it is looked at but its size: KITTI's sequences differ in it by some pixels.
        const size = await image();
        const start = now();
        return { maps: mapsAt(maps, size), timesMs: { prepare: 0, infer: now() - start, postprocess: 0 } };
      },
      async close() {
        closed = true;
      },
    };
  },
};

type Size = Pick<Raster, 'height' | 'width'>;

/** The maps themselves where they have the size, else each pixel from the one whose cell its centre falls in. */
function mapsAt({ segmentation, depth, normals }: Maps, size: Size): Maps {
  return {
    ...(segmentation && { segmentation: nearest(segmentation, size) }),
    ...(depth && { depth: nearest(depth, size) }),
    ...(normals && { normals: nearest(normals, size) }),
  };
}

function nearest<R extends Raster>(map: R, { height, width }: Size): R {
  if (sameSize(map, { height, width })) return map;
  const { channels } = map;
  const values = Array.from({ length: height * width * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    const row = Math.floor(((Math.floor(pixel / width) + 0.5) * map.height) / height);
    const column = Math.floor((((pixel % width) + 0.5) * map.width) / width);
    return map.data[(row * map.width + column) * channels + (i % channels)];
  });
  const data = map.data.constructor as new (values: readonly number[]) => R['data'];
  return { ...map, height, width, data: new data(values) };
}
