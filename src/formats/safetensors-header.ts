import { inspect } from 'node:util';
import { ResourceError } from '../core/errors.ts';
import { showShape } from './array.ts';

export const DTYPE_BYTES = { F16: 2, F32: 4 } as const;
export type StoredDtype = keyof typeof DTYPE_BYTES;

/** Where a tensor lies in the bytes after the header: [begin, end). */
export interface TensorPlace {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly places: readonly TensorPlace[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the bytes of the tensors begin in the file. */
  readonly dataOffset: number;
}

/** Strings of the file that are no tensor. */
export const METADATA = '__metadata__';
/** Of the header's length, before it. */
export const LENGTH_BYTES = 8;
/** The limit of the format's own library. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * The header of a .safetensors file: 8 bytes of length (u64, little endian), then JSON.
 * @throws ResourceError for what the format forbids (names that come twice, tensors that overlap or leave bytes over),
 * and for element types that no weights of ours have.
 */
export function parseSafetensorsHeader(bytes: Uint8Array, file: string): SafetensorsHeader {
  const { text, dataOffset } = headerText(bytes, file);
  const header = parseObject(text, file);
  const twice = keyThatComesTwice(text);
  if (twice !== undefined) throw new ResourceError(`${file}: its header has the key ${JSON.stringify(twice)} twice`);
  const metadata = metadataOf(header[METADATA], file);
  const places = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, entry]) => placeOf(name, entry, file))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  requireWithoutGaps(places, bytes.length - dataOffset, file);
  return { places, metadata, dataOffset };
}

function headerText(bytes: Uint8Array, file: string): { text: string; dataOffset: number } {
  if (bytes.length < LENGTH_BYTES)
    throw new ResourceError(`${file}: ${bytes.length} bytes are no safetensors file; it begins with 8 bytes of length`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES)
    throw new ResourceError(
      `${file}: not a safetensors file, or damaged: bytes 0 to 7 give its header ${length} bytes, ${MAX_HEADER_BYTES} is the limit`,
    );
  const dataOffset = LENGTH_BYTES + Number(length);
  if (dataOffset > bytes.length)
    throw new ResourceError(
      `${file}: truncated: its header takes ${length} bytes, the file holds ${bytes.length - LENGTH_BYTES} after the length`,
    );
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(LENGTH_BYTES, dataOffset),
    );
    return { text, dataOffset };
  } catch {
    throw new ResourceError(`${file}: its header (bytes 8 to ${dataOffset - 1}) is not UTF-8`);
  }
}

type JsonObject = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseObject(text: string, file: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ResourceError(`${file}: its header is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(parsed) || !text.startsWith('{')) throw new ResourceError(`${file}: its header is not a JSON object`);
  return parsed;
}

/** JSON.parse takes the last of equal keys in silence. @param json text that it accepted */
function keyThatComesTwice(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (let at = 0; at < json.length; at++) {
    if (json[at] === '{') open.push(new Set());
    else if (json[at] === '}') open.pop();
    if (json[at] !== '"') continue;
    const begin = at++;
    while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
    let next = at + 1;
    while (/\s/.test(json[next] ?? '')) next++;
    if (json[next] !== ':') continue;
    const key = JSON.parse(json.slice(begin, at + 1)) as string;
    const seen = open[open.length - 1];
    if (seen.has(key)) return key;
    seen.add(key);
  }
  return undefined;
}

function metadataOf(value: unknown, file: string): Record<string, string> {
  if (value === undefined) return {};
  const isTexts = (object: JsonObject): object is Readonly<Record<string, string>> =>
    Object.values(object).every((text) => typeof text === 'string');
  if (!isObject(value) || !isTexts(value))
    throw new ResourceError(`${file}: ${METADATA} is not an object of strings: ${shown(value)}`);
  return value;
}

function placeOf(name: string, entry: unknown, file: string): TensorPlace {
  const where = `${file}: tensor ${JSON.stringify(name)}`;
  if (!isObject(entry)) throw new ResourceError(`${where}: ${shown(entry)} is no description of a tensor`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== 'F16' && dtype !== 'F32')
    throw new ResourceError(`${where}: its dtype is ${shown(dtype)}; F16 and F32 are read`);
  if (!isCounts(shape)) throw new ResourceError(`${where}: its shape is ${shown(shape)}, not a list of sizes`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1])
    throw new ResourceError(`${where}: its data_offsets are ${shown(offsets)}, not [begin, end]`);
  const [begin, end] = offsets;
  const wanted = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
  if (end - begin !== wanted)
    throw new ResourceError(
      `${where}: ${showShape(shape)} of ${dtype} takes ${wanted} bytes, its data_offsets ${shown(offsets)} give ${end - begin}`,
    );
  return { name, dtype, shape, begin, end };
}

const isCounts = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

function requireWithoutGaps(places: readonly TensorPlace[], held: number, file: string): void {
  let at = 0;
  for (const { name, begin, end } of places) {
    if (begin !== at)
      throw new ResourceError(
        `${file}: tensor ${JSON.stringify(name)} begins at byte ${begin} of the data, ${begin < at ? 'within another' : 'behind a gap'}: ${at} is next`,
      );
    at = end;
  }
  if (at !== held)
    throw new ResourceError(
      `${file}: ${at > held ? 'truncated' : 'has bytes left over'}: its tensors take ${at} bytes, the file holds ${held} after its header`,
    );
}

/** A value of a header, which may be of any size and depth. */
function shown(value: unknown): string {
  const text = inspect(value, {
    depth: 1,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 8,
    maxStringLength: 40,
  });
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
