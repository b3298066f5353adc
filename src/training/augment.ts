import type { Random } from '../core/random.ts';
import { IGNORE_LABEL } from '../core/raster.ts';
import { NORMALS_UNIT, type StoredImage } from './image-store.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** How one image is changed before the network sees it. */
export interface Change {
  /** Enlargement. */
  readonly scale: number;
  /** Of the crop's left upper corner in the original, pixels. */
  readonly left: number;
  readonly top: number;
  readonly flip: boolean;
  /** What each byte of red, green and blue becomes, still in 0..255. */
  readonly tone: readonly ((byte: number) => number)[];
}

export interface AugmentOptions {
  readonly flip: boolean;
  readonly scale: readonly [number, number];
  readonly colour: number;
}

/** As the image is. */
export const UNCHANGED: Change = {
  scale: 1,
  left: 0,
  top: 0,
  flip: false,
  tone: Array(3).fill((byte: number) => byte),
};

/** Draws a change; equal streams give equal ones. */
export function drawChange(random: Random, { width, height }: Size, options: AugmentOptions): Change {
  const scale = random.uniform(...options.scale);
  const left = random.uniform() * (width - width / scale);
  const top = random.uniform() * (height - height / scale);
  const flip = options.flip && random.chance(0.5);
  const about = (most: number) => 1 + most * random.uniform(-1, 1);
  const contrast = about(options.colour);
  const brightness = about(options.colour);
  const tone = [0, 1, 2].map(() => {
    const gain = brightness * about(options.colour / 2);
    return (byte: number) => Math.min(255, Math.max(0, gain * (127.5 + contrast * (byte - 127.5))));
  });
  return { scale, left, top, flip, tone };
}

export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * The changed picture, bilinear, normalised, interleaved, into `out` [made.height, made.width, 3]; 0, the mean colour,
 * where the crop leaves the picture.
 * @param made the picture's own size or half of it, where bilinear is the mean of four
 */
export function changedPicture(
  { rgb }: Pick<StoredImage, 'rgb'>,
  { width, height }: Size,
  made: Size,
  change: Change,
  { mean, std }: Normalisation,
  out: Float32Array,
): void {
  const tables = change.tone.map((tone, c) =>
    Float32Array.from({ length: 256 }, (_, byte) => (tone(byte) / 255 - mean[c]) / std[c]),
  );
  const columns = axisOf(width, made.width, change.left, change.scale, change.flip);
  const rows = axisOf(height, made.height, change.top, change.scale, false);
  for (let y = 0, to = 0; y < made.height; y++) {
    const [y0, y1, fy] = [rows.low[y], rows.high[y], rows.share[y]];
    for (let x = 0; x < made.width; x++) {
      const [x0, x1, fx] = [columns.low[x], columns.high[x], columns.share[x]];
      if (y0 < 0 || x0 < 0) {
        out[to] = out[to + 1] = out[to + 2] = 0;
        to += 3;
        continue;
      }
      const a = 3 * (y0 * width + x0);
      const b = 3 * (y0 * width + x1);
      const c = 3 * (y1 * width + x0);
      const d = 3 * (y1 * width + x1);
      for (let channel = 0; channel < 3; channel++) {
        const table = tables[channel];
        const above = table[rgb[a + channel]] * (1 - fx) + table[rgb[b + channel]] * fx;
        const below = table[rgb[c + channel]] * (1 - fx) + table[rgb[d + channel]] * fx;
        out[to++] = above * (1 - fy) + below * fy;
      }
    }
  }
}

/** For every one of `count` pixels of the crop its two neighbours in the original along one axis; -1 outside. */
function axisOf(size: number, count: number, start: number, scale: number, flip: boolean) {
  const low = new Int32Array(count);
  const high = new Int32Array(count);
  const share = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const place = start + (((flip ? count - 1 - i : i) + 0.5) * (size / count)) / scale - 0.5;
    const inside = Math.min(size - 1, Math.max(0, place));
    low[i] = place < -0.5 || place > size - 0.5 ? -1 : Math.floor(inside);
    high[i] = Math.min(size - 1, low[i] + 1);
    share[i] = inside - low[i];
  }
  return { low, high, share };
}

/** Truth at the cells of the network's output, for losses; arrays of one image's cells. */
export interface CellTargets {
  /** Channel of the network, 255 = none. */
  readonly labels: Uint8Array;
  /** ln of metres, NaN = none. */
  readonly logDepth: Float32Array;
  /** Unit vectors, NaN = none. */
  readonly normals: Float32Array;
}

/**
 * The changed truth at the centre of each cell of a coarser grid. An image enlarged by s is one of things s times
 * nearer: depths are divided by s, and normals turn as those of a scene squeezed along z do (Eigen and Fergus 2015).
 * @param firstChannel added to every label: where the data set's classes begin in the network
 */
export function changedTargets(
  stored: StoredImage,
  { width, height }: Size,
  cells: Size,
  change: Change,
  firstChannel: number,
  out: CellTargets,
): void {
  const columns = centresOf(width, cells.width, change.left, change.scale, change.flip);
  const rows = centresOf(height, cells.height, change.top, change.scale, false);
  const side = change.flip ? -1 : 1;
  for (let y = 0, cell = 0; y < cells.height; y++)
    for (let x = 0; x < cells.width; x++, cell++) {
      const isInside = rows[y] >= 0 && columns[x] >= 0;
      const pixel = rows[y] * width + columns[x];
      const label = isInside ? stored.labels[pixel] : IGNORE_LABEL;
      out.labels[cell] = label === IGNORE_LABEL ? IGNORE_LABEL : label + firstChannel;
      out.logDepth[cell] = isInside ? Math.log(stored.depth[pixel] / change.scale) : Number.NaN;
      const nx = isInside ? (side * stored.normals[3 * pixel]) / NORMALS_UNIT : 0;
      const ny = isInside ? stored.normals[3 * pixel + 1] / NORMALS_UNIT : 0;
      const nz = isInside ? (change.scale * stored.normals[3 * pixel + 2]) / NORMALS_UNIT : 0;
      // A zero vector is none, and 0 / 0 says so.
      const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
      out.normals[3 * cell] = nx / length;
      out.normals[3 * cell + 1] = ny / length;
      out.normals[3 * cell + 2] = nz / length;
    }
}

function centresOf(size: number, cells: number, start: number, scale: number, flip: boolean): Int32Array {
  return Int32Array.from({ length: cells }, (_, i) => {
    const centre = ((flip ? cells - 1 - i : i) + 0.5) * (size / cells);
    const place = Math.floor(start + centre / scale);
    return place >= 0 && place < size ? place : -1;
  });
}
