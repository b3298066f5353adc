import { ResourceError } from '../core/errors.ts';
import type { StoredType } from './mat-bytes.ts';

export const MI_UINT16 = 4;
export const MI_INT8 = 1;
export const MI_INT32 = 5;
export const MI_UINT32 = 6;
export const MI_MATRIX = 14;
export const MI_COMPRESSED = 15;

/** Data types of elements ("MAT-File Format", table 1-1). Text is read as code units, which is right for UTF-16. */
export const STORED_TYPES: Readonly<Record<number, StoredType>> = {
  1: 'int8',
  2: 'uint8',
  3: 'int16',
  4: 'uint16',
  5: 'int32',
  6: 'uint32',
  7: 'single',
  9: 'double',
  12: 'int64',
  13: 'uint64',
  16: 'uint8',
  17: 'uint16',
  18: 'uint32',
};
export const MI_UTF8 = 16;

/** A stretch of a file, or of what it inflates to. */
export interface MatBytes {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  /** For messages. */
  readonly name: string;
}

export interface MatElement {
  readonly type: number;
  readonly body: Uint8Array;
  readonly bodyAt: number;
  /** Where the next element begins. */
  readonly next: number;
}

/** The element at `at`: 8 bytes of type and size and a body padded to 8 bytes, or both in 8 bytes when it is small. */
export function readElement({ bytes, littleEndian, name }: MatBytes, at: number): MatElement {
  if (at + 8 > bytes.length)
    throw new ResourceError(`${name}: truncated: an element at byte ${at} of ${bytes.length} needs a tag of 8 bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = view.getUint32(at, littleEndian);
  const isSmall = first >>> 16 !== 0;
  const type = isSmall ? first & 0xffff : first;
  const size = isSmall ? first >>> 16 : view.getUint32(at + 4, littleEndian);
  const bodyAt = at + (isSmall ? 4 : 8);
  if (isSmall && size > 4) throw new ResourceError(`${name}: damaged: a small element of ${size} bytes at byte ${at}`);
  if (bodyAt + size > bytes.length)
    throw new ResourceError(
      `${name}: truncated: the element at byte ${at} claims ${size} bytes, ${bytes.length - bodyAt} are left`,
    );
  const padded = type === MI_COMPRESSED ? size : Math.ceil(size / 8) * 8;
  const next = isSmall ? at + 8 : bodyAt + padded;
  return { type, body: bytes.subarray(bodyAt, bodyAt + size), bodyAt, next };
}
