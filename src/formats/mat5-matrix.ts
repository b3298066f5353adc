import { ResourceError } from '../core/errors.ts';
import type { NumericArray } from './array.ts';
import { type MatValue, type NumericClass, toClass, toRows } from './mat.ts';
import { bytesOf, elementsOf } from './mat-bytes.ts';
import {
  type MatBytes,
  type MatElement,
  MI_INT32,
  MI_MATRIX,
  MI_UTF8,
  readElement,
  STORED_TYPES,
} from './mat5-elements.ts';

/** Array classes ("MAT-File Format", table 1-3). */
const CLASSES: Readonly<Record<number, NumericClass>> = {
  6: 'double',
  7: 'single',
  8: 'int8',
  9: 'uint8',
  10: 'int16',
  11: 'uint16',
  12: 'int32',
  13: 'uint32',
  14: 'int64',
  15: 'uint64',
};
const CELL = 1;
const STRUCT = 2;
const CHAR = 4;
const UNREAD: Readonly<Record<number, string>> = { 3: 'object', 5: 'sparse', 16: 'function handle', 17: 'object' };

/** Cells within cells beyond this are an attack on the stack, not data. */
const MAX_DEPTH = 32;
const EMPTY: MatValue = { kind: 'numeric', className: 'double', shape: [0, 0], data: new Float64Array(0) };

/**
 * Parses the body of an miMATRIX element: flags, dimensions, name, then content by class.
 * @param offset where the body lies in the file, for messages.
 */
export function parseMatrix(file: MatBytes, offset: number, depth = 0): { variable: string; value: MatValue } {
  // Unset cells and fields are elements without a body.
  if (file.bytes.length === 0) return { variable: '', value: EMPTY };
  const refuse = (what: string): never => {
    throw new ResourceError(`${file.name}: ${what} (array at byte ${offset})`);
  };
  if (depth > MAX_DEPTH) return refuse(`damaged: cells nested more than ${MAX_DEPTH} deep`);
  let at = 0;
  const next = (): MatElement => {
    const element = readElement(file, at);
    at = element.next;
    return element;
  };
  const child = (): MatValue => {
    const { type, body, bodyAt } = next();
    if (type !== MI_MATRIX) return refuse(`damaged: an array was expected at byte ${bodyAt}, found type ${type}`);
    return parseMatrix({ ...file, bytes: body }, offset + bodyAt, depth + 1).value;
  };

  const flagWords = next().body;
  if (flagWords.length < 8) return refuse('damaged: array flags are missing');
  const word = new DataView(flagWords.buffer, flagWords.byteOffset).getUint32(0, file.littleEndian);
  const arrayClass = word & 255;
  const isLogical = (word & 0x200) !== 0;
  const dimensions = next();
  const shape = [...elementsOf(dimensions.body, 'int32', file.littleEndian)].map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  if (
    dimensions.type !== MI_INT32 ||
    shape.length < 2 ||
    shape.some((size) => size < 0) ||
    !Number.isSafeInteger(count)
  )
    return refuse(`damaged: dimensions ${shape.join('x')}`);
  const variable = new TextDecoder('latin1').decode(next().body);
  const label = variable ? `variable "${variable}"` : 'an array';
  if (UNREAD[arrayClass]) return refuse(`${label} is of class ${UNREAD[arrayClass]}, which is not read`);
  if (word & 0x800) return refuse(`${label} is complex, which is not read; save its real part`);

  const requireRoom = (values: number) => {
    if (values * 8 > file.bytes.length - at)
      refuse(`truncated: ${label} claims ${values} values, ${file.bytes.length - at} bytes are left`);
  };
  const numbers = (): NumericArray => {
    const element = next();
    const type = STORED_TYPES[element.type];
    const isWideStoredAsFloat = CLASSES[arrayClass]?.endsWith('int64') && (type === 'single' || type === 'double');
    if (!type || isWideStoredAsFloat) return refuse(`damaged: ${label} is stored as type ${element.type}`);
    if (element.body.length !== count * bytesOf(type))
      refuse(
        `damaged: ${label} of ${shape.join('x')} takes ${count * bytesOf(type)} bytes, has ${element.body.length}`,
      );
    return elementsOf(element.body, type, file.littleEndian);
  };

  if (arrayClass === CELL) {
    requireRoom(count);
    return { variable, value: { kind: 'cell', shape, values: Array.from({ length: count }, child) } };
  }
  if (arrayClass === STRUCT) {
    const nameBytes = Number(elementsOf(next().body, 'int32', file.littleEndian)[0] ?? 0);
    const names = fieldNames(next().body, nameBytes);
    requireRoom(count * names.length);
    const fields = new Map(names.map((field) => [field, [] as MatValue[]]));
    if (names.length) for (let i = 0; i < count; i++) for (const field of names) fields.get(field)!.push(child());
    return { variable, value: { kind: 'struct', shape, fields } };
  }
  if (arrayClass === CHAR) {
    const from = at;
    const element = next();
    if (element.type === MI_UTF8) {
      // The number of code units is the array's size only after decoding.
      const text = new TextDecoder('utf-8').decode(element.body);
      const codes = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
      return { variable, value: { kind: 'char', shape, rows: toRows(codes, shape) } };
    }
    at = from;
    return { variable, value: { kind: 'char', shape, rows: toRows(numbers(), shape) } };
  }
  const className = isLogical ? 'logical' : CLASSES[arrayClass];
  if (!className) return refuse(`damaged: ${label} is of class ${arrayClass}, which does not exist`);
  return { variable, value: { kind: 'numeric', className, shape, data: toClass(className, numbers()) } };
}

/** Field names stand in slots of equal length, each closed by a zero byte. */
function fieldNames(bytes: Uint8Array, slotBytes: number): string[] {
  if (slotBytes <= 0) return [];
  return Array.from({ length: Math.floor(bytes.length / slotBytes) }, (_, i) =>
    new TextDecoder('latin1').decode(bytes.subarray(i * slotBytes, (i + 1) * slotBytes)).replace(/\0.*$/s, ''),
  );
}
