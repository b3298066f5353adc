import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Dataset, Sample } from '../../src/core/dataset.ts';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { datasetCardSchema, type LoaderId } from '../../src/datasets/card.ts';
import { LOADERS } from '../../src/datasets/loaders.ts';
import { encodePng } from '../../src/formats/png.ts';
import { MINI_KITTI_CARD, writeMiniKitti, writeMiniObject, writeMiniSemantics } from '../helpers/mini-kitti.ts';
import { writeMini } from '../helpers/mini-mat.ts';

const [WIDTH, HEIGHT, COUNT] = [3, 2, 4];

/** A few pairs as PNG files, each different. */
function writePairs(directory: string): void {
  for (const folder of ['image', 'segmentation', 'depth']) mkdirSync(join(directory, folder));
  for (let n = 0; n < COUNT; n++) {
    const put = (folder: string, channels: 1 | 3, data: Uint8Array | Uint16Array) =>
      writeFileSync(join(directory, folder, `s${n}.png`), encodePng({ height: HEIGHT, width: WIDTH, channels, data }));
    put(
      'image',
      3,
      Uint8Array.from({ length: 18 }, (_, i) => n * 20 + i),
    );
    put('segmentation', 1, Uint8Array.of(n, 0, 1, 255, 2, 3));
    put('depth', 1, Uint16Array.of(n, 0, 1000, 2000, 65535, 1));
  }
  const lines = Array.from({ length: COUNT }, (_, n) => `image/s${n}.png segmentation/s${n}.png depth/s${n}.png\n`);
  writeFileSync(join(directory, 'test.nyu'), lines.join(''));
}

/** For each layout: a small data set of it, and the rest of its card. A new loader needs a line here. */
const FIXTURES: Record<LoaderId, { write(directory: string): Promise<void> | void; card: Record<string, unknown> }> = {
  nyudv2: { write: (directory) => writeMini(directory), card: {} },
  'nyudv2-png': { write: writePairs, card: { lists: { test: 'test.nyu' }, classes: 4, taxonomy: 'four' } },
  folder: {
    write: writePairs,
    card: {
      images: { folder: 'image' },
      segmentation: { folder: 'segmentation', classes: 4, taxonomy: 'four' },
      depth: { folder: 'depth', scale: 0.001 },
    },
  },
  kitti: { write: writeMiniKitti, card: MINI_KITTI_CARD },
  'kitti-semantics': { write: writeMiniSemantics, card: {} },
  'kitti-object': { write: writeMiniObject, card: {} },
};

describe.each(Object.keys(LOADERS) as LoaderId[])('loader %s', (id) => {
  let directory: string;
  let dataset: Dataset;
  const head = { id: 'fixture', title: 'Fixture', licence: { name: 'none' }, loader: id };
  const card = datasetCardSchema.parse({ ...head, ...FIXTURES[id].card });
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'densebench-loader-'));
    await FIXTURES[id].write(directory);
    dataset = await LOADERS[id].open(card, { directory, split: 'test' });
  });
  afterEach(async () => {
    await dataset.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const load = async (indices: Iterable<number>) => {
    const samples: Sample[] = [];
    for await (const sample of dataset.load(indices)) samples.push(sample);
    return samples;
  };
  const content = async (sample: Sample) => ({
    id: sample.id,
    group: sample.group,
    image: await sample.image(),
    targets: await Promise.all(dataset.info.tasks.map((task) => sample[task]())),
  });

  it('says what it is', () => {
    const { info } = dataset;
    expect(info).toMatchObject({
      id: 'fixture',
      title: 'Fixture',
      licence: 'none',
      split: 'test',
      location: directory,
    });
    expect(info.isSample).toBe(false);
    expect(info.tasks.length).toBeGreaterThan(0);
    if (info.tasks.includes('segmentation')) expect(info.classNames.length).toBeGreaterThan(1);
    else expect(info).toMatchObject({ taxonomy: 'unknown', classNames: [] });
    expect(info.depthTruth).not.toBe('');
  });

  it('gives samples of unique, plain ids in a fixed order', async () => {
    const ids = dataset.samples.map((sample) => sample.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const sample of dataset.samples) {
      expect(sample.id).toMatch(/^[A-Za-z0-9._-]+$/);
      expect(sample.group).not.toBe('');
    }
    expect((await load(ids.keys())).map((sample) => sample.id)).toEqual(ids);
    const again = await LOADERS[id].open(card, { directory, split: 'test' });
    expect(again.samples).toEqual(dataset.samples);
    await again.close();
  });

  it('gives the same sample in any order, any number of times', async () => {
    const forward = await Promise.all((await load([0, 1, 2, 3])).map(content));
    const backward = await Promise.all((await load([3, 2, 2, 1, 0])).map(content));
    expect(backward).toEqual([3, 2, 2, 1, 0].map((index) => forward[index]));
    expect(forward[0].image.data).not.toEqual(forward[1].image.data);
  });

  it('gives targets of the size of the image, within their ranges', async () => {
    const { tasks } = dataset.info;
    let ignored = 0;
    for (const sample of await load([0, 1, 2, 3])) {
      const { height, width, channels, data } = await sample.image();
      expect(channels).toBe(3);
      expect(data).toHaveLength(height * width * 3);
      if (tasks.includes('segmentation')) {
        const labels = await sample.segmentation();
        expect(labels).toMatchObject({ height, width, channels: 1 });
        expect(labels.data.every((label) => label === 255 || label < dataset.info.classNames.length)).toBe(true);
        ignored += labels.data.filter((label) => label === 255).length;
      } else await expect(sample.segmentation()).rejects.toThrow(ResourceError);
      if (tasks.includes('depth')) {
        const depth = await sample.depth();
        expect(depth).toMatchObject({ height, width, channels: 1 });
        expect(depth.data.every((metres) => Number.isNaN(metres) || metres > 0)).toBe(true);
        expect(depth.data.some((metres) => Number.isNaN(metres))).toBe(true);
      } else await expect(sample.depth()).rejects.toThrow(ResourceError);
    }
    expect(ignored > 0).toBe(tasks.includes('segmentation'));
  });

  it('hands out arrays of the caller’s own', async () => {
    const [sample] = await load([0]);
    for (const task of dataset.info.tasks) {
      const first = await sample[task]();
      const copy = Float64Array.from(first.data);
      first.data.fill(7);
      expect(Float64Array.from((await sample[task]()).data)).toEqual(copy);
    }
  });

  it('has no sample outside its range, and closes twice', async () => {
    for (const index of [-1, 4, Number.NaN]) await expect(load([index])).rejects.toThrow(RangeError);
    await dataset.close();
    await dataset.close();
  });

  it('refuses what it does not offer and folders without its files', async () => {
    const asked = dataset.info.tasks.includes('segmentation') ? { classes: 7 } : { depth: 'inpainted' as const };
    await expect(LOADERS[id].open(card, { directory, split: 'test', ...asked })).rejects.toThrow(UsageError);
    await expect(LOADERS[id].open(card, { directory: join(directory, 'no'), split: 'test' })).rejects.toThrow(
      ResourceError,
    );
    expect(LOADERS[id].needed(card).length).toBeGreaterThan(0);
  });
});
