import { readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { decode as fastDecode, encode as fastEncode } from 'fast-png';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import { decodePng, encodePng, type PngImage } from '../../src/formats/png.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';
import { mutations, seededRandom, survives } from './hostile.ts';
import { chunk, IEND, idat, ihdr, png, SIGNATURE } from './png-builder.ts';

type Channels = PngImage['channels'];

/** Smooth with noise, so that an encoder with adaptive filters uses all five. */
function picture(height: number, width: number, channels: Channels, bits: 8 | 16, seed = 1) {
  const random = seededRandom(seed);
  const count = height * width * channels;
  const data = bits === 8 ? new Uint8Array(count) : new Uint16Array(count);
  const top = 2 ** bits - 1;
  for (let i = 0; i < count; i++) {
    const row = Math.floor(i / (width * channels));
    const wave = 0.5 + 0.3 * Math.sin(i / (3 * channels) + row * row) + 0.15 * random();
    data[i] = row % 7 === 0 ? random() * top : wave * top;
  }
  return { height, width, channels, data };
}

describe('decodePng against independent encoders', () => {
  for (const bits of [8, 16] as const)
    for (const channels of [1, 2, 3, 4] as const)
      for (const [height, width] of [
        [1, 1],
        [7, 5],
        [61, 83],
      ])
        it(`fast-png: ${bits} bits, ${channels} channels, ${height}x${width}`, () => {
          const image = picture(height, width, channels, bits);
          const decoded = decodePng(fastEncode({ width, height, channels, depth: bits, data: image.data }), 'x.png');
          expect(decoded).toEqual({ ...image, bitDepth: bits, sampleBits: bits });
        });

  for (const channels of [3, 4] as const)
    for (const progressive of [false, true])
      for (const [height, width] of [
        [1, 1],
        [3, 2],
        [9, 13],
        [64, 85],
      ])
        it(`libpng via sharp: ${channels} channels, ${height}x${width}, interlaced ${progressive}`, async () => {
          const image = picture(height, width, channels, 8);
          const bytes = await sharp(image.data, { raw: { width, height, channels } })
            .png({ progressive, adaptiveFiltering: true })
            .toBuffer();
          expect(bytes[28]).toBe(progressive ? 1 : 0);
          expect(decodePng(bytes, 'x.png').data).toEqual(image.data);
        });

  it.each([false, true])('16-bit grey from libpng, interlaced %s', async (progressive) => {
    const image = picture(33, 20, 1, 16);
    const bytes = await sharp(image.data, { raw: { width: 20, height: 33, channels: 1 } })
      .toColourspace('grey16')
      .png({ progressive, adaptiveFiltering: true })
      .toBuffer();
    expect(decodePng(bytes, 'x.png')).toEqual({ ...image, bitDepth: 16, sampleBits: 16 });
  });

  it.each([
    [2, false],
    [4, false],
    [16, false],
    [200, false],
    [2, true],
    [4, true],
    [16, true],
  ])('palette of %i colours from libpng (1, 2, 4, 8 bits), interlaced %s', async (colours, progressive) => {
    const height = 21;
    const width = 19;
    const data = new Uint8Array(height * width * 3);
    for (let i = 0; i < height * width; i++) data.set([(i % colours) * 1, 255 - (i % colours), 40], 3 * i);
    const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
      .png({ palette: true, colours, dither: 0, progressive, quality: 100 })
      .toBuffer();
    const decoded = decodePng(bytes, 'x.png');
    expect(decoded.channels).toBe(1);
    expect(decoded.sampleBits).toBe(bytes[24]);
    const back = await sharp(bytes).raw().toBuffer();
    const applied = [...decoded.data].flatMap((index) => [...decoded.palette!.subarray(3 * index, 3 * index + 3)]);
    expect(Buffer.from(applied).equals(back)).toBe(true);
  });
});

describe('decodePng, by hand', () => {
  it('keeps the raw values of 1, 2 and 4 bit grey', () => {
    const one = decodePng(png(ihdr(10, 1, 1, 0), idat([0, 0b10110001, 0b01000000]), IEND), 'x');
    expect([...one.data]).toEqual([1, 0, 1, 1, 0, 0, 0, 1, 0, 1]);
    expect(one.sampleBits).toBe(1);
    expect([...decodePng(png(ihdr(5, 1, 2, 0), idat([0, 0b00011011, 0b10000000]), IEND), 'x').data]).toEqual([
      0, 1, 2, 3, 2,
    ]);
    expect([...decodePng(png(ihdr(3, 1, 4, 0), idat([0, 0x1f, 0x70]), IEND), 'x').data]).toEqual([1, 15, 7]);
  });

  it('undoes each filter, also in the first line', () => {
    // Worked by hand from PNG 9.2: two lines of three grey pixels, filter f in both.
    const expected: Record<number, number[]> = {
      0: [10, 20, 30, 1, 2, 3],
      1: [10, 30, 60, 1, 3, 6],
      2: [10, 20, 30, 11, 22, 33],
      3: [10, 25, 42, 6, 17, 32],
      4: [10, 30, 60, 11, 32, 63],
    };
    for (const filter of [0, 1, 2, 3, 4]) {
      const bytes = png(ihdr(3, 2, 8, 0), idat([filter, 10, 20, 30, filter, 1, 2, 3]), IEND);
      expect([...decodePng(bytes, 'x').data], `filter ${filter}`).toEqual(expected[filter]);
    }
  });

  it('puts data together that lie in many chunks, and skips chunks that it need not know', () => {
    const stream = deflateSync(Uint8Array.of(0, 1, 2, 3));
    const parts = [...stream].map((byte) => chunk('IDAT', Uint8Array.of(byte)));
    const text = chunk('tEXt', Buffer.from('Comment\0hello'));
    expect([...decodePng(png(ihdr(3, 1, 8, 0), text, ...parts, text, IEND), 'x').data]).toEqual([1, 2, 3]);
  });

  const grey = ihdr(3, 1, 8, 0);
  const line = idat([0, 1, 2, 3]);
  const palette = chunk('PLTE', Uint8Array.of(1, 2, 3));
  it.each([
    ['empty', new Uint8Array(0), /not a PNG/],
    ['a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), /not a PNG/],
    ['signature only', SIGNATURE, /truncated PNG: the end chunk/],
    ['no end', png(grey, line), /IEND\) is missing \(at byte (\d+) of \1\)/],
    ['cut chunk', png(grey, line).subarray(0, 50), /chunk IDAT claims \d+ bytes, 5 are left/],
    ['no header', png(line, IEND), /chunk IDAT before the header/],
    ['two headers', png(grey, grey, line, IEND), /second header/],
    ['short header', png(chunk('IHDR', new Uint8Array(12)), line, IEND), /IHDR\) of 12 bytes/],
    ['no data', png(grey, IEND), /no image data/],
    ['no palette', png(ihdr(3, 1, 8, 3), line, IEND), /without a palette/],
    ['late palette', png(ihdr(3, 1, 8, 3), line, palette, IEND), /too late/],
    ['odd palette', png(ihdr(3, 1, 8, 3), chunk('PLTE', Uint8Array.of(1, 2)), line, IEND), /\(PLTE\) of 2 bytes/],
    ['scattered data', png(grey, line, chunk('tEXt', Buffer.from('a\0b')), line, IEND), /separate places/],
    ['unknown critical chunk', png(grey, chunk('ABCD', Buffer.from('a')), line, IEND), /needs chunk ABCD/],
    ['type not letters', png(grey, chunk('ab1d', Buffer.from('a')), line, IEND), /not four letters/],
    ['width 0', png(ihdr(0, 1, 8, 0), line, IEND), /0x1/],
    ['4 G pixels', png(ihdr(65536, 65536, 8, 6), line, IEND), /65536x65536/],
    ['more than it can hold', png(ihdr(16384, 16384, 16, 6), line, IEND), /compressed bytes cannot hold 2147500032/],
    ['3 bits', png(ihdr(3, 1, 3, 0), line, IEND), /colour type 0 with 3 bits/],
    ['16-bit palette', png(ihdr(3, 1, 16, 3), palette, line, IEND), /colour type 3 with 16 bits/],
    ['colour type 5', png(ihdr(3, 1, 8, 5), line, IEND), /colour type 5/],
    ['interlace 2', png(ihdr(3, 1, 8, 0, [0, 0, 2]), line, IEND), /interlace 2/],
    ['filter 5', png(grey, idat([5, 1, 2, 3]), IEND), /line 0 uses filter 5/],
    ['too few lines', png(ihdr(3, 2, 8, 0), line, IEND), /inflates to 4 bytes, 8 are expected/],
    ['too many lines', png(grey, idat([0, 1, 2, 3, 0, 1, 2, 3]), IEND), /more than 4 bytes/],
    ['not zlib', png(grey, chunk('IDAT', Uint8Array.of(1, 2, 3, 4, 5, 6)), IEND), /incorrect header check/],
    ['a bomb', png(grey, idat(new Uint8Array(20_000_000)), IEND), /more than 4 bytes/],
  ])('refuses: %s', (_, bytes, message) => {
    expect(() => decodePng(bytes, 'in.png')).toThrow(message);
    expect(() => decodePng(bytes, 'in.png')).toThrow(ResourceError);
    expect(() => decodePng(bytes, 'in.png')).toThrow(/^in\.png: /);
  });

  it('checks the checksum of every chunk', () => {
    const good = png(grey, line, IEND);
    const bad = Buffer.from(good);
    bad[29] ^= 1;
    expect(() => decodePng(bad, 'x')).toThrow(/checksum of chunk IHDR.*at byte 8/);
  });
});

describe('decodePng, mutated files', () => {
  /** Makes checksums right again, so that the damage reaches the code behind them. */
  function repairChecksums(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 8; at + 12 <= bytes.length; ) {
      const length = view.getUint32(at);
      if (at + 12 + length > bytes.length) return;
      view.setUint32(at + 8 + length, crc32(bytes.subarray(at + 4, at + 8 + length)));
      at += 12 + length;
    }
  }

  it('throws ResourceErrors only', async () => {
    const random = seededRandom(7);
    const raw = picture(6, 5, 3, 8);
    const seeds = [
      encodePng(raw),
      await sharp(raw.data, { raw: { width: 5, height: 6, channels: 3 } })
        .png({ progressive: true })
        .toBuffer(),
      encodePng({ ...picture(6, 5, 1, 8), palette: new Uint8Array(768) }),
      encodePng(picture(4, 4, 1, 16)),
    ];
    for (const seed of seeds) {
      for (const bytes of mutations(seed, 400, random)) survives(() => decodePng(bytes, 'x.png'));
      for (const bytes of mutations(seed, 1000, random, repairChecksums)) survives(() => decodePng(bytes, 'x.png'));
    }
  });
});

describe('encodePng against independent decoders', () => {
  for (const bits of [8, 16] as const)
    for (const channels of [1, 2, 3, 4] as const)
      it(`${bits} bits, ${channels} channels`, () => {
        const image = picture(37, 23, channels, bits);
        const bytes = encodePng(image);
        const { data, width, height, depth } = fastDecode(bytes, { checkCrc: true });
        expect({ width, height, depth }).toEqual({ width: 23, height: 37, depth: bits });
        expect(Buffer.from(Uint16Array.from(data).buffer)).toEqual(Buffer.from(Uint16Array.from(image.data).buffer));
        expect(decodePng(bytes, 'x').data).toEqual(image.data);
      });

  it('is read by libpng, palette and all', async () => {
    const image = { ...picture(8, 9, 1, 8), palette: Uint8Array.from({ length: 768 }, (_, i) => (i * 7) & 255) };
    const bytes = encodePng(image);
    const rgb = await sharp(bytes).raw().toBuffer();
    expect([...rgb]).toEqual([...image.data].flatMap((index) => [...image.palette.subarray(3 * index, 3 * index + 3)]));
    expect(decodePng(bytes, 'x')).toEqual({ ...image, bitDepth: 8, sampleBits: 8 });
  });

  it('filters: a ramp takes a small fraction of its raw size', () => {
    const data = Uint16Array.from({ length: 10_000 }, (_, i) => 100 * Math.floor(i / 100) + 3 * (i % 100));
    expect(encodePng({ height: 100, width: 100, channels: 1, data }).length).toBeLessThan(1000);
  });
});

describe.each([
  'golden/datasets/nyudv2/expected/image_0.png',
  'golden/datasets/nyudv2/expected/labels894_0.png',
  'golden/datasets/nyudv2/expected/labels40_2.png',
  'golden/datasets/authors_examples/depth_gt_000464.png',
  'golden/datasets/kitti/data_semantics/training/instance/000000_10.png',
  'golden/metrics/depth/kitti_devkit/pred/0000000000.png',
])('files of the field', (name) => {
  it.skipIf(needsShared(...name.split('/')).skip)(`${name} equals fast-png`, () => {
    const bytes = readFileSync(sharedPath(...name.split('/')));
    const ours = decodePng(bytes, name);
    const theirs = fastDecode(bytes);
    expect([ours.width, ours.height, ours.bitDepth]).toEqual([theirs.width, theirs.height, theirs.depth]);
    expect(
      Buffer.from(ours.data.buffer).equals(
        Buffer.from(theirs.data.buffer, theirs.data.byteOffset, theirs.data.byteLength),
      ),
    ).toBe(true);
  });
});
