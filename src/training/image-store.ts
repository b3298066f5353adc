import { closeSync, openSync, readSync } from 'node:fs';
import { ResourceError } from '../core/errors.ts';

/** An image and its truth at the input size of a recipe, row-major. */
export interface StoredImage {
  /** 3 bytes a pixel. */
  readonly rgb: Uint8Array;
  /** Train ids of the data set, 255 = none. */
  readonly labels: Uint8Array;
  /** Metres, NaN = not measured. */
  readonly depth: Float32Array;
  /** xyz, 1/32767; a zero vector = none. */
  readonly normals: Int16Array;
}

export const NORMALS_UNIT = 32767;

export interface StoreShape {
  readonly count: number;
  readonly width: number;
  readonly height: number;
}

/** rgb and labels, 4 bytes a pixel together, then depth and normals: their offsets are multiples of 4. */
const BYTES_PER_PIXEL = 3 + 1 + 4 + 6;

export const storedBytes = ({ width, height }: Pick<StoreShape, 'width' | 'height'>): number =>
  BYTES_PER_PIXEL * width * height;

/** The parts of one record. */
export function viewStored(bytes: Uint8Array, { width, height }: Pick<StoreShape, 'width' | 'height'>): StoredImage {
  const pixels = width * height;
  const { buffer, byteOffset } = bytes;
  return {
    rgb: bytes.subarray(0, 3 * pixels),
    labels: bytes.subarray(3 * pixels, 4 * pixels),
    depth: new Float32Array(buffer, byteOffset + 4 * pixels, pixels),
    normals: new Int16Array(buffer, byteOffset + 8 * pixels, 3 * pixels),
  };
}

/**
 * Images ready for training in one file of equal records. Reading one is a copy out of the page cache, which several
 * trainings share.
 */
export class ImageStore {
  readonly #file: number;
  readonly #path: string;
  readonly shape: StoreShape;

  constructor(path: string, shape: StoreShape) {
    this.#path = path;
    this.#file = openSync(path, 'r');
    this.shape = shape;
  }

  /** @throws ResourceError when the file was cut short. */
  read(index: number): StoredImage {
    const length = storedBytes(this.shape);
    const bytes = new Uint8Array(length);
    const got = readSync(this.#file, bytes, 0, length, index * length);
    if (got !== length)
      throw new ResourceError(`${this.#path}: ends within image ${index}; delete it, and it is made anew`);
    return viewStored(bytes, this.shape);
  }

  close(): void {
    closeSync(this.#file);
  }
}
