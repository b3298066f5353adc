import { ResourceError, UsageError } from '../core/errors.ts';
import {
  type DepthRaster,
  type LabelRaster,
  type NormalsRaster,
  placeOf,
  placeWords,
  type RealArray,
} from '../core/raster.ts';
import type { Task, TaskRasters } from '../core/tasks.ts';
import { type NumericArray, showShape } from './array.ts';
import { readBytes } from './file.ts';
import { pngToRgb } from './image.ts';
import { toLabels } from './labels.ts';
import { decodeNormals, type NormalsOptions, type StoredNormals } from './normals.ts';
import { readNpy } from './npy.ts';
import { decodePng } from './png.ts';
import type { PngImage } from './png-types.ts';

/** What maps of predictions and truth may be stored as. */
export const MAP_EXTENSIONS = ['.npy', '.npy.gz', '.png'] as const;

/** "a/0001.npy.gz" -> "a/0001"; undefined where the name does not end in one of MAP_EXTENSIONS. */
export function stemOf(fileName: string): string | undefined {
  const extension = MAP_EXTENSIONS.find((candidate) => fileName.toLowerCase().endsWith(candidate));
  const stem = extension && fileName.slice(0, -extension.length);
  return stem && !/[\\/]$/.test(stem) ? stem : undefined;
}

export interface LabelOptions {
  /** r<<16 | g<<8 | b -> label. With it, RGB and palette PNGs are read by colour; without, palettes by index. */
  readonly colours?: ReadonlyMap<number, number>;
}

/**
 * A map of labels: .npy of any integer type, bool, or floats that are all integral; .png of grey values (never
 * rescaled), palette indices, or colours. Values keep their meaning: nothing is remapped but colours.
 * @throws ResourceError naming the value and its place when it is no label that fits 32 bits.
 */
export async function readLabels(path: string, options: LabelOptions = {}): Promise<LabelRaster> {
  if (isNpy(path)) {
    const { height, width, data } = await readPlane(path);
    return { height, width, channels: 1, data: toLabels(data, width, path) };
  }
  const png = await readPng(path);
  if (options.colours && (png.palette || png.channels >= 3)) return labelsOfColours(png, options.colours, path);
  if (png.channels >= 3)
    throw new ResourceError(
      `${path}: an RGB image where labels are expected; save class ids as grey values, or name the colours of the classes`,
    );
  const { height, width } = png;
  return { height, width, channels: 1, data: toLabels(firstChannel(png), width, path) };
}

export interface DepthOptions {
  /** Metres = stored value x scale. */
  readonly scale?: number;
  /** The option with which the user sets it, named in the error: "--prediction-scale". */
  readonly scaleOption: string;
}

/**
 * A map of depth in metres. Floats without a scale are metres as they stand; float64 stays float64. A scaled map is
 * float32 where that is exact (a scale that is a power of two), else float64, so that a cap or a threshold meets the
 * same value that the product has.
 * @throws UsageError for integers without a scale: nothing says whether they are millimetres, 1/256 m or 1/5000 m.
 */
export async function readDepth(path: string, options: DepthOptions): Promise<DepthRaster> {
  const { height, width, data } = isNpy(path) ? await readPlane(path) : await readGrey(path, 'depth');
  const isReal = data instanceof Float32Array || data instanceof Float64Array;
  const { scale, scaleOption } = options;
  if (scale === undefined) {
    if (isReal) return { height, width, channels: 1, data };
    throw new UsageError(
      `${path}: integer depth needs a scale: say with ${scaleOption} how many metres one unit is ` +
        '(0.001 for millimetres, 0.00390625 for KITTI, 0.0002 for the NYUDv2 PNGs of the authors)',
    );
  }
  if (!(scale > 0 && Number.isFinite(scale))) throw new UsageError(`${scaleOption} must be above 0, got ${scale}`);
  return { height, width, channels: 1, data: scaled(data, scale) };
}

/**
 * A map of normals in the camera frame: .npy of shape [height, width, 3], or an RGB picture (8 or 16 bits) whose encoding
 * is told. See decodeNormals for lengths and missing ones.
 */
export async function readNormals(path: string, options: NormalsOptions): Promise<NormalsRaster> {
  return decodeNormals(await (isNpy(path) ? readTriples(path) : readColours(path)), options, path);
}

async function readTriples(path: string): Promise<StoredNormals> {
  const { shape, data } = await readNpy(path);
  const kept = dropLeadingOnes(shape, 3);
  const [height, width, channels] = kept;
  if (kept.length !== 3 || channels !== 3)
    throw new ResourceError(`${path}: shape ${showShape(shape)}; normals need [height, width, 3]`);
  requirePixels(height, width, shape, path);
  return { height, width, data };
}

/** Alpha is dropped; 16 bits stay 16 bits, for the encoding says what they mean. */
async function readColours(path: string): Promise<StoredNormals> {
  const png = await readPng(path);
  const { height, width, channels, data, palette } = png;
  if (palette) return pngToRgb(png, path);
  if (channels < 3)
    throw new ResourceError(`${path}: a grey image where normals are expected; they need three channels`);
  return { height, width, data: channels === 3 ? data : data.filter((_, i) => i % channels < 3) };
}

type Reader<T extends Task> = (path: string, depth: DepthOptions, normals: NormalsOptions) => Promise<TaskRasters[T]>;

const READERS: { readonly [T in Task]: Reader<T> } = {
  segmentation: (path) => readLabels(path),
  depth: readDepth,
  normals: (path, _, normals) => readNormals(path, normals),
};

/** Floats in the camera frame, as densebench itself stores normals. */
const PLAIN: NormalsOptions = { encodingOption: 'an encoding' };

/** The map of one task, by the rules of its reader above; `depth` and `normals` are for that task alone. */
export function readMap<T extends Task>(
  task: T,
  path: string,
  depth: DepthOptions,
  normals = PLAIN,
): Promise<TaskRasters[T]> {
  return READERS[task](path, depth, normals);
}

export interface Mask {
  readonly height: number;
  readonly width: number;
  /** 0 = the pixel does not count, 1 = it does. */
  readonly data: Uint8Array;
}

/** A mask: nonzero counts. */
export async function readMask(path: string): Promise<Mask> {
  const { height, width, data } = isNpy(path) ? await readPlane(path) : await readGrey(path, 'a mask');
  const mask = new Uint8Array(data.length);
  // Number(): 64-bit integers arrive as bigint, for which 0n === 0 is false.
  for (let i = 0; i < mask.length; i++) mask[i] = Number(data[i]) === 0 ? 0 : 1;
  return { height, width, data: mask };
}

interface Plane {
  readonly height: number;
  readonly width: number;
  readonly data: NumericArray;
}

function isNpy(path: string): boolean {
  const name = path.toLowerCase();
  if (name.endsWith('.npy') || name.endsWith('.npy.gz')) return true;
  if (name.endsWith('.png')) return false;
  throw new ResourceError(`${path}: maps are read from ${MAP_EXTENSIONS.join(', ')} files`);
}

/** [1, 1, H, W], [H, W, 1] and the like as H x W. */
async function readPlane(path: string): Promise<Plane> {
  const { shape, data } = await readNpy(path);
  const kept = dropLeadingOnes(shape, shape.at(-1) === 1 ? 3 : 2);
  const [height, width, rest] = kept;
  if (kept.length < 2 || kept.length > 3 || (kept.length === 3 && rest !== 1))
    throw new ResourceError(`${path}: shape ${showShape(shape)}; one map of [height, width] is expected`);
  requirePixels(height, width, shape, path);
  return { height, width, data };
}

function dropLeadingOnes(shape: readonly number[], rank: number): readonly number[] {
  let first = 0;
  while (shape.length - first > rank && shape[first] === 1) first++;
  return shape.slice(first);
}

function requirePixels(height: number, width: number, shape: readonly number[], path: string): void {
  if (height * width === 0) throw new ResourceError(`${path}: shape ${showShape(shape)} holds no pixel`);
}

async function readPng(path: string): Promise<PngImage> {
  return decodePng(await readBytes(path), path);
}

async function readGrey(path: string, what: string): Promise<Plane> {
  const png = await readPng(path);
  if (png.channels >= 3)
    throw new ResourceError(`${path}: an RGB image where ${what} is expected; save it with one channel`);
  return { height: png.height, width: png.width, data: firstChannel(png) };
}

function firstChannel({ channels, data }: PngImage): Uint8Array | Uint16Array {
  return channels === 1 ? data : data.filter((_, i) => i % channels === 0);
}

/** Runs of one colour are the rule, so the last colour is kept. */
function labelsOfColours(png: PngImage, colours: ReadonlyMap<number, number>, path: string): LabelRaster {
  const { height, width, data: rgb } = pngToRgb(png, path);
  const labels = new Int32Array(height * width);
  let last = -1;
  let label: number | undefined;
  for (let i = 0; i < labels.length; i++) {
    const colour = (rgb[3 * i] << 16) | (rgb[3 * i + 1] << 8) | rgb[3 * i + 2];
    if (colour !== last) label = colours.get(colour);
    last = colour;
    if (label === undefined)
      throw new ResourceError(
        `${path}: colour (${rgb[3 * i]}, ${rgb[3 * i + 1]}, ${rgb[3 * i + 2]}) at ${placeWords(placeOf(i, width))} ` +
          'belongs to no class; add it to the colours',
      );
    labels[i] = label;
  }
  return { height, width, channels: 1, data: labels };
}

function scaled(data: NumericArray, scale: number): RealArray {
  const isPowerOfTwo = Number.isInteger(Math.log2(scale));
  const isNarrow = data.BYTES_PER_ELEMENT <= 2 || data instanceof Float32Array;
  const metres = isPowerOfTwo && isNarrow ? new Float32Array(data.length) : new Float64Array(data.length);
  for (let i = 0; i < metres.length; i++) metres[i] = Number(data[i]) * scale;
  return metres;
}
