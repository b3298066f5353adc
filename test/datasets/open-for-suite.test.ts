import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { openForSuite } from '../../src/datasets/open-for-suite.ts';

const SMALL = `
id: small-rooms
title: small rooms
licence: { name: MIT }
loader: nyudv2
generate: { world: rooms, train: 2, test: 3, width: 64, height: 48, seed: 7 }
`;

describe('openForSuite', () => {
  let root: string;
  let sample: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'densebench-open-'));
    sample = join(root, 'small-rooms.yaml');
    writeFileSync(sample, SMALL);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const data = { id: 'nyudv2', split: 'test', classes: 40, depth: 'raw' } as const;
  const environment = () => ({ XDG_CACHE_HOME: join(root, 'cache') });

  it('makes the sample once, in the cache, and says what it stands in for and why', async () => {
    const seen: [number, number][] = [];
    const onProgress = (done: number, total: number) => seen.push([done, total]);
    const { dataset, standsInFor } = await openForSuite(
      { ...data, sample },
      { environment: environment(), onProgress },
    );
    const place = join(root, 'cache/densebench/datasets/nyudv2');
    expect(standsInFor).toEqual({
      id: 'nyudv2',
      reason: `nyu_depth_v2_labeled.mat, splits.mat, classMapping40.mat not found (looked in ${place})`,
    });
    expect(dataset.info).toMatchObject({
      id: 'small-rooms',
      isSample: true,
      tasks: ['segmentation', 'depth', 'normals'],
      taxonomy: 'nyud40',
      depthTruth: 'raw',
    });
    expect(dataset.samples).toHaveLength(3);
    for await (const one of dataset.load([0, 1, 2])) {
      const image = await one.image();
      expect(image).toMatchObject({ height: 48, width: 64, channels: 3 });
      expect((await one.segmentation()).data.every((id) => id < 40 || id === 255)).toBe(true);
      const { data: metres } = await one.depth();
      expect(metres.some((value) => Number.isNaN(value)) && metres.some((value) => value > 0.3)).toBe(true);
      const normals = await one.normals();
      expect(normals).toMatchObject({ height: 48, width: 64, channels: 3 });
      // Towards the camera: against the ray of the central pixel, which runs along z.
      expect(normals.data[3 * (24 * 64 + 32) + 2]).toBeLessThan(0);
    }
    await dataset.close();
    expect(seen.at(-1)).toEqual([5, 5]);
    seen.length = 0;
    const train = await openForSuite(
      { ...data, split: 'train', classes: 13, sample },
      { environment: environment(), onProgress },
    );
    expect(train.dataset.samples).toHaveLength(2);
    expect(train.dataset.info.classNames).toHaveLength(13);
    for await (const one of train.dataset.load([1]))
      expect((await one.segmentation()).data.every((id) => id < 13 || id === 255)).toBe(true);
    await train.dataset.close();
    expect(seen).toEqual([]);
    expect(readdirSync(join(root, 'cache/densebench/datasets'))).toHaveLength(1);
  });

  it('uses a sample that a suite asks for by name as what it is', async () => {
    const { dataset, standsInFor } = await openForSuite(
      { ...data, id: sample },
      { environment: environment(), requireData: true },
    );
    expect(standsInFor).toBeUndefined();
    expect(dataset.info.isSample).toBe(true);
    await dataset.close();
  });

  it('knows sample data under the name of the real ones, and does not let them pass for required data', async () => {
    const first = await openForSuite({ ...data, id: sample }, { environment: environment() });
    const folder = first.dataset.info.location;
    await first.dataset.close();
    const posing = await openForSuite(data, { environment: environment(), dataDir: folder });
    expect(posing.dataset.info).toMatchObject({ id: 'nyudv2', isSample: true, officialCount: 654 });
    await posing.dataset.close();
    await expect(
      openForSuite(data, { environment: environment(), dataDir: folder, requireData: true }),
    ).rejects.toThrow(/sample data that densebench made/);
  });

  it('fails without a sample, or when data are required, saying how to get them', async () => {
    const options = { environment: environment(), requireData: true };
    await expect(openForSuite({ ...data, sample }, options)).rejects.toThrow(ResourceError);
    await expect(openForSuite({ ...data, sample }, options)).rejects.toThrow(/"densebench data fetch nyudv2"/);
    await expect(openForSuite(data, { environment: environment() })).rejects.toThrow(
      /looked in .*nyudv2\)\. Get it with/,
    );
    await expect(openForSuite(data, { ...options, offline: true })).rejects.toThrow(/Bring the files to .*nyudv2/);
  });

  it('never lets the sample in for a data set that is there but damaged, nor for a wrong --data', async () => {
    const dataDir = join(root, 'damaged');
    mkdirSync(dataDir);
    for (const name of ['nyu_depth_v2_labeled.mat', 'splits.mat', 'classMapping40.mat'])
      writeFileSync(join(dataDir, name), 'damaged');
    const options = { environment: environment(), dataDir };
    await expect(openForSuite({ ...data, sample }, options)).rejects.toThrow(/classMapping40\.mat: not a MATLAB file/);
    await expect(openForSuite({ ...data, sample }, { ...options, dataDir: join(root, 'typo') })).rejects.toThrow(
      UsageError,
    );
    await expect(openForSuite({ ...data, sample }, { ...options, dataDir: sample })).rejects.toThrow(
      /there is no such folder/,
    );
    expect(existsSync(join(root, 'typo'))).toBe(false);
  });

  it('names what is missing of a data set that is there in part', async () => {
    const dataDir = join(root, 'partial');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'splits.mat'), 'x');
    const { dataset, standsInFor } = await openForSuite({ ...data, sample }, { environment: environment(), dataDir });
    expect(standsInFor?.reason).toContain(
      `nyu_depth_v2_labeled.mat, classMapping40.mat missing in ${dataDir} (looked in`,
    );
    await dataset.close();
  });
});
