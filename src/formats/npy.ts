import { ResourceError } from '../core/errors.ts';
import { MAX_ARRAY_BYTES, type NdArray, type NumericArray } from './array.ts';
import { inflateExactly, inflateStart } from './deflate.ts';
import { readBytes } from './file.ts';
import { halfToNumber } from './half.ts';
import { MAX_HEADER_BYTES, type NpyHeader, parseNpyHeader } from './npy-header.ts';

/**
 * Reads a .npy or .npy.gz file (told apart by content, not by name).
 * Elements keep their type, except float16 (widened to float32) and bool (uint8 of 0 and 1); Fortran order is
 * turned into C order. Nothing is allocated before the file is seen to hold what its header claims.
 * @throws ResourceError for anything that is not one numeric array.
 */
export async function readNpy(path: string): Promise<NdArray> {
  const bytes = await readBytes(path);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return decodeNpy(isGzip ? gunzipNpy(bytes, path) : bytes, path);
}

/** The array in a .npy file that is already in memory; `name` is used in messages. */
export function decodeNpy(bytes: Uint8Array, name: string): NdArray {
  const header = parseNpyHeader(bytes, name);
  checkSize(header, name);
  const held = bytes.length - header.dataOffset;
  if (held !== header.dataBytes)
    throw new ResourceError(
      `${name}: ${held < header.dataBytes ? 'truncated' : 'has bytes left over'}: shape (${header.shape.join(', ')}) of ` +
        `${header.itemBytes}-byte elements takes ${header.dataBytes} bytes after byte ${header.dataOffset}, the file holds ${held}`,
    );
  const data = elements(new Uint8Array(bytes.subarray(header.dataOffset)), header);
  return { shape: header.shape, data: header.fortranOrder ? toCOrder(data, header.shape) : data };
}

/** A .npy file, version 1.0, little endian, C order. */
export function encodeNpy(array: NdArray): Uint8Array {
  const { shape, data } = array;
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== data.length) throw new RangeError(`shape (${shape}) does not hold ${data.length} elements`);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descrOf(data)}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // NumPy pads so that the elements begin at a multiple of 64 bytes and can be mapped.
  const headerBytes = Math.ceil((10 + text.length + 1) / 64) * 64;
  const out = new Uint8Array(headerBytes + data.byteLength);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, (headerBytes - 10) & 255, (headerBytes - 10) >> 8]);
  out.set(new TextEncoder().encode(`${text.padEnd(headerBytes - 11)}\n`), 10);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), headerBytes);
  return out;
}

function checkSize({ dataBytes, shape }: NpyHeader, name: string): void {
  if (dataBytes > MAX_ARRAY_BYTES)
    throw new ResourceError(`${name}: shape (${shape.join(', ')}) takes ${dataBytes} bytes; 2 GiB is the limit`);
}

/** Inflates the header alone, then no more than what the header says, so that a small bomb stays small. */
function gunzipNpy(bytes: Uint8Array, name: string): Uint8Array {
  const refuse = (what: string): never => {
    throw new ResourceError(`${name}: the gzip data are ${what}`);
  };
  // Stored blocks take as many bytes as they give, so this many are sure to hold the longest header.
  const start = inflateStart('gzip', bytes, MAX_HEADER_BYTES + 1024, refuse);
  const header = parseNpyHeader(start, name);
  checkSize(header, name);
  return inflateExactly('gzip', bytes, header.dataOffset + header.dataBytes, refuse);
}

/** `bytes` is a fresh copy that starts at offset 0 of its buffer. Node runs on little-endian machines only. */
function elements(bytes: Uint8Array, { kind, itemBytes, littleEndian }: NpyHeader): NumericArray {
  const { buffer } = bytes;
  if (!littleEndian) {
    const swapped = Buffer.from(buffer);
    if (itemBytes === 2) swapped.swap16();
    else if (itemBytes === 4) swapped.swap32();
    else if (itemBytes === 8) swapped.swap64();
  }
  switch (`${kind}${itemBytes}`) {
    case 'b1':
      return bytes.map((value) => (value === 0 ? 0 : 1));
    case 'i1':
      return new Int8Array(buffer);
    case 'i2':
      return new Int16Array(buffer);
    case 'i4':
      return new Int32Array(buffer);
    case 'i8':
      return new BigInt64Array(buffer);
    case 'u2':
      return new Uint16Array(buffer);
    case 'u4':
      return new Uint32Array(buffer);
    case 'u8':
      return new BigUint64Array(buffer);
    case 'f2':
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case 'f4':
      return new Float32Array(buffer);
    case 'f8':
      return new Float64Array(buffer);
    default:
      return bytes;
  }
}

function toCOrder(source: NumericArray, shape: readonly number[]): NumericArray {
  const target = source.slice();
  const rank = shape.length;
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const index = new Array<number>(rank).fill(0);
  for (let to = 0, from = 0; to < target.length; to++) {
    target[to] = source[from];
    for (let axis = rank - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return target;
}

function descrOf(data: NumericArray): string {
  if (data instanceof Int8Array) return '|i1';
  if (data instanceof Uint8Array) return '|u1';
  const kind = data instanceof Float32Array || data instanceof Float64Array ? 'f' : isSigned(data) ? 'i' : 'u';
  return `<${kind}${data.BYTES_PER_ELEMENT}`;
}

function isSigned(data: NumericArray): boolean {
  return data instanceof Int16Array || data instanceof Int32Array || data instanceof BigInt64Array;
}
