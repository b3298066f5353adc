import { ResourceError } from '../core/errors.ts';
import type { NumericArray } from './array.ts';
import { type MatValue, toClass, toRows } from './mat.ts';
import { bytesOf, elementsOf, type StoredType } from './mat-bytes.ts';

/** Third digit of the MOPT number: how elements are stored. */
const PRECISIONS: readonly StoredType[] = ['double', 'single', 'int32', 'int16', 'uint16', 'uint8'];
const HEADER_BYTES = 20;

/** MATLAB v4 ("MAT-File Format", chapter 2): per matrix five int32 (MOPT, rows, columns, imaginary, length of name). */
export function parseMat4(bytes: Uint8Array, name: string): Map<string, MatValue> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Map<string, MatValue>();
  for (let at = 0; at < bytes.length; ) {
    const refuse = (what: string): never => {
      throw new ResourceError(`${name}: ${what} (MATLAB v4, matrix at byte ${at} of ${bytes.length})`);
    };
    if (at + HEADER_BYTES > bytes.length) return refuse('truncated: a matrix header takes 20 bytes');
    // Thousands digit 1 = big endian; read the wrong way round the number is far outside 0..4052.
    const littleEndian = view.getUint32(at, true) < 1000;
    const [mopt, rows, columns, imaginary, nameBytes] = [0, 4, 8, 12, 16].map((i) =>
      view.getUint32(at + i, littleEndian),
    );
    const digits = [Math.floor(mopt / 1000), Math.floor(mopt / 100) % 10, Math.floor(mopt / 10) % 10, mopt % 10];
    const precision = PRECISIONS[digits[2]];
    if (digits[0] !== (littleEndian ? 0 : 1) || digits[1] !== 0 || !precision)
      return refuse(`damaged: not a matrix header (type ${mopt})`);
    if (digits[3] > 1) refuse('sparse matrices are not read; save full() of it');
    if (imaginary) refuse('complex matrices are not read');
    if (!nameBytes || nameBytes > 4096) refuse(`damaged: a name of ${nameBytes} bytes`);
    const dataAt = at + HEADER_BYTES + nameBytes;
    const dataBytes = rows * columns * bytesOf(precision);
    if (dataAt + dataBytes > bytes.length)
      refuse(`truncated: a ${rows}x${columns} matrix takes ${dataBytes} bytes, ${bytes.length - dataAt} are left`);
    const variable = new TextDecoder('latin1').decode(bytes.subarray(at + HEADER_BYTES, dataAt)).replace(/\0.*$/s, '');
    const stored = elementsOf(bytes.subarray(dataAt, dataAt + dataBytes), precision, littleEndian);
    values.set(variable, toValue(stored, [rows, columns], digits[3] === 1));
    at = dataAt + dataBytes;
  }
  return values;
}

/** v4 knows matrices of double and text only; the precision is a matter of storage. */
function toValue(stored: NumericArray, shape: readonly number[], isText: boolean): MatValue {
  if (isText) return { kind: 'char', shape, rows: toRows(stored, shape) };
  return { kind: 'numeric', className: 'double', shape, data: toClass('double', stored) };
}
