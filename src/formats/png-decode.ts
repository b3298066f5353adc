import { ResourceError } from '../core/errors.ts';
import { inflateExactly } from './deflate.ts';
import { type PngHeader, readChunks } from './png-chunks.ts';
import type { PngImage } from './png-types.ts';
import { unfilter } from './png-unfilter.ts';

/** Adam7 (PNG 8.2): first column and row of each pass, then the steps. A plain image is one pass with steps of 1. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const PLAIN = [[0, 0, 1, 1]] as const;

interface Pass {
  readonly x0: number;
  readonly y0: number;
  readonly dx: number;
  readonly dy: number;
  readonly columns: number;
  readonly rows: number;
  readonly rowBytes: number;
}

/**
 * Decodes a PNG of any colour type, bit depth and interlacing. See PngImage for what the samples mean.
 * The size is checked against a limit, and against what the compressed bytes can hold, before memory is taken.
 * @throws ResourceError naming the file, the offset where one is known, and what was expected.
 */
export function decodePng(bytes: Uint8Array, name: string): PngImage {
  const { header, palette, compressed } = readChunks(bytes, name);
  const { height, width, channels, sampleBits } = header;
  const passes = passesOf(header);
  const rawBytes = passes.reduce((sum, pass) => sum + pass.rows * (1 + pass.rowBytes), 0);
  const stream = compressed.length === 1 ? compressed[0] : Buffer.concat(compressed);
  const raw = inflateExactly('zlib', stream, rawBytes, (what) => {
    throw new ResourceError(`${name}: the image data of this ${width}x${height} PNG are ${what}`);
  });

  const pixelBytes = Math.max(1, (channels * sampleBits) >> 3);
  const isPlain = !header.interlaced && sampleBits >= 8;
  const samples = new Uint8Array(height * width * channels * (sampleBits === 16 ? 2 : 1));
  let from = 0;
  for (const pass of passes) {
    const lines = isPlain ? samples : new Uint8Array(pass.rows * pass.rowBytes);
    unfilter(raw, from, lines, pass.rows, pass.rowBytes, pixelBytes, name);
    from += pass.rows * (1 + pass.rowBytes);
    if (isPlain) continue;
    if (sampleBits < 8) scatterBits(lines, samples, pass, width, sampleBits);
    else scatterBytes(lines, samples, pass, width, pixelBytes);
  }
  const shape = { height, width, channels, sampleBits, ...(palette && { palette }) };
  if (sampleBits !== 16) return { ...shape, bitDepth: 8, data: samples };
  // PNG is big endian, every machine that runs Node little.
  Buffer.from(samples.buffer).swap16();
  return { ...shape, bitDepth: 16, data: new Uint16Array(samples.buffer) };
}

function passesOf({ width, height, channels, sampleBits, interlaced }: PngHeader): Pass[] {
  return (interlaced ? ADAM7 : PLAIN)
    .map(([x0, y0, dx, dy]) => {
      const columns = Math.ceil((width - x0) / dx);
      const rows = Math.ceil((height - y0) / dy);
      return { x0, y0, dx, dy, columns, rows, rowBytes: Math.ceil((columns * channels * sampleBits) / 8) };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
}

function scatterBytes(lines: Uint8Array, out: Uint8Array, pass: Pass, width: number, pixelBytes: number): void {
  let from = 0;
  for (let row = 0; row < pass.rows; row++) {
    const start = ((pass.y0 + row * pass.dy) * width + pass.x0) * pixelBytes;
    for (let column = 0; column < pass.columns; column++) {
      const to = start + column * pass.dx * pixelBytes;
      for (let i = 0; i < pixelBytes; i++) out[to + i] = lines[from++];
    }
  }
}

/** Samples of 1, 2 or 4 bits, the leftmost in the high bits, to one per byte. */
function scatterBits(lines: Uint8Array, out: Uint8Array, pass: Pass, width: number, sampleBits: number): void {
  const mask = (1 << sampleBits) - 1;
  for (let row = 0; row < pass.rows; row++) {
    const to = (pass.y0 + row * pass.dy) * width + pass.x0;
    const from = row * pass.rowBytes;
    for (let column = 0; column < pass.columns; column++) {
      const bit = column * sampleBits;
      out[to + column * pass.dx] = (lines[from + (bit >> 3)] >> (8 - sampleBits - (bit & 7))) & mask;
    }
  }
}
