import { resolve } from 'node:path';
import type { Dataset as RawDataset, File as RawFile, Reference } from 'h5wasm/node';
import { messageOf, ResourceError } from '../core/errors.ts';
import { MAX_ARRAY_BYTES, type NumericArray, showShape } from './array.ts';
import { checkReadable } from './file.ts';
import { type Hdf5Library, loadHdf5Library } from './hdf5-library.ts';

/** An open HDF5 file, read only. Names are paths inside the file, "group/dataset". */
export interface Hdf5File {
  readonly path: string;
  /** Names of what lies in the root group. */
  keys(): string[];
  /** @throws ResourceError when there is no data set of that name, or it does not hold numbers. */
  dataset(name: string): Hdf5Dataset;
  /** The strings of a MATLAB cell array: object references to arrays of UTF-16 code units. */
  strings(name: string): string[];
  close(): void;
}

export interface Hdf5Dataset {
  /** In the order of the file. MATLAB's dimensions are the reverse of these. */
  readonly shape: readonly number[];
  /** As in Python's struct module: '<f' float32, '<B' uint8, '<H' uint16 ... */
  readonly dtype: string;
  /** Undefined when the data lie in one piece. Slabs that follow the chunks are read once instead of many times. */
  readonly chunk?: readonly number[];
  /**
   * The elements from start up to, not including, end along each dimension, in C order.
   * @throws ResourceError outside the bounds, and on damaged or truncated data.
   */
  readSlab(ranges: readonly (readonly [start: number, end: number])[]): NumericArray;
}

/**
 * Opens an HDF5 file, which MATLAB v7.3 files are too, without reading it into memory.
 * @throws ResourceError when it is missing, truncated or no HDF5 file.
 */
export async function openHdf5(path: string): Promise<Hdf5File> {
  await checkReadable(path);
  const library = await loadHdf5Library();
  const file = guarded(path, 'not an HDF5 file, or truncated', () => new library.File(resolve(path), 'r'));
  const find = (name: string): RawDataset => {
    const found = guarded(path, `no "${name}" can be read`, () => file.get(name));
    if (found instanceof library.Dataset) return found;
    throw new ResourceError(
      `${path}: ${found ? `"${name}" is not a data set` : `there is no data set "${name}"`}; it holds ${file.keys().join(', ')}`,
    );
  };
  let targets: Map<string, RawDataset> | undefined;
  return {
    path,
    keys: () => guarded(path, 'its list of contents', () => file.keys()),
    dataset: (name) => openDataset(find(name), name, path),
    strings(name) {
      const cells = find(name);
      targets ??= guarded(path, 'the targets of its references cannot be read', () => matlabTargets(library, file));
      const dereference = (reference: Reference) => targets?.get(addressOf(reference)) ?? file.dereference(reference);
      return readStrings(library, cells, dereference, name, path);
    },
    close: () => {
      file.close();
    },
  };
}

/** Runs `action`; what the library throws becomes a ResourceError with the last line of its long trace. */
function guarded<T>(path: string, what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof ResourceError) throw error;
    throw new ResourceError(`${path}: ${what} (${reasonOf(error)})`);
  }
}

/** HDF5 reports a stack, outermost first; the innermost "minor" line names the cause. */
function reasonOf(error: unknown): string {
  const lines = messageOf(error).split('\n');
  const causes = lines.filter((line) => /^\s+#\d+:/.test(line)).map((line) => line.replace(/^.*\(\): /, ''));
  return causes.at(-1) ?? lines[0];
}

function openDataset(raw: RawDataset, name: string, path: string): Hdf5Dataset {
  const { shape, dtype, metadata } = guarded(path, `"${name}" cannot be read`, () => ({
    shape: raw.shape,
    dtype: raw.dtype,
    metadata: raw.metadata,
  }));
  if (!shape || typeof dtype !== 'string' || !/^[<>|]?[bhiqBHIQfd]$/.test(dtype))
    throw new ResourceError(`${path}: "${name}" holds ${JSON.stringify(dtype)}, numbers are expected`);
  if (dtype.startsWith('>'))
    throw new ResourceError(`${path}: "${name}" is big endian, which is not read; rewrite it as little endian`);
  const { size: itemBytes, chunks } = metadata;
  return {
    shape,
    dtype,
    ...(chunks && { chunk: chunks }),
    readSlab(ranges) {
      const isInside =
        ranges.length === shape.length &&
        ranges.every(
          ([start, end], axis) => Number.isInteger(start) && start >= 0 && start <= end && end <= shape[axis],
        );
      const asked = ranges.map(([start, end]) => `${start}:${end}`).join(', ');
      if (!isInside)
        throw new ResourceError(`${path}: [${asked}] is not inside "${name}" of shape ${showShape(shape)}`);
      const bytes = ranges.reduce((product, [start, end]) => product * (end - start), itemBytes);
      if (bytes > MAX_ARRAY_BYTES / 2)
        throw new ResourceError(`${path}: [${asked}] of "${name}" takes ${bytes} bytes; 1 GiB at a time is the limit`);
      const value = guarded(path, `"${name}" [${asked}] is damaged or truncated`, () =>
        bytes === 0 ? new Uint8Array(0) : shape.length ? raw.slice(ranges.map(([a, b]) => [a, b])) : raw.value,
      );
      return (ArrayBuffer.isView(value) ? value : Float64Array.of(Number(value))) as NumericArray;
    },
  };
}

function readStrings(
  library: Hdf5Library,
  cells: RawDataset,
  dereference: (reference: Reference) => unknown,
  name: string,
  path: string,
): string[] {
  return guarded(path, `the strings of "${name}" cannot be read`, () => {
    if (cells.dtype !== 'Reference')
      throw new ResourceError(`${path}: "${name}" holds ${JSON.stringify(cells.dtype)}, a cell array is expected`);
    return (cells.value as Reference[]).map((reference, i) => {
      const target = dereference(reference);
      const isDataset = target instanceof library.Dataset;
      const codes = isDataset ? target.value : undefined;
      // MATLAB stores '' as the dimensions of an empty array, marked by an attribute, which is slow to ask for.
      const mayBeEmpty = isDataset && !(codes instanceof Uint16Array && codes.every((code) => code > 0));
      if (mayBeEmpty && target.attrs.MATLAB_empty) return '';
      if (!(codes instanceof Uint16Array))
        throw new ResourceError(`${path}: element ${i + 1} of the cell array "${name}" is not text`);
      return codes.reduce((text, code) => text + String.fromCharCode(code), '');
    });
  });
}

/**
 * What object references may point to, by address. HDF5 itself finds the name of a reference by walking the whole
 * file (5 ms each, in files with thousands of them); MATLAB keeps all targets in one group.
 */
function matlabTargets(library: Hdf5Library, file: RawFile): Map<string, RawDataset> {
  const group = file.get('#refs#');
  if (!(group instanceof library.Group)) return new Map();
  return new Map(
    group.keys().map((key) => {
      const target = new library.Dataset(file.file_id, `${group.path}/${key}`);
      return [addressOf(target.create_reference()), target];
    }),
  );
}

function addressOf(reference: Reference): string {
  return Buffer.from(reference.ref_data).toString('hex');
}
