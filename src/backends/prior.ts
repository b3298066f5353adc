import { createHash } from 'node:crypto';
import { z } from 'zod';
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
      async predict() {
        if (closed) throw new Error(`${ID}: predict() after close()`);
        const start = now();
        // The image is not looked at; these are the maps themselves, not copies.
        return { maps, timesMs: { prepare: 0, infer: now() - start, postprocess: 0 } };
      },
      async close() {
        closed = true;
      },
    };
  },
};
