import { constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { messageOf } from '../core/errors.ts';

/** Deflate gives at most 258 bytes for 2 bits: a claim above this ratio is false, whatever the content. */
const MAX_DEFLATE_RATIO = 1032;

const INFLATE = { zlib: inflateSync, gzip: gunzipSync, raw: inflateRawSync } as const;

/**
 * Inflates a whole stream to exactly `expectedBytes`. A false claim costs no memory: it is held against the size of
 * `compressed` first, and inflating stops where the claim ends.
 * @param refuse throws; it is told what is wrong.
 */
export function inflateExactly(
  container: keyof typeof INFLATE,
  compressed: Uint8Array,
  expectedBytes: number,
  refuse: (what: string) => never,
): Uint8Array {
  if (expectedBytes > compressed.length * MAX_DEFLATE_RATIO)
    return refuse(`truncated: ${compressed.length} compressed bytes cannot hold ${expectedBytes}`);
  let content: Uint8Array;
  try {
    // One buffer for everything: zlib would otherwise hand it over in 16 KiB pieces.
    const chunkSize = Math.max(64, expectedBytes + 1);
    content = INFLATE[container](compressed, { maxOutputLength: Math.max(1, expectedBytes), chunkSize });
  } catch (error) {
    const isTooMuch = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
    return refuse(isTooMuch ? `damaged: inflates to more than ${expectedBytes} bytes` : `damaged: ${messageOf(error)}`);
  }
  if (content.length !== expectedBytes)
    return refuse(`truncated: inflates to ${content.length} bytes, ${expectedBytes} are expected`);
  // A plain Uint8Array, for the slice() of a Buffer is a view and would surprise.
  return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
}

/** What the first `compressedBytes` of a stream inflate to, to read a header before the rest. */
export function inflateStart(
  container: keyof typeof INFLATE,
  compressed: Uint8Array,
  compressedBytes: number,
  refuse: (what: string) => never,
): Uint8Array {
  try {
    const content = INFLATE[container](compressed.subarray(0, compressedBytes), {
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  } catch (error) {
    return refuse(`damaged: ${messageOf(error)}`);
  }
}
