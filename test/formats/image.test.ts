import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import { decodeRgb, readRgb } from '../../src/formats/image.ts';
import { encodePng } from '../../src/formats/png.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';
import { seededRandom } from './hostile.ts';
import { IEND, idat, ihdr, png } from './png-builder.ts';

const photo = Uint8Array.from({ length: 16 * 24 * 3 }, (_, i) => 60 + (i % 72) + Math.floor(i / 72) * 4);
const raw = { raw: { width: 24, height: 16, channels: 3 as const } };

describe('decodeRgb', () => {
  it('replicates grey, drops alpha, applies a palette, keeps the high byte of 16 bits', async () => {
    const one = { height: 1, width: 2 };
    const rgbOf = async (image: Parameters<typeof encodePng>[0]) => [...(await decodeRgb(encodePng(image), 'x')).data];
    expect(await rgbOf({ ...one, channels: 1, data: Uint8Array.of(5, 250) })).toEqual([5, 5, 5, 250, 250, 250]);
    expect(await rgbOf({ ...one, channels: 2, data: Uint8Array.of(5, 0, 9, 128) })).toEqual([5, 5, 5, 9, 9, 9]);
    expect(await rgbOf({ ...one, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) })).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await rgbOf({ ...one, channels: 4, data: Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 9) })).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    const wide = Uint16Array.of(0x1234, 0xff00, 0x00ff, 0, 0x8000, 0xffff);
    expect(await rgbOf({ ...one, channels: 3, data: wide })).toEqual([0x12, 0xff, 0, 0, 0x80, 0xff]);
    const palette = Uint8Array.of(9, 8, 7, 6, 5, 4);
    expect(await rgbOf({ ...one, channels: 1, data: Uint8Array.of(1, 0), palette })).toEqual([6, 5, 4, 9, 8, 7]);
  });

  it('spreads grey of 1, 2 and 4 bits over 0..255, as libpng does', async () => {
    for (const bits of [1, 2, 4]) {
      // One line of 16 samples that runs through every grey level.
      const samples = Array.from({ length: 16 }, (_, i) => i % 2 ** bits);
      const line = new Uint8Array(1 + 2 * bits);
      samples.forEach((sample, i) => {
        line[1 + ((i * bits) >> 3)] |= sample << (8 - bits - ((i * bits) & 7));
      });
      const bytes = png(ihdr(16, 1, bits, 0), idat(line), IEND);
      const libpng = await sharp(bytes).toColourspace('b-w').raw().toBuffer();
      const { data } = await decodeRgb(bytes, 'x');
      expect([...data]).toEqual([...libpng].flatMap((grey) => [grey, grey, grey]));
      expect(Math.max(...data)).toBe(255);
    }
  });

  it('decodes colour and grey JPEG', async () => {
    const colour = await sharp(photo, raw).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
    const image = await decodeRgb(colour, 'x.jpg');
    expect([image.height, image.width, image.channels]).toEqual([16, 24, 3]);
    const worst = Math.max(...image.data.map((value, i) => Math.abs(value - photo[i])));
    expect(worst).toBeLessThan(24);
    const grey = await decodeRgb(await sharp(photo, raw).greyscale().jpeg().toBuffer(), 'x.jpg');
    expect(grey.data.length).toBe(16 * 24 * 3);
    expect(grey.data.every((value, i) => value === grey.data[i - (i % 3)])).toBe(true);
  });

  it('leaves an EXIF orientation alone, for truth maps know nothing of it', async () => {
    const plain = await sharp(photo, raw).jpeg().toBuffer();
    const turned = await sharp(photo, raw).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect((await sharp(turned).metadata()).orientation).toBe(6);
    expect(await decodeRgb(turned, 'x')).toEqual(await decodeRgb(plain, 'x'));
  });

  it('refuses damage and other formats, naming the file', async () => {
    const jpeg = await sharp(photo, raw).jpeg().toBuffer();
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array(0), /neither a PNG nor a JPEG/],
      [await sharp(photo, raw).webp().toBuffer(), /neither a PNG nor a JPEG/],
      [jpeg.subarray(0, jpeg.length >> 1), /damaged JPEG/],
      [jpeg.subarray(0, 4), /damaged JPEG/],
      [
        encodePng({ height: 1, width: 2, channels: 1, data: Uint8Array.of(0, 3), palette: new Uint8Array(6) }),
        /\(row 0, column 1\) has index 3, the palette 2/,
      ],
    ];
    for (const [bytes, message] of cases) {
      await expect(decodeRgb(bytes, 'in.jpg')).rejects.toThrow(message);
      await expect(decodeRgb(bytes, 'in.jpg')).rejects.toThrow(/^in\.jpg: /);
      await expect(decodeRgb(bytes, 'in.jpg')).rejects.toThrow(ResourceError);
    }
    await expect(readRgb('/nowhere/a.png')).rejects.toThrow(ResourceError);
  });

  it('meets mutated JPEGs with ResourceErrors only', async () => {
    const jpeg = await sharp(photo, raw).jpeg().toBuffer();
    const random = seededRandom(11);
    for (let i = 0; i < 300; i++) {
      const bytes = Uint8Array.from(jpeg);
      bytes[2 + Math.floor(random() * (bytes.length - 2))] = Math.floor(random() * 256);
      await decodeRgb(bytes, 'x').catch((error) => expect(error).toBeInstanceOf(ResourceError));
    }
  });
});

const golden = needsShared('golden', 'datasets', 'nyudv2');
describe.skipIf(golden.skip)('a photograph of NYUDv2', () => {
  it('has the pixel that h5py reads from the data set', async () => {
    const want = JSON.parse(
      readFileSync(sharedPath('golden', 'datasets', 'nyudv2', 'expected', 'expected.json'), 'utf8'),
    );
    const { data } = await readRgb(sharedPath('golden', 'datasets', 'nyudv2', 'expected', 'image_0.png'));
    const at = (100 * 640 + 200) * 3;
    expect([...data.subarray(at, at + 3)]).toEqual(want.fields[0].pixel_100_200.rgb);
  });
});
