import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import { ResourceError } from '../../src/core/errors.ts';
import { datasetCardSchema } from '../../src/datasets/card.ts';
import { openDataset } from '../../src/datasets/loaders.ts';
import { openFrames } from '../../src/datasets/mat-frames.ts';
import { transposeFrame } from '../../src/datasets/transpose.ts';
import type { Hdf5File } from '../../src/formats/hdf5.ts';
import { expectedPixel, MINI, type MiniArray, writeMini, writeMiniSide } from '../helpers/mini-mat.ts';

const card = datasetCardSchema.parse({ id: 'mini', title: 'mini', licence: { name: 'none' }, loader: 'nyudv2' });
const { frames, width, height } = MINI;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'densebench-mat-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function expectFrames(dataset: Dataset, indices: readonly number[], depth: 'raw' | 'inpainted'): Promise<void> {
  let at = 0;
  for await (const sample of dataset.load(indices)) {
    const n = indices[at++];
    const [image, labels, metres] = [await sample.image(), await sample.segmentation(), await sample.depth()];
    expect(image).toMatchObject({ height, width, channels: 3 });
    // The camera of the data set is that of 640x480 frames, not of these.
    expect(sample.intrinsics).toBeUndefined();
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const pixel = y * width + x;
        const expected = expectedPixel(n, y, x);
        expect([...image.data.subarray(3 * pixel, 3 * pixel + 3)]).toEqual(expected.rgb);
        expect(labels.data[pixel]).toBe(expected.label);
        expect(metres.data[pixel]).toBe(Math.fround(expected[depth]));
      }
  }
}

describe('frames of the official layout', () => {
  it('are the same however the file is chunked, and in whatever order they are asked for', async () => {
    const chunkings: (undefined | ((array: MiniArray) => number[]))[] = [
      undefined,
      ({ shape }) => [1, ...shape.slice(1)],
      ({ shape }) => [3, ...shape.slice(1).map((size) => Math.ceil(size / 2))],
      ({ shape }) => shape,
    ];
    for (const chunks of chunkings) {
      const folder = mkdtempSync(join(directory, 'chunked-'));
      await writeMini(folder, (arrays) => {
        for (const array of Object.values(arrays)) array.chunks = chunks?.(array);
      });
      const dataset = await openDataset(card, { directory: folder, split: 'all' });
      await expectFrames(dataset, [0, 1, 2, 3, 4, 5, 6], 'raw');
      await expectFrames(dataset, [6, 0, 5, 5, 2], 'raw');
      await dataset.close();
      const inpainted = await openDataset(card, { directory: folder, split: 'all', depth: 'inpainted' });
      await expectFrames(inpainted, [3, 4], 'inpainted');
      await inpainted.close();
    }
  });

  it('are read in slabs that follow the chunks and stay within their share of memory', () => {
    const asked: [number, number][] = [];
    const side = 1024;
    const file = {
      dataset: () => ({
        shape: [20, side, side],
        dtype: '<f',
        chunk: [8, 64, 64],
        readSlab([[start, end]]: [number, number][]) {
          asked.push([start, end]);
          return new Float32Array((end - start) * side * side).fill(start);
        },
      }),
    } as unknown as Hdf5File;
    // 4 MiB a frame: one frame a slab, for the share is 4 MiB.
    const large = openFrames(file, 'x', 'depths', 1, Float32Array);
    for (const index of [0, 0, 1, 19]) large.read(index);
    expect(asked).toEqual([
      [0, 1],
      [1, 2],
      [19, 20],
    ]);
    asked.length = 0;
    const small = {
      dataset: () => ({ ...file.dataset('x'), shape: [20, 512, 256], readSlab: smallSlab }),
    } as unknown as Hdf5File;
    const smallSlab = ([[start, end]]: [number, number][]) => {
      asked.push([start, end]);
      return new Float32Array((end - start) * 512 * 256);
    };
    // Half a mebibyte a frame: a chunk of eight at a time, the last one cut by the end.
    const frames = openFrames(small, 'x', 'depths', 1, Float32Array);
    for (let index = 0; index < 20; index++) frames.read(index);
    expect(asked).toEqual([
      [0, 8],
      [8, 16],
      [16, 20],
    ]);
  });

  it('transposes blocks that do not divide the frame', () => {
    const size = { height: 45, width: 70, channels: 3 };
    const source = Uint16Array.from({ length: 10 + 45 * 70 * 3 }, (_, i) => i);
    const turned = transposeFrame(source, 10, size, new Uint16Array(45 * 70 * 3));
    for (const [y, x, c] of [
      [0, 0, 0],
      [44, 69, 2],
      [32, 31, 1],
      [31, 32, 2],
      [13, 64, 0],
    ])
      expect(turned[(y * 70 + x) * 3 + c]).toBe(10 + c * 45 * 70 + x * 45 + y);
    expect(new Set(turned).size).toBe(turned.length);
  });

  it('name the scene that each belongs to', async () => {
    await writeMini(directory);
    const dataset = await openDataset(card, { directory, split: 'test' });
    expect(dataset.samples).toEqual([
      { id: '000001', group: 'room_0000' },
      { id: '000003', group: 'room_0001' },
      { id: '000005', group: 'room_0002' },
      { id: '000007', group: 'room_0003' },
    ]);
    await dataset.close();
  });

  it('carry normals where the side file has them', async () => {
    await writeMini(directory);
    const normals = new Float32Array(frames * 3 * width * height);
    // Frame n, channel 2 (z) = -1, except one pixel without a normal: row 1, column 2 of frame 1.
    for (let n = 0; n < frames; n++) normals.fill(-1, (n * 3 + 2) * width * height, (n * 3 + 3) * width * height);
    for (let c = 0; c < 3; c++) normals[((1 * 3 + c) * width + 2) * height + 1] = Number.NaN;
    await writeMiniSide(directory, normals);
    const dataset = await openDataset(card, { directory, split: 'all' });
    expect(dataset.info.tasks).toEqual(['segmentation', 'depth', 'normals']);
    for await (const sample of dataset.load([1])) {
      const { data, channels } = await sample.normals();
      expect(channels).toBe(3);
      for (let i = 0; i < width * height; i++)
        expect([...data.subarray(3 * i, 3 * i + 3)]).toEqual(i === 1 * width + 2 ? [NaN, NaN, NaN] : [0, 0, -1]);
    }
    await dataset.close();
    normals[5] = 3;
    await writeMiniSide(directory, normals);
    const bad = await openDataset(card, { directory, split: 'all' });
    for await (const sample of bad.load([0]))
      await expect(sample.normals()).rejects.toThrow(
        /densebench_side\.h5: \/normals of sample 000001: normal \(3, 0, -1\)/,
      );
    await bad.close();
    await writeMiniSide(directory, normals.subarray(0, 3 * width * height), 1);
    await expect(openDataset(card, { directory, split: 'all' })).rejects.toThrow(/\/normals has 1 frames of 4x6/);
  });

  it('are refused with file and place when something is wrong with them', async () => {
    const cases: [string, (arrays: Record<string, MiniArray>) => void, RegExp][] = [
      ['no depth', (a) => delete a.rawDepths, /there is no data set "rawDepths"/],
      ['no images', (a) => delete a.images, /there is no data set "images"/],
      [
        'fewer labels',
        (a) => (a.labels = { data: new Uint16Array(24), shape: [1, 6, 4] }),
        /\/labels has 1 frames of 4x6 .*\/images 7 frames of 4x6/,
      ],
      ['turned labels', (a) => (a.labels.shape = [7, 4, 6]), /\/labels has 7 frames of 6x4/],
      [
        'flat images',
        (a) => (a.images.shape = [21, 6, 4]),
        /\/images has shape \[21, 6, 4\], expected \[frames\]\[3\]/,
      ],
      ['float labels', (a) => (a.labels.data = Float32Array.from(a.labels.data)), /\/labels holds "<f"/],
      ['double depth', (a) => (a.rawDepths.data = Float64Array.from(a.rawDepths.data)), /\/rawDepths holds "<d"/],
      [
        'NaN',
        (a) => (a.rawDepths.data[9] = Number.NaN),
        /\/rawDepths of sample 000001: depth NaN m at row 1, column 2/,
      ],
      ['negative', (a) => (a.rawDepths.data[24] = -1), /\/rawDepths of sample 000002: depth -1 m at row 0, column 0/],
      [
        'label 41',
        (a) => (a.labels.data[5] = 41),
        /\/labels of sample 000001: label 41 at row 1, column 1; valid are 0\.\.40/,
      ],
    ];
    for (const [what, change, message] of cases) {
      await writeMini(directory, change);
      const error = await (async () => {
        const dataset = await openDataset(card, { directory, split: 'all' });
        try {
          for await (const sample of dataset.load(dataset.samples.keys())) {
            await sample.segmentation();
            await sample.depth();
          }
        } finally {
          await dataset.close();
        }
      })().catch((reason: unknown) => reason);
      expect(error, what).toBeInstanceOf(ResourceError);
      expect((error as Error).message, what).toMatch(message);
    }
    await writeMini(directory, () => {}, ['a', 'b']);
    await expect(openDataset(card, { directory, split: 'all' })).rejects.toThrow(
      /\/scenes names 2 frames, \/images has 7/,
    );
  });
});
