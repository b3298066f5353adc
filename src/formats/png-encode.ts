import { crc32, deflateSync } from 'node:zlib';
import { PALETTE_COLOUR_TYPE, SIGNATURE } from './png-chunks.ts';
import type { PngImage } from './png-types.ts';
import { paeth } from './png-unfilter.ts';

const COLOUR_TYPE = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;

/** A PNG of 8 bits (Uint8Array) or 16 bits (Uint16Array) a sample; with a palette (RGB triples), data are indices. */
export function encodePng(image: Pick<PngImage, 'height' | 'width' | 'channels' | 'data' | 'palette'>): Uint8Array {
  const { height, width, channels, data, palette } = image;
  if (data.length !== height * width * channels)
    throw new RangeError(`${height}x${width}x${channels} samples expected, got ${data.length}`);
  if (palette && (channels !== 1 || data instanceof Uint16Array))
    throw new RangeError('a palette needs one channel of 8 bits');
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, data.BYTES_PER_ELEMENT * 8);
  header.setUint8(9, palette ? PALETTE_COLOUR_TYPE : COLOUR_TYPE[channels]);
  const samples = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const bigEndian = data instanceof Uint16Array ? Buffer.from(samples).swap16() : samples;
  const rowBytes = width * channels * data.BYTES_PER_ELEMENT;
  // Labels compress best as they are: the difference of two class ids says nothing.
  const isLabels = channels === 1 && data instanceof Uint8Array;
  const lines = filterLines(bigEndian, height, rowBytes, isLabels ? 0 : channels * data.BYTES_PER_ELEMENT);
  const file = Buffer.concat([
    SIGNATURE,
    chunk('IHDR', new Uint8Array(header.buffer)),
    ...(palette ? [chunk('PLTE', palette)] : []),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', new Uint8Array(0)),
  ]);
  return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
}

/**
 * Puts a filter byte before every line. With `pixelBytes` 0 it is None; otherwise whichever of Sub, Up and Paeth
 * leaves the smallest sum of absolute differences (the heuristic of PNG 12.7).
 */
function filterLines(samples: Uint8Array, rows: number, rowBytes: number, pixelBytes: number): Uint8Array {
  const out = new Uint8Array(rows * (rowBytes + 1));
  const zeros = new Uint8Array(rowBytes);
  const candidates = [1, 2, 4].map((filter) => ({ filter, line: new Uint8Array(rowBytes) }));
  for (let row = 0; row < rows; row++) {
    const at = row * (rowBytes + 1);
    const line = samples.subarray(row * rowBytes, (row + 1) * rowBytes);
    if (pixelBytes === 0) {
      out.set(line, at + 1);
      continue;
    }
    const above = row > 0 ? samples.subarray((row - 1) * rowBytes, row * rowBytes) : zeros;
    const sums = candidates.map(({ filter, line: target }) => filterLine(filter, line, above, target, pixelBytes));
    const best = candidates[sums.indexOf(Math.min(...sums))];
    out[at] = best.filter;
    out.set(best.line, at + 1);
  }
  return out;
}

/** Writes the filtered line into `target` and returns the sum of its absolute differences. */
function filterLine(
  filter: number,
  line: Uint8Array,
  above: Uint8Array,
  target: Uint8Array,
  pixelBytes: number,
): number {
  let sum = 0;
  for (let i = 0; i < line.length; i++) {
    const left = i >= pixelBytes ? line[i - pixelBytes] : 0;
    const upperLeft = i >= pixelBytes ? above[i - pixelBytes] : 0;
    const guess = filter === 1 ? left : filter === 2 ? above[i] : paeth(left, above[i], upperLeft);
    const difference = (line[i] - guess) & 255;
    target[i] = difference;
    sum += difference < 128 ? difference : 256 - difference;
  }
  return sum;
}

function chunk(type: string, body: Uint8Array): Uint8Array {
  const out = Buffer.alloc(12 + body.length);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, 'latin1');
  out.set(body, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length);
  return out;
}
