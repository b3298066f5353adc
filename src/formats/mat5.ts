import { ResourceError } from '../core/errors.ts';
import { MAX_ARRAY_BYTES } from './array.ts';
import { inflateExactly, inflateStart } from './deflate.ts';
import { readBytes } from './file.ts';
import type { MatValue } from './mat.ts';
import { parseMat4 } from './mat4.ts';
import { MI_COMPRESSED, MI_MATRIX, readElement } from './mat5-elements.ts';
import { parseMatrix } from './mat5-matrix.ts';

export type { MatValue } from './mat.ts';
export { encodeMat5 } from './mat5-encode.ts';

const HEADER_BYTES = 128;
const HDF5_SIGNATURE = '\x89HDF\r\n\x1a\n';

/**
 * The variables of a MATLAB file, version 4, 5, 6 or 7 (save -v4, -v6, -v7), compressed or not. Real numeric arrays
 * of every class, logical, char, cell and struct are read. Arrays are column-major: see MatValue.
 * @throws ResourceError for v7.3 files (which are HDF5), complex, sparse and object arrays, and damage.
 */
export async function readMat(path: string): Promise<Map<string, MatValue>> {
  return decodeMat(await readBytes(path), path);
}

export function decodeMat(bytes: Uint8Array, name: string): Map<string, MatValue> {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, HEADER_BYTES));
  if (start.startsWith('MATLAB 7.3 MAT-file') || start.startsWith(HDF5_SIGNATURE))
    throw new ResourceError(
      `${name}: a MATLAB v7.3 file, which is HDF5, where a v4 to v7 file is expected; save it with -v7`,
    );
  // v5 begins with text; v4 with a small number, which has a zero among its four bytes.
  if (bytes.length >= 4 && bytes.subarray(0, 4).includes(0)) return parseMat4(bytes, name);
  const order = start.slice(126, 128);
  if (order !== 'IM' && order !== 'MI')
    throw new ResourceError(`${name}: not a MATLAB file (neither v4 nor v5, bytes 126 and 127 are no byte order mark)`);
  return parseMat5(bytes, order === 'IM', name);
}

function parseMat5(bytes: Uint8Array, littleEndian: boolean, name: string): Map<string, MatValue> {
  const values = new Map<string, MatValue>();
  const file = { bytes, littleEndian, name };
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    const element = readElement(file, at);
    at = element.next;
    if (element.type === MI_MATRIX) {
      const { variable, value } = parseMatrix({ ...file, bytes: element.body }, element.bodyAt);
      values.set(variable, value);
    } else if (element.type === MI_COMPRESSED) {
      const inner = inflateElement(element.body, littleEndian, `${name} (variable at byte ${element.bodyAt})`);
      if (inner.type !== MI_MATRIX) continue;
      const { variable, value } = parseMatrix({ ...file, bytes: inner.body, name: inner.name }, 0);
      values.set(variable, value);
    } // Other elements belong to MATLAB's own bookkeeping.
  }
  return values;
}

/** The one element that a compressed element holds. Its own tag says how large it is, and nothing more is inflated. */
function inflateElement(compressed: Uint8Array, littleEndian: boolean, name: string) {
  const refuse = (what: string): never => {
    throw new ResourceError(`${name}: compressed data are ${what}`);
  };
  const start = inflateStart('zlib', compressed, 256, refuse);
  if (start.length < 8) return refuse('truncated: they end before their first tag');
  const tag = new DataView(start.buffer, start.byteOffset, 8);
  const totalBytes = 8 + tag.getUint32(4, littleEndian);
  if (totalBytes > MAX_ARRAY_BYTES) return refuse(`too large: ${totalBytes} bytes, 2 GiB is the limit`);
  const bytes = inflateExactly('zlib', compressed, totalBytes, refuse);
  return { ...readElement({ bytes, littleEndian, name }, 0), name };
}
