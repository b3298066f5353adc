import { ResourceError } from '../core/errors.ts';
import type { Tensor } from '../core/predictor.ts';
import { showShape } from './array.ts';
import { HALF_MAX, halfBits, halfToNumber } from './half.ts';
import {
  DTYPE_BYTES,
  LENGTH_BYTES,
  METADATA,
  parseSafetensorsHeader,
  type StoredDtype,
  type TensorPlace,
} from './safetensors-header.ts';

const DTYPES = { float16: 'F16', float32: 'F32' } as const satisfies Record<string, StoredDtype>;

/** What a file holds. */
export interface Safetensors {
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface SafetensorsOptions {
  /** What all tensors are stored as; float16 is the nearest to each value. */
  readonly dtype: keyof typeof DTYPES;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A .safetensors file (github.com/huggingface/safetensors, "Format"): the length of the header, the header in JSON,
 * padded with spaces to 8 bytes, and the tensors without gaps, C order, little endian, in the order of their names, so
 * that equal tensors give equal bytes.
 * @throws ResourceError for a finite value beyond 65504 that would become an infinity in float16.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  { dtype, metadata }: SafetensorsOptions,
): Uint8Array {
  const stored = DTYPES[dtype];
  const places = placesOf(tensors, stored);
  const header = Object.fromEntries([
    ...(metadata ? [[METADATA, metadata] as const] : []),
    ...places.map(
      ({ name, shape, begin, end }) => [name, { dtype: stored, shape, data_offsets: [begin, end] }] as const,
    ),
  ]);
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / LENGTH_BYTES) * LENGTH_BYTES;
  const dataOffset = LENGTH_BYTES + headerBytes;
  const bytes = new Uint8Array(dataOffset + (places.at(-1)?.end ?? 0)).fill(0x20, LENGTH_BYTES, dataOffset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.set(json, LENGTH_BYTES);
  for (const { name, begin } of places) {
    const { data } = tensors.get(name) as Tensor;
    const values = dtype === 'float16' ? halves(name, data) : data;
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), dataOffset + begin);
  }
  return bytes;
}

/**
 * The tensors of a .safetensors file, float16 widened to float32, which is exact.
 * @param file how messages call it
 * @throws ResourceError when it is damaged, or has tensors of another element type.
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const { places, metadata, dataOffset } = parseSafetensorsHeader(bytes, file);
  const tensors = places.map(({ name, dtype, shape, begin, end }): [string, Tensor] => {
    // A copy begins where any element type may.
    const { buffer } = new Uint8Array(bytes.subarray(dataOffset + begin, dataOffset + end));
    const isHalf = dtype === 'F16';
    return [name, { shape, data: isHalf ? widened(new Uint16Array(buffer)) : new Float32Array(buffer) }];
  });
  return { tensors: new Map(tensors), metadata };
}

function placesOf(tensors: ReadonlyMap<string, Tensor>, dtype: StoredDtype): TensorPlace[] {
  let at = 0;
  return [...tensors]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { shape, data }]) => {
      if (name === METADATA) throw new RangeError(`a tensor cannot be called ${METADATA}`);
      const count = shape.reduce((product, size) => product * size, 1);
      if (count !== data.length)
        throw new RangeError(`${name}: ${showShape(shape)} does not hold ${data.length} values`);
      const begin = at;
      at += count * DTYPE_BYTES[dtype];
      return { name, dtype, shape, begin, end: at };
    });
}

function halves(name: string, data: Float32Array): Uint16Array {
  const bits = Uint16Array.from(data, halfBits);
  const overflow = bits.findIndex((half, i) => (half & 0x7fff) === 0x7c00 && Number.isFinite(data[i]));
  if (overflow >= 0)
    throw new ResourceError(
      `tensor ${JSON.stringify(name)} holds ${data[overflow]}, the largest float16 is ${HALF_MAX}; store it as float32`,
    );
  return bits;
}

function widened(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, halfToNumber);
}
