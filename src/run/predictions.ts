import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, ResourceError, UsageError } from '../core/errors.ts';
import { DEPTH_TRUTHS } from '../core/protocol.ts';
import type { Task } from '../core/tasks.ts';
import { writeAtomically } from '../formats/atomic.ts';

export const PREDICTION_FORMATS = ['npy', 'png'] as const;
/** `npy` keeps every bit; `png` is small, and rounds depth. */
export type PredictionFormat = (typeof PREDICTION_FORMATS)[number];

/** What is lost where a format loses something; undefined for one that does not. */
export const lossOf = (format: PredictionFormat): string | undefined =>
  format === 'png' ? 'depth was stored in 16-bit PNG, rounded to 1/256 m and cut off at 255.99 m' : undefined;

const SCHEMA = 'densebench.predictions/1';
const FOLDER = 'predictions';
/** Path inside a run's folder. */
export const PREDICTIONS_FILE = join(FOLDER, 'predictions.json');
/** Of depth in PNG: KITTI's own unit, which other programs read as it is. */
export const METRES_PER_UNIT = 1 / 256;

/** What <run>/predictions/predictions.json holds: all that a reader must know. */
const storageSchema = z.object({
  schema: z.literal(SCHEMA),
  format: z.enum(PREDICTION_FORMATS),
  files: z.string(),
  /** What was predicted on, as a suite names it; never the sample's substitute name. */
  data: z.object({
    id: z.string(),
    split: z.string(),
    classes: z.int().optional(),
    depth: z.enum(DEPTH_TRUTHS).optional(),
  }),
  segmentation: z.object({ values: z.string() }),
  depth: z.object({
    /** Left out where the values are metres as they stand. */
    metresPerUnit: z.number().positive().optional(),
    /** The unit that says that there is no depth. */
    none: z.int().optional(),
    values: z.string(),
  }),
  normals: z.object({ values: z.string() }),
  open: z.object({ values: z.string() }),
});
export type PredictionStorage = z.output<typeof storageSchema>;

const NORMALS =
  'unit vectors x right, y down, z forward, towards the camera; shape [height, width, 3]; NaN: none; .npy';

const OPEN =
  'of networks of several data sets: the largest of all channels, 255 outside the slice of this data set; beside it a .json: sliceMass, isOwnLargest, slices';

function storageOf(format: PredictionFormat, data: PredictionStorage['data']): PredictionStorage {
  return {
    schema: SCHEMA,
    format,
    files: '<entry>/<task>/<sample id>.npy or .png',
    data,
    segmentation: { values: 'train ids; .npy also where an id does not fit 8 bits' },
    depth:
      format === 'npy'
        ? { values: 'metres' }
        : {
            metresPerUnit: METRES_PER_UNIT,
            none: 0,
            values: 'z-depth; 0: not finite, or not above 0 m; 65535: 255.99 m or more',
          },
    normals: { values: NORMALS },
    open: { values: OPEN },
  };
}

/**
 * Says in the run's folder how its predictions are stored, before the first of them is.
 * @throws UsageError when the run has predictions of another format already.
 */
export function describePredictions(
  runDirectory: string,
  format: PredictionFormat,
  data: PredictionStorage['data'],
): void {
  const path = join(runDirectory, PREDICTIONS_FILE);
  if (existsSync(path)) {
    const known = readPredictionStorage(runDirectory).format;
    if (known !== format)
      throw new UsageError(
        `${path}: this run stores its predictions as ${known}; go on with --save-predictions ${known}`,
      );
  }
  writeAtomically(path, `${JSON.stringify(storageOf(format, data), null, 1)}\n`);
}

/** @throws ResourceError when the run kept no predictions, or what describes them is damaged. */
export function readPredictionStorage(runDirectory: string): PredictionStorage {
  const path = join(runDirectory, PREDICTIONS_FILE);
  if (!existsSync(path))
    throw new ResourceError(
      `${runDirectory}: this run kept no predictions (no ${PREDICTIONS_FILE}); make it again with "densebench run <suite> --save-predictions"`,
    );
  try {
    const result = storageSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (result.success) return result.data;
    const { path: place, message } = result.error.issues[0];
    throw new Error(`at "${place.join('.')}": ${message}`);
  } catch (error) {
    throw new ResourceError(`${path}: damaged (${messageOf(error)}); make the run again with --save-predictions`);
  }
}

/** A task, or `open`: what a network of several data sets says when it is not told which of them an image is from. */
export type StoredKind = Task | 'open';

/** Where the maps of one entry lie. */
export const predictionFolder = (runDirectory: string, entry: string, kind: StoredKind): string =>
  join(runDirectory, FOLDER, entry, kind);
