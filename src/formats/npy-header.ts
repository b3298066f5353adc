import { ResourceError } from '../core/errors.ts';

/** What the header of a .npy file says. Format: numpy.lib.format, NEP 1. */
export interface NpyHeader {
  readonly littleEndian: boolean;
  /** 'b' bool, 'i' signed, 'u' unsigned, 'f' float. */
  readonly kind: 'b' | 'i' | 'u' | 'f';
  readonly itemBytes: number;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the elements begin, counted from the start of the file. */
  readonly dataOffset: number;
  readonly dataBytes: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** NumPy's own limit on rank. */
const MAX_RANK = 64;
/** A header of numeric dtype takes a hundred bytes or so; NumPy, too, refuses more than this. */
export const MAX_HEADER_BYTES = 10_000;

const ITEM_BYTES: Readonly<Record<NpyHeader['kind'], readonly number[]>> = {
  b: [1],
  i: [1, 2, 4, 8],
  u: [1, 2, 4, 8],
  f: [2, 4, 8],
};

/**
 * Reads the header; `bytes` may be cut off anywhere behind it.
 * @throws ResourceError naming file, offset and value.
 */
export function parseNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  const { start, end, utf8 } = headerSpan(bytes, name);
  if (bytes.length < end)
    throw new ResourceError(`${name}: ends at byte ${bytes.length}, inside its header, which needs ${end} bytes`);
  const text = new TextDecoder(utf8 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, end));
  const fields = parseDictionary(text, `${name}: the .npy header at byte ${start}`);
  const known = ['descr', 'fortran_order', 'shape'];
  for (const key of known) if (!fields.has(key)) throw new ResourceError(`${name}: the .npy header lacks '${key}'`);
  for (const key of fields.keys())
    if (!known.includes(key)) throw new ResourceError(`${name}: unknown key '${key}' in the .npy header`);

  const fortranOrder = fields.get('fortran_order');
  if (typeof fortranOrder !== 'boolean')
    throw new ResourceError(`${name}: 'fortran_order' must be True or False, not ${show(fortranOrder)}`);
  const shape = checkShape(fields.get('shape'), name);
  const dtype = checkDtype(fields.get('descr'), name);
  const dataBytes = shape.reduce((product, size) => product * size, dtype.itemBytes);
  if (!Number.isSafeInteger(dataBytes))
    throw new ResourceError(`${name}: shape (${shape.join(', ')}) is impossibly large`);
  return { ...dtype, fortranOrder, shape, dataOffset: end, dataBytes };
}

/** Where the header's text lies. `bytes` must hold the first 12 bytes if the file has them. */
function headerSpan(bytes: Uint8Array, name: string): { start: number; end: number; utf8: boolean } {
  if (!MAGIC.every((byte, i) => bytes[i] === byte))
    throw new ResourceError(`${name}: not a .npy file (it does not begin with \\x93NUMPY)`);
  const major = bytes[6];
  if (major === undefined || major < 1 || major > 3)
    throw new ResourceError(`${name}: .npy version ${major ?? 'missing'}; versions 1 to 3 are read`);
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) throw new ResourceError(`${name}: ends at byte ${bytes.length}, inside its header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES)
    throw new ResourceError(`${name}: a .npy header of ${length} bytes; ${MAX_HEADER_BYTES} is the limit`);
  return { start, end: start + length, utf8: major === 3 };
}

function checkDtype(
  descr: PythonValue | undefined,
  name: string,
): Pick<NpyHeader, 'littleEndian' | 'kind' | 'itemBytes'> {
  const match = typeof descr === 'string' ? /^([<>|=]?)([biuf])(\d{1,2})$/.exec(descr) : null;
  const kind = match?.[2] as NpyHeader['kind'] | undefined;
  const itemBytes = Number(match?.[3]);
  if (!match || !kind || !ITEM_BYTES[kind].includes(itemBytes))
    throw new ResourceError(
      `${name}: dtype ${show(descr)} is not read; save it as bool, int8 to uint64, float16, float32 or float64 (array.astype)`,
    );
  return { littleEndian: match[1] !== '>', kind, itemBytes };
}

function checkShape(value: PythonValue | undefined, name: string): number[] {
  if (!Array.isArray(value) || !value.every((size) => typeof size === 'number'))
    throw new ResourceError(`${name}: 'shape' must be a tuple of integers, not ${show(value)}`);
  if (value.length > MAX_RANK) throw new ResourceError(`${name}: ${value.length} dimensions; ${MAX_RANK} is the limit`);
  const bad = value.find((size) => !Number.isSafeInteger(size));
  if (bad !== undefined) throw new ResourceError(`${name}: a dimension of ${bad} is impossibly large`);
  return value;
}

type PythonValue = string | boolean | number | PythonValue[];

function show(value: PythonValue | undefined): string {
  return JSON.stringify(value).slice(0, 80);
}

/** One token of a Python literal: a plain string, an integer (Python 2 wrote 3L), a name, or a bracket. */
const TOKEN = /\s*(?:'([^'\\]*)'|"([^"\\]*)"|(\d+)L?|(True|False)\b|([{}()[\],:]))/y;

/** Reads the one kind of Python literal that a header may be, a dictionary; nothing is evaluated. */
function parseDictionary(text: string, place: string): Map<string, PythonValue> {
  let at = 0;
  let depth = 0;
  const refuse = (): never => {
    throw new ResourceError(`${place} is damaged: ${JSON.stringify(text.slice(at, at + 40))} at character ${at}`);
  };
  const next = (): PythonValue | { mark: string } => {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) return refuse();
    at = TOKEN.lastIndex;
    const [, single, double, integer, bool, mark] = match;
    if (mark !== undefined) return { mark };
    if (bool !== undefined) return bool === 'True';
    return integer === undefined ? ((single ?? double) as string) : Number(integer);
  };
  const isMark = (token: PythonValue | { mark: string }, marks: string): token is { mark: string } =>
    typeof token === 'object' && 'mark' in token && marks.includes(token.mark);
  const value = (token: PythonValue | { mark: string }): PythonValue => {
    if (!isMark(token, '([')) return isMark(token, '{}()[],:') ? refuse() : token;
    if (++depth > 8) refuse();
    const close = token.mark === '(' ? ')' : ']';
    const items: PythonValue[] = [];
    for (let item = next(); !isMark(item, close); ) {
      items.push(value(item));
      const after = next();
      if (isMark(after, close)) break;
      if (!isMark(after, ',')) refuse();
      item = next();
    }
    depth--;
    return items;
  };

  const fields = new Map<string, PythonValue>();
  if (!isMark(next(), '{')) refuse();
  for (let key = next(); !isMark(key, '}'); ) {
    if (typeof key !== 'string' || fields.has(key)) return refuse();
    if (!isMark(next(), ':')) refuse();
    fields.set(key, value(next()));
    const after = next();
    if (isMark(after, '}')) break;
    if (!isMark(after, ',')) refuse();
    key = next();
  }
  if (text.slice(at).trim() !== '') refuse();
  return fields;
}
