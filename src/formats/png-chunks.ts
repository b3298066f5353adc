import { crc32 } from 'node:zlib';
import { ResourceError } from '../core/errors.ts';

export const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);

/** Bits a pixel may have, by colour type (PNG table 11.1): channels, and the bit depths allowed. */
const COLOUR_TYPES: Readonly<Record<number, { channels: 1 | 2 | 3 | 4; bits: readonly number[] }>> = {
  0: { channels: 1, bits: [1, 2, 4, 8, 16] },
  2: { channels: 3, bits: [8, 16] },
  3: { channels: 1, bits: [1, 2, 4, 8] },
  4: { channels: 2, bits: [8, 16] },
  6: { channels: 4, bits: [8, 16] },
};
export const PALETTE_COLOUR_TYPE = 3;

/** 16k x 16k: far beyond every data set, and small enough that sizes in bytes stay exact. */
const MAX_PIXELS = 2 ** 28;

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly sampleBits: 1 | 2 | 4 | 8 | 16;
  readonly colourType: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly interlaced: boolean;
}

export interface PngChunks {
  readonly header: PngHeader;
  readonly palette?: Uint8Array;
  /** The zlib stream, in the pieces that the file cuts it into. */
  readonly compressed: readonly Uint8Array[];
}

/**
 * Cuts a PNG into its chunks and checks their order and CRCs.
 * @throws ResourceError naming file, chunk and offset.
 */
export function readChunks(bytes: Uint8Array, name: string): PngChunks {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte))
    throw new ResourceError(`${name}: not a PNG file (its first 8 bytes are not the PNG signature)`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: PngHeader | undefined;
  let palette: Uint8Array | undefined;
  const compressed: Uint8Array[] = [];
  let previous = '';
  for (let at = SIGNATURE.length; ; ) {
    const refuse = (what: string): never => {
      throw new ResourceError(`${name}: ${what} (at byte ${at} of ${bytes.length})`);
    };
    if (at + 12 > bytes.length) return refuse('truncated PNG: the end chunk (IEND) is missing');
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(type)) refuse('damaged PNG: a chunk whose type is not four letters');
    if (at + 12 + length > bytes.length)
      refuse(`truncated PNG: chunk ${type} claims ${length} bytes, ${bytes.length - at - 12} are left`);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length))
      refuse(`damaged PNG: the checksum of chunk ${type} does not fit its content`);
    if (!header && type !== 'IHDR') refuse(`damaged PNG: chunk ${type} before the header (IHDR)`);

    if (type === 'IHDR') {
      if (header) refuse('damaged PNG: a second header (IHDR)');
      header = readHeader(body, refuse);
    } else if (type === 'PLTE') {
      if (palette || compressed.length) refuse('damaged PNG: a palette (PLTE) that comes twice or too late');
      if (length === 0 || length % 3 || length > 768) refuse(`damaged PNG: a palette (PLTE) of ${length} bytes`);
      palette = body.slice();
    } else if (type === 'IDAT') {
      if (compressed.length && previous !== 'IDAT') refuse('damaged PNG: image data (IDAT) in separate places');
      compressed.push(body);
    } else if (type === 'IEND') {
      if (!compressed.length) refuse('damaged PNG: no image data (IDAT)');
      if (header!.colourType !== PALETTE_COLOUR_TYPE) return { header: header!, compressed };
      if (!palette) return refuse('damaged PNG: a palette image without a palette (PLTE)');
      return { header: header!, palette, compressed };
    } else if (type[0] === type[0].toUpperCase()) {
      refuse(`this PNG needs chunk ${type}, which no published standard knows`);
    }
    previous = type;
    at += 12 + length;
  }
}

function readHeader(body: Uint8Array, refuse: (what: string) => never): PngHeader {
  if (body.length !== 13) refuse(`damaged PNG: a header (IHDR) of ${body.length} bytes, 13 are expected`);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const [sampleBits, colourType, compression, filter, interlace] = body.subarray(8);
  const colour = COLOUR_TYPES[colourType];
  if (!colour?.bits.includes(sampleBits))
    return refuse(`damaged PNG: colour type ${colourType} with ${sampleBits} bits does not exist`);
  if (compression || filter || interlace > 1)
    refuse(`damaged PNG: compression ${compression}, filter ${filter}, interlace ${interlace} do not exist`);
  if (!width || !height || width * height > MAX_PIXELS)
    refuse(`a PNG of ${width}x${height} (width x height); 1 to ${MAX_PIXELS} pixels are read`);
  return {
    width,
    height,
    sampleBits: sampleBits as PngHeader['sampleBits'],
    colourType,
    channels: colour.channels,
    interlaced: interlace === 1,
  };
}
