import { messageOf, ResourceError } from '../core/errors.ts';
import { placeOf, placeWords, type RgbRaster } from '../core/raster.ts';
import { readBytes } from './file.ts';
import { decodePng } from './png.ts';
import { SIGNATURE } from './png-chunks.ts';
import type { PngImage } from './png-types.ts';

/**
 * A photograph as RGB, 8 bits a channel, from PNG or JPEG (told apart by content).
 *
 * Pixels come in the order in which the file stores them: an EXIF orientation is not applied and a colour profile
 * not converted, for truth maps know of neither. PNG: grey is replicated, a palette applied, alpha dropped (not
 * blended), of 16 bits the high 8 are kept.
 * @throws ResourceError for missing or damaged files and other formats.
 */
export async function readRgb(path: string): Promise<RgbRaster> {
  return decodeRgb(await readBytes(path), path);
}

export async function decodeRgb(bytes: Uint8Array, name: string): Promise<RgbRaster> {
  if (SIGNATURE.every((byte, i) => bytes[i] === byte)) return pngToRgb(decodePng(bytes, name), name);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return decodeJpeg(bytes, name);
  throw new ResourceError(`${name}: neither a PNG nor a JPEG file; convert the image to one of them`);
}

/** @throws ResourceError where an index lies beyond the palette. */
export function pngToRgb({ height, width, channels, sampleBits, data, palette }: PngImage, name: string): RgbRaster {
  if (channels === 3 && data instanceof Uint8Array) return { height, width, channels, data };
  const count = height * width;
  const rgb = new Uint8Array(count * 3);
  if (palette) {
    for (let i = 0; i < count; i++) {
      const at = data[i] * 3;
      if (at >= palette.length)
        throw new ResourceError(
          `${name}: pixel (${placeWords(placeOf(i, width))}) has index ${data[i]}, the palette ${palette.length / 3} colours`,
        );
      rgb[3 * i] = palette[at];
      rgb[3 * i + 1] = palette[at + 1];
      rgb[3 * i + 2] = palette[at + 2];
    }
    return { height, width, channels: 3, data: rgb };
  }
  const shift = sampleBits === 16 ? 8 : 0;
  const factor = sampleBits < 8 ? 255 / (2 ** sampleBits - 1) : 1;
  const green = channels >= 3 ? 1 : 0;
  for (let i = 0; i < count; i++) {
    const at = i * channels;
    rgb[3 * i] = (data[at] >> shift) * factor;
    rgb[3 * i + 1] = (data[at + green] >> shift) * factor;
    rgb[3 * i + 2] = (data[at + 2 * green] >> shift) * factor;
  }
  return { height, width, channels: 3, data: rgb };
}

async function decodeJpeg(bytes: Uint8Array, name: string): Promise<RgbRaster> {
  // Loaded here: most runs read PNG only, and the library takes a while to start.
  const { default: sharp } = await import('sharp');
  try {
    const { data, info } = await sharp(bytes, { ignoreIcc: true, autoOrient: false })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const samples = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (channels === 3) return { height, width, channels, data: samples };
    return pngToRgb({ height, width, channels: channels as 1, bitDepth: 8, sampleBits: 8, data: samples }, name);
  } catch (error) {
    throw new ResourceError(`${name}: damaged JPEG file (${messageOf(error)})`);
  }
}
