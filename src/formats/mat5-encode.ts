import type { NumericArray } from './array.ts';
import { MI_INT8, MI_INT32, MI_MATRIX, MI_UINT16, MI_UINT32 } from './mat5-elements.ts';

/** Array class and data type by element type. */
const CODES = new Map<string, readonly [arrayClass: number, dataType: number]>([
  ['Float64Array', [6, 9]],
  ['Float32Array', [7, 7]],
  ['Int8Array', [8, 1]],
  ['Uint8Array', [9, 2]],
  ['Int16Array', [10, 3]],
  ['Uint16Array', [11, 4]],
  ['Int32Array', [12, 5]],
  ['Uint32Array', [13, 6]],
  ['BigInt64Array', [14, 12]],
  ['BigUint64Array', [15, 13]],
]);
const CELL_CLASS = 1;
const CHAR_CLASS = 4;

/** What `encodeMat5` writes: numbers as double, typed arrays in their own class, strings as a 1xN cell of char. */
export type MatInput = readonly number[] | NumericArray | readonly string[];

/**
 * A MATLAB v5 file, uncompressed, little endian. Vectors become N x 1 ("column", the default) or 1 x N ("row");
 * cells of strings are always 1 x N. The text header holds no date, so that equal values give equal bytes.
 */
export function encodeMat5(
  values: Readonly<Record<string, MatInput>>,
  options: { readonly shape?: 'column' | 'row' } = {},
): Uint8Array {
  const header = Buffer.alloc(128, 0);
  header.fill(' ', 0, 116);
  header.write('MATLAB 5.0 MAT-file, written by densebench', 'latin1');
  header.writeUInt16LE(0x0100, 124);
  header.write('IM', 126, 'latin1');
  const variables = Object.entries(values).map(([name, value]) =>
    encodeVariable(name, value, options.shape ?? 'column'),
  );
  const file = Buffer.concat([header, ...variables]);
  return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
}

function encodeVariable(name: string, value: MatInput, shape: 'column' | 'row'): Buffer {
  if (isStrings(value)) {
    const cells = value.map((text) => {
      const codes = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
      return matrix(CHAR_CLASS, [1, text.length], '', [element(MI_UINT16, codes)]);
    });
    return matrix(CELL_CLASS, [1, value.length], name, cells);
  }
  const data = ArrayBuffer.isView(value) ? value : Float64Array.from(value as readonly number[]);
  const [arrayClass, dataType] = CODES.get(data.constructor.name)!;
  const dimensions = shape === 'column' ? [data.length, 1] : [1, data.length];
  return matrix(arrayClass, dimensions, name, [element(dataType, data)]);
}

function isStrings(value: MatInput): value is readonly string[] {
  return Array.isArray(value) && typeof value[0] === 'string';
}

function matrix(arrayClass: number, dimensions: readonly number[], name: string, content: readonly Buffer[]): Buffer {
  const body = Buffer.concat([
    element(MI_UINT32, Uint32Array.of(arrayClass, 0)),
    element(MI_INT32, Int32Array.from(dimensions)),
    element(MI_INT8, new TextEncoder().encode(name)),
    ...content,
  ]);
  return element(MI_MATRIX, body);
}

function element(dataType: number, content: ArrayBufferView): Buffer {
  const out = Buffer.alloc(8 + Math.ceil(content.byteLength / 8) * 8);
  out.writeUInt32LE(dataType, 0);
  out.writeUInt32LE(content.byteLength, 4);
  out.set(new Uint8Array(content.buffer, content.byteOffset, content.byteLength), 8);
  return out;
}
