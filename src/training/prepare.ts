import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Dataset, Sample } from '../core/dataset.ts';
import { InterruptedError, messageOf, ResourceError } from '../core/errors.ts';
import { IGNORE_LABEL, type Raster } from '../core/raster.ts';
import type { Task } from '../core/tasks.ts';
import { resizeRgb } from '../kernels/resize-rgb.ts';
import { ImageStore, NORMALS_UNIT, type StoredImage, storedBytes, viewStored } from './image-store.ts';

export interface PrepareOptions {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** Tasks whose truth is stored; the others are "none" everywhere. */
  readonly tasks: readonly Task[];
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * All images of a data set at one size, in the order of its samples; a file of that name that is complete is taken as it
 * is. Pictures are resized as inference resizes them, truth by nearest neighbour.
 * @throws ResourceError when an image cannot be read or the file cannot be written; InterruptedError.
 */
export async function prepareImages(dataset: Dataset, options: PrepareOptions): Promise<ImageStore> {
  const { path } = options;
  const shape = { count: dataset.samples.length, width: options.width, height: options.height };
  if (shape.count === 0)
    throw new ResourceError(`${dataset.info.id}, split ${dataset.info.split}: no image to train on`);
  if (existsSync(path) && statSync(path).size === shape.count * storedBytes(shape)) return new ImageStore(path, shape);
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    await write(dataset, unfinished, options);
    renameSync(unfinished, path);
  } catch (error) {
    if (error instanceof ResourceError || error instanceof InterruptedError) throw error;
    throw new ResourceError(`${path}: cannot be written (${messageOf(error)}); name another place or make room`);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return new ImageStore(path, shape);
}

async function write(dataset: Dataset, path: string, options: PrepareOptions): Promise<void> {
  const file = openSync(path, 'w');
  const bytes = new Uint8Array(storedBytes(options));
  const record = viewStored(bytes, options);
  try {
    let done = 0;
    for await (const sample of dataset.load(dataset.samples.keys())) {
      if (options.signal.aborted)
        throw new InterruptedError('interrupted while the training images were prepared; nothing was kept');
      await fill(record, sample, options);
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
      options.onProgress(++done, dataset.samples.length);
    }
  } finally {
    closeSync(file);
  }
}

async function fill(record: StoredImage, sample: Sample, { width, height, tasks }: PrepareOptions): Promise<void> {
  const image = await sample.image();
  const isSame = image.width === width && image.height === height;
  record.rgb.set(isSame ? image.data : resizeRgb(image.data, image.height, image.width, height, width));
  record.labels.fill(IGNORE_LABEL);
  record.depth.fill(Number.NaN);
  record.normals.fill(0);
  if (tasks.includes('segmentation')) nearest(await sample.segmentation(), width, height, record.labels);
  if (tasks.includes('depth')) nearest(await sample.depth(), width, height, record.depth);
  if (tasks.includes('normals')) {
    const normals = new Float32Array(3 * width * height);
    nearest(await sample.normals(), width, height, normals);
    for (let i = 0; i < normals.length; i++)
      record.normals[i] = Number.isNaN(normals[i]) ? 0 : Math.round(NORMALS_UNIT * normals[i]);
  }
}

/** Of the pixel that holds the centre of the new one. */
export function nearest(
  { data, height: h, width: w, channels }: Raster,
  width: number,
  height: number,
  out: Uint8Array | Float32Array,
): void {
  for (let y = 0, to = 0; y < height; y++) {
    const row = Math.min(h - 1, Math.floor(((y + 0.5) * h) / height));
    for (let x = 0; x < width; x++) {
      const from = (row * w + Math.min(w - 1, Math.floor(((x + 0.5) * w) / width))) * channels;
      for (let c = 0; c < channels; c++) out[to++] = data[from + c];
    }
  }
}
