import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/canonical.ts';
import type { Dataset, Sample } from '../../src/core/dataset.ts';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { type CardOf, datasetCardSchema } from '../../src/datasets/card.ts';
import { LOADERS, openDataset } from '../../src/datasets/loaders.ts';
import type { OpenRequest } from '../../src/datasets/request.ts';
import { readLabels } from '../../src/formats/maps.ts';
import { encodeMat5, readMat } from '../../src/formats/mat5.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

const golden = (...parts: string[]) => sharedPath('golden', 'datasets', 'nyudv2', ...parts);
const json = (...parts: string[]) => JSON.parse(readFileSync(golden('expected', ...parts), 'utf8'));

const card = datasetCardSchema.parse({
  id: 'mini',
  title: 'four frames',
  licence: { name: 'none' },
  loader: 'nyudv2',
  labelled: 'mini.mat',
}) as CardOf<'nyudv2'>;

async function all(dataset: Dataset): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const sample of dataset.load(dataset.samples.keys())) samples.push(sample);
  return samples;
}

const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
const floats = (path: string) => {
  const file = gunzipSync(readFileSync(path));
  const start = 10 + file.readUInt16LE(8);
  return new Float32Array(file.buffer.slice(file.byteOffset + start, file.byteOffset + file.byteLength));
};

describe.skipIf(needsShared('golden', 'datasets', 'nyudv2').skip)('NYUDv2 in the official layout', () => {
  const directory = mkdtempSync(join(tmpdir(), 'densebench-nyudv2-'));
  const request: OpenRequest = { directory, split: 'all', classes: 40, depth: 'raw' };
  const splits = (values: Record<string, number[]>, into = directory) =>
    writeFileSync(join(into, 'splits.mat'), encodeMat5(values));

  beforeAll(() => {
    cpSync(golden('nyu_depth_v2_labeled.mini.mat'), join(directory, 'mini.mat'));
    for (const name of ['classMapping40.mat', 'class13Mapping.mat']) cpSync(golden(name), join(directory, name));
    splits({ trainNdxs: [2, 4], testNdxs: [3, 1] });
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** A copy of the folder in which something is broken. */
  async function broken(change: (folder: string) => void, asked: Partial<OpenRequest> = {}): Promise<Error> {
    const folder = mkdtempSync(join(tmpdir(), 'densebench-broken-'));
    try {
      cpSync(directory, folder, { recursive: true, mode: 0 });
      change(folder);
      const dataset = await openDataset(card, { ...request, ...asked, directory: folder });
      try {
        for (const sample of await all(dataset)) {
          await sample.image();
          await sample.segmentation();
          await sample.depth();
        }
      } finally {
        await dataset.close();
      }
    } catch (error) {
      return error as Error;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    throw new Error('nothing failed');
  }

  it('gives images, depth and labels exactly as the oracle read them', async () => {
    const dataset = await openDataset(card, request);
    const expected = json('expected.json').fields;
    const table = json('classMapping40.json').mapClass as number[];
    expect(dataset.samples).toHaveLength(4);
    for (const [index, sample] of (await all(dataset)).entries()) {
      const facts = expected[String(index)];
      expect(sample.id).toBe(`00000${index + 1}`);
      expect(sample.group).toBe(facts.scene);
      const image = await sample.image();
      expect([image.height, image.width, image.channels]).toEqual([480, 640, 3]);
      expect(sha256(image.data)).toBe(facts.image_sha256_hwc_uint8);
      const pixel = 100 * 640 + 200;
      expect([...image.data.subarray(3 * pixel, 3 * pixel + 3)]).toEqual(facts.pixel_100_200.rgb);
      const raw = await sample.depth();
      expect(raw.data.filter((value) => !Number.isNaN(value))).toHaveLength(facts.rawDepth_valid);
      expect(sha256(bytesOf(Float32Array.from(raw.data, (v) => (Number.isNaN(v) ? 0 : v))))).toBe(
        facts.rawDepth_sha256_hw_float32le,
      );
      const labels = await sample.segmentation();
      const histogram: Record<string, number> = {};
      for (const id of labels.data) histogram[id] = (histogram[id] ?? 0) + 1;
      expect(histogram).toEqual(facts.labels40_histogram);
      const stored = await readLabels(golden('expected', `labels894_${index}.png`));
      const mapped = Uint8Array.from(stored.data, (k) => (k === 0 ? 255 : table[k - 1] - 1));
      expect(sha256(bytesOf(labels.data))).toBe(sha256(mapped));
      const drawn = await readLabels(golden('expected', `labels40_${index}.png`));
      expect(sha256(bytesOf(labels.data))).toBe(sha256(Uint8Array.from(drawn.data)));
    }
    await dataset.close();
    await dataset.close();
  });

  it('tells raw depth from in-painted depth', async () => {
    const inpainted = await openDataset(card, { ...request, depth: 'inpainted' });
    const raw = await openDataset(card, request);
    expect(inpainted.info.depthTruth).toBe('inpainted');
    expect(raw.info.depthTruth).toBe('raw');
    const filled = await (await all(inpainted))[0].depth();
    expect(sha256(bytesOf(filled.data))).toBe(sha256(bytesOf(floats(golden('expected', 'depth_0.npy.gz')))));
    const holes = floats(golden('expected', 'rawDepth_1.npy.gz')).map((value) => (value === 0 ? Number.NaN : value));
    const measured = (await (await all(raw))[1].depth()).data;
    expect(measured.every((value, i) => Object.is(value, holes[i]))).toBe(true);
    await inpainted.close();
    await raw.close();
  });

  it('maps 894 -> 40 -> 13 as the class maps say', async () => {
    const dataset = await openDataset(card, { ...request, classes: 13 });
    const to40 = json('classMapping40.json').mapClass as number[];
    const to13 = json('class13Mapping.json').labels13 as number[];
    expect(dataset.info.taxonomy).toBe('nyud13');
    expect(dataset.info.classNames).toHaveLength(13);
    const { data } = await (await all(dataset))[2].segmentation();
    const stored = await readLabels(golden('expected', 'labels894_2.png'));
    const mapped = Uint8Array.from(stored.data, (k) => (k === 0 ? 255 : to13[to40[k - 1] - 1] - 1));
    expect(sha256(bytesOf(data))).toBe(sha256(mapped));
    await dataset.close();
  });

  it('takes the split by its 1-based indices, in ascending order', async () => {
    const test = await openDataset(card, { ...request, split: 'test' });
    const train = await openDataset(card, { ...request, split: 'train' });
    expect(test.samples.map(({ id }) => id)).toEqual(['000001', '000003']);
    expect(train.samples.map(({ id }) => id)).toEqual(['000002', '000004']);
    const picked: string[] = [];
    for await (const sample of test.load([1, 0])) picked.push(sample.id);
    expect(picked).toEqual(['000003', '000001']);
    await expect(test.load([2])[Symbol.asyncIterator]().next()).rejects.toThrow(RangeError);
    await test.close();
    await train.close();
  });

  it('reads the official split: 795 train, 654 test', async () => {
    const { readSplit } = await import('../../src/datasets/nyudv2-maps.ts');
    const expected = json('splits.json');
    for (const split of ['train', 'test'] as const) {
      const indices = await readSplit(golden('splits.mat'), split, 1449);
      expect(indices).toEqual((expected[`${split}Ndxs`] as number[]).map((index) => index - 1).sort((a, b) => a - b));
    }
  });

  it('knows the colour camera, its pixels counted from 0', async () => {
    const dataset = await openDataset(card, request);
    // camera_params.m of the toolbox gives (325.582449, 253.736166), counted from 1.
    const { fxPx, fyPx, cxPx, cyPx } = await (await all(dataset))[0].intrinsics!();
    for (const [value, expected] of [
      [fxPx, 518.857901],
      [fyPx, 519.469611],
      [cxPx, 324.582449],
      [cyPx, 252.736166],
    ])
      expect(value).toBeCloseTo(expected, 6);
    await dataset.close();
  });

  it('offers normals only with the side file', async () => {
    const dataset = await openDataset(card, request);
    expect(dataset.info.tasks).toEqual(['segmentation', 'depth']);
    await expect((await all(dataset))[0].normals()).rejects.toThrow(/has no normals: name their folder with "normals"/);
    await dataset.close();
  });

  it('refuses what it does not have', async () => {
    await expect(openDataset(card, { ...request, classes: 894 })).rejects.toThrow(
      new UsageError('data set mini: a class count of 894 is not offered; it has 40 or 13'),
    );
    await expect(openDataset(card, { ...request, depth: 'as-given' })).rejects.toThrow(UsageError);
  });

  it('names file and place of everything that is damaged', async () => {
    const cases: [string, (folder: string) => void, Partial<OpenRequest>, RegExp][] = [
      ['missing file', (f) => rmSync(join(f, 'mini.mat')), {}, /mini\.mat: there is no such file/],
      ['truncated', (f) => truncateSync(join(f, 'mini.mat'), 3_000_000), {}, /mini\.mat/],
      ['not HDF5', (f) => writeFileSync(join(f, 'mini.mat'), 'no'.repeat(4096)), {}, /mini\.mat: not an HDF5 file/],
      ['foreign split', (f) => cpSync(golden('splits.mat'), join(f, 'splits.mat')), { split: 'test' }, /frames 1\.\.4/],
      ['split of zero', (f) => splits({ testNdxs: [0] }, f), { split: 'test' }, /names frame 0/],
      ['fraction', (f) => splits({ testNdxs: [1.5] }, f), { split: 'test' }, /names frame 1\.5/],
      ['empty split', (f) => splits({ testNdxs: [] }, f), { split: 'test' }, /testNdxs is empty/],
      ['twice', (f) => splits({ testNdxs: [2, 2] }, f), { split: 'test' }, /names frame 2 twice/],
      ['no such split', (f) => splits({ trainNdxs: [2] }, f), { split: 'test' }, /"testNdxs" is missing/],
      ['map too short', (f) => maps(f, { mapClass: [1, 2, 3] }), {}, /\/labels of sample 000001: label \d+ at row \d+/],
      ['map out of range', (f) => maps(f, { mapClass: [41] }), {}, /mapClass\(1\) is 41/],
      ['13 of 40', (f) => map13(f, [1, 2]), { classes: 13 }, /labels13 has 2 entries/],
      ['class 14', (f) => map13(f, new Array(40).fill(14)), { classes: 13 }, /labels13\(1\) is 14/],
      [
        'no map of 13',
        (f) => rmSync(join(f, 'class13Mapping.mat')),
        { classes: 13 },
        /class13Mapping\.mat: there is no/,
      ],
    ];
    const maps = (f: string, values: Record<string, number[]>) =>
      writeFileSync(join(f, 'classMapping40.mat'), encodeMat5(values));
    const map13 = (f: string, labels13: number[]) =>
      writeFileSync(join(f, 'class13Mapping.mat'), encodeMat5({ labels13 }));
    for (const [what, change, asked, message] of cases) {
      const error = await broken(change, asked);
      expect(error, what).toBeInstanceOf(ResourceError);
      expect(error.message, what).toMatch(message);
    }
  });

  it('reads a 13-class map that is no struct as well', async () => {
    const folder = join(directory, 'plain13');
    mkdirSync(folder);
    const labels13 = json('class13Mapping.json').labels13 as number[];
    writeFileSync(join(folder, 'class13Mapping.mat'), encodeMat5({ labels13 }));
    cpSync(golden('classMapping40.mat'), join(folder, 'classMapping40.mat'));
    const { readLabelRule } = await import('../../src/datasets/nyudv2-maps.ts');
    expect(await readLabelRule(folder, card, 13)).toEqual(await readLabelRule(directory, card, 13));
    expect((await readMat(join(folder, 'class13Mapping.mat'))).has('classMapping13')).toBe(false);
  });

  it('says which files it needs', () => {
    expect(LOADERS.nyudv2.needed(card)).toEqual(['mini.mat', 'splits.mat', 'classMapping40.mat']);
  });
});
