import { closeSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Dataset } from 'h5wasm/node';
import { messageOf, ResourceError } from '../core/errors.ts';
import { loadHdf5Library } from './hdf5-library.ts';

type Values = Uint8Array | Uint16Array | Float32Array | Float64Array;

const DTYPES: Readonly<Record<string, { dtype: string; matlab: string }>> = {
  Uint8Array: { dtype: '<B', matlab: 'uint8' },
  Uint16Array: { dtype: '<H', matlab: 'uint16' },
  Float32Array: { dtype: '<f', matlab: 'single' },
  Float64Array: { dtype: '<d', matlab: 'double' },
};

/** zlib's level: 4 costs nearly twice the time for nine per cent (five frames of rooms). */
const GZIP_LEVEL = 1;
/** HDF5's number for the filter that adds a checksum to each chunk. */
const FLETCHER32 = 3;

/** A new HDF5 file; `matlab` files are v7.3 .mat files (attributes, object references, a 512-byte user block). */
export interface Hdf5Writer {
  /**
   * A dataset [count, ...frameShape] that grows by one chunk for every frame appended, so that memory stays that of one
   * frame and a reader takes single frames. Chunks that are not compressed (`compress: false`) carry a checksum instead,
   * so that damage is noticed in either case.
   */
  frames(
    name: string,
    frameShape: readonly number[],
    count: number,
    options?: { readonly compress?: boolean },
  ): { append(frame: Values): void };
  /** A small array in one piece, C order. */
  array(name: string, data: Values, shape: readonly number[]): void;
  /** A MATLAB cell array, 1 x N in the file, of strings. */
  strings(name: string, values: readonly string[]): void;
  close(): void;
}

/** @throws ResourceError naming the file when it cannot be written (folder missing, disk full). */
export async function createHdf5(path: string, options: { readonly matlab: boolean }): Promise<Hdf5Writer> {
  const library = await loadHdf5Library();
  const { matlab } = options;
  // MATLAB's user block is put before the file at the end; with the earliest format its place is known.
  const file = writing(path, () => new library.File(resolve(path), 'w', { libver: ['earliest', 'latest'] }));
  let references = 0;
  const mark = (name: string, matlabClass: string) => {
    if (matlab) (file.get(name) as Dataset).create_attribute('MATLAB_class', matlabClass);
  };
  return {
    frames: (name, frameShape, count, { compress = true } = {}) => {
      let written = 0;
      return {
        append: (frame) =>
          writing(path, () => {
            const shape = [1, ...frameShape];
            const { dtype, matlab: matlabClass } = DTYPES[frame.constructor.name];
            if (written === 0) {
              const maxshape = [count, ...frameShape];
              const filter = compress
                ? { compression: 'gzip' as const, compression_opts: [GZIP_LEVEL] }
                : { compression: FLETCHER32, compression_opts: [] };
              file.create_dataset({
                name,
                data: frame,
                shape,
                maxshape,
                chunks: shape,
                dtype: dtype as never,
                ...filter,
              });
              mark(name, matlabClass);
            } else {
              const dataset = file.get(name) as Dataset;
              dataset.resize([written + 1, ...frameShape]);
              dataset.write_slice(
                [[written, written + 1], ...frameShape.map((size): [number, number] => [0, size])],
                frame,
              );
            }
            written++;
          }),
      };
    },
    array: (name, data, shape) =>
      writing(path, () => {
        const { dtype, matlab: matlabClass } = DTYPES[data.constructor.name];
        file.create_dataset({ name, data, shape: [...shape], dtype: dtype as never });
        mark(name, matlabClass);
      }),
    strings: (name, values) =>
      writing(path, () => {
        if (references === 0) file.create_group('#refs#');
        const cells = values.map((text) => {
          const cell = `#refs#/s${references++}`;
          const codes = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
          const dataset = file.create_dataset({ name: cell, data: codes, shape: [text.length, 1], dtype: '<H' });
          dataset.create_attribute('MATLAB_class', 'char');
          dataset.create_attribute('MATLAB_int_decode', 2, [], '<i');
          return dataset.create_reference();
        });
        file.create_dataset({ name, data: cells as never, shape: [1, values.length], dtype: 'Reference' as never });
        mark(name, 'cell');
      }),
    close: () =>
      writing(path, () => {
        file.close();
        if (matlab) prependUserBlock(path);
      }),
  };
}

function writing<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new ResourceError(
      `${path}: cannot be written (${messageOf(error).split('\n')[0]}); name another place or make room`,
    );
  }
}

const USER_BLOCK_BYTES = 512;
const PIECE_BYTES = 8 * 2 ** 20;
/** Places in an HDF5 superblock of version 0, from the format specification, III.A. */
const BASE_ADDRESS_AT = 24;
const END_OF_FILE_AT = 40;

/** Puts MATLAB's header before the HDF5 data, which then begin at byte 512, as their superblock must say. */
function prependUserBlock(path: string): void {
  const temporary = `${path}.tmp`;
  const from = openSync(path, 'r');
  const to = openSync(temporary, 'w');
  try {
    const header = Buffer.alloc(USER_BLOCK_BYTES);
    header.fill(' ', 0, 116);
    header.write('MATLAB 7.3 MAT-file, HDF5 schema 1.00 .', 'latin1');
    header.writeUInt16LE(0x0200, 124);
    header.write('IM', 126, 'latin1');
    writeSync(to, header);
    const piece = Buffer.alloc(PIECE_BYTES);
    for (let at = 0; ; ) {
      const length = readSync(from, piece, 0, PIECE_BYTES, at);
      if (length === 0) break;
      if (at === 0) {
        piece.writeBigUInt64LE(BigInt(USER_BLOCK_BYTES), BASE_ADDRESS_AT);
        piece.writeBigUInt64LE(piece.readBigUInt64LE(END_OF_FILE_AT) + BigInt(USER_BLOCK_BYTES), END_OF_FILE_AT);
      }
      for (let done = 0; done < length; ) done += writeSync(to, piece, done, length - done);
      at += length;
    }
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(from);
    closeSync(to);
  }
  renameSync(temporary, path);
}
