import { ResourceError } from '../core/errors.ts';
import type { Hdf5File } from '../formats/hdf5.ts';
import { transposeFrame } from './transpose.ts';

/**
 * Bytes of one dataset kept in memory at most. When a chunk spans many frames, reading one frame costs as much as
 * reading them all (168 ms against 8 in slabs, measured), so a slab of frames is read at once and served from memory.
 * What the library copies on the way makes the process some seven slabs larger: 290 MB at 16 MiB, 207 MB at 4, against
 * 173 MB where a chunk lies within one frame, as in the official file.
 */
const SLAB_BYTES = 4 * 2 ** 20;

type FrameArray = Uint8Array | Uint16Array | Float32Array;
/** Type codes of HDF5 as the reader gives them, after the byte order. */
const CODES: Readonly<Record<string, string>> = { Uint8Array: 'B', Uint16Array: 'H', Float32Array: 'f' };

/** One dataset of frames [N][C][W][H] or [N][W][H], read frame by frame as H x W x C. */
export interface Frames<A extends FrameArray> {
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Row-major, channel-last. Frames are read in slabs, so ascending order is fast. */
  read(index: number): A;
}

/**
 * @param channels 1 for a dataset without a channel axis
 * @throws ResourceError when the dataset is missing, has other axes, or holds another number type.
 */
export function openFrames<A extends FrameArray>(
  file: Hdf5File,
  path: string,
  name: string,
  channels: number,
  type: { new (length: number): A; readonly name: string; readonly BYTES_PER_ELEMENT: number },
): Frames<A> {
  const dataset = file.dataset(name);
  const { shape } = dataset;
  const layout = channels === 1 ? '[frames][width][height]' : `[frames][${channels}][width][height]`;
  if (shape.length !== (channels === 1 ? 3 : 4) || (channels > 1 && shape[1] !== channels) || shape.includes(0))
    throw new ResourceError(`${path}: /${name} has shape [${shape.join(', ')}], expected ${layout}`);
  if (dataset.dtype.at(-1) !== CODES[type.name])
    throw new ResourceError(`${path}: /${name} holds "${dataset.dtype}", expected the numbers of a ${type.name}`);
  const [count] = shape;
  const [width, height] = shape.slice(-2);
  const length = channels * width * height;
  const perChunk = Math.max(1, dataset.chunk?.[0] ?? 1);
  const perSlab = Math.min(perChunk, Math.max(1, Math.floor(SLAB_BYTES / (length * type.BYTES_PER_ELEMENT))));
  let slab: { start: number; end: number; data: A } | undefined;

  const readSlab = (start: number, end: number): A => {
    const ranges: [number, number][] = [[start, end], ...shape.slice(1).map((size): [number, number] => [0, size])];
    return dataset.readSlab(ranges) as A;
  };

  return {
    count,
    channels,
    height,
    width,
    read(index) {
      if (!slab || index < slab.start || index >= slab.end) {
        const chunk = Math.floor(index / perChunk) * perChunk;
        const start = chunk + Math.floor((index - chunk) / perSlab) * perSlab;
        const end = Math.min(start + perSlab, chunk + perChunk, count);
        slab = undefined;
        slab = { start, end, data: readSlab(start, end) };
      }
      const { data, start } = slab;
      return transposeFrame(data, (index - start) * length, { height, width, channels }, new type(length));
    },
  };
}
