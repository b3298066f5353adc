import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Maps } from '../../src/core/tasks.ts';
import { readMap } from '../../src/formats/maps.ts';
import { encodeNpy } from '../../src/formats/npy.ts';
import { readPrediction, storePrediction } from '../../src/run/prediction-maps.ts';
import { describePredictions, readPredictionStorage } from '../../src/run/predictions.ts';
import { KEPT_PREDICTIONS, runFolders } from '../../src/run/records.ts';
import { openStored } from '../../src/run/stored.ts';
import { cli } from '../helpers/cli.ts';
import { IN_WORKSPACE, makeWorkspace, newestRun } from '../helpers/workspace.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'stored-'));
const depthOf = (values: readonly number[]): Maps => ({
  depth: { height: 1, width: values.length, channels: 1, data: Float32Array.from(values) },
});

describe('a stored prediction', () => {
  const data = { id: 'tiny', split: 'test' };

  it('comes back bit for bit from npy, whatever it holds', async () => {
    const run = folder();
    describePredictions(run, 'npy', data);
    const maps: Maps = {
      ...depthOf([0.1, -3, 0, Number.NaN, Infinity, 1e-30, 700.125]),
      segmentation: { height: 1, width: 3, channels: 1, data: Int32Array.of(-1, 70000, 3) },
      normals: { height: 1, width: 2, channels: 3, data: Float32Array.of(0.6, 0, -0.8, Number.NaN, 0, 0) },
    };
    const labels = { height: 1, width: 3, channels: 1, data: Uint8Array.of(255, 0, 3) };
    const open = { labels, sliceMass: 0.1 + 0.2, isOwnLargest: false, slices: 'a 2, b 3' };
    expect(storePrediction(run, 'net', 'a', { maps, open }, 'npy')).toBeUndefined();
    const paths = Object.fromEntries(
      [...Object.keys(maps), 'open'].map((kind) => [kind, join(run, 'predictions/net', kind, 'a.npy')]),
    );
    const read = await readPrediction(paths, readPredictionStorage(run));
    expect(read).toEqual({ maps, open });
    writeFileSync(join(run, 'predictions/net/open/a.json'), '{"sliceMass": 0.3');
    await expect(readPrediction(paths, readPredictionStorage(run))).rejects.toThrow(/open\/a\.json: damaged/);
  });

  it('is within 1/512 m in PNG, which says what it could not keep', async () => {
    const run = folder();
    describePredictions(run, 'png', data);
    const kept = [0.5, 1 / 256, 1.99999, 3.001953, 80, 255.9];
    const values = [...kept, 0.0005, 255.999, 4000, Infinity, -2, 0, Number.NaN];
    const loss = storePrediction(run, 'net', 'a', { maps: depthOf(values) }, 'png');
    expect(loss).toEqual({ nonePx: 4, largestPx: 2 });
    const path = join(run, 'predictions/net/depth/a.png');
    const { maps, depthLoss } = await readPrediction({ depth: path }, readPredictionStorage(run));
    expect(depthLoss).toEqual(loss);
    const read = [...(maps.depth?.data ?? [])];
    for (const [i, depthM] of kept.entries())
      expect(Math.abs(read[i] - Math.fround(depthM)), `${depthM}`).toBeLessThanOrEqual(1 / 512);
    // Above 0 stays above 0; what is too far is as far as the format goes; the rest is none.
    expect(read.slice(kept.length)).toEqual([1 / 256, 65535 / 256, 65535 / 256, NaN, NaN, NaN, NaN]);
    // Other programs read it by what predictions.json says.
    const { depth } = JSON.parse(readFileSync(join(run, 'predictions/predictions.json'), 'utf8'));
    const plain = await readMap('depth', path, { scale: depth.metresPerUnit, scaleOption: '' });
    expect(plain.data[0]).toBe(0.5);
  });

  it('has labels of 8 bits as PNG and any others as npy; normals are always npy', async () => {
    const run = folder();
    const label = (value: number) => ({ height: 1, width: 2, channels: 1, data: Int32Array.of(0, value) });
    const normals = { height: 1, width: 1, channels: 3, data: Float32Array.of(0, 0, -1) };
    storePrediction(run, 'net', 'small', { maps: { segmentation: label(255), normals } }, 'png');
    storePrediction(run, 'net', 'large', { maps: { segmentation: label(256) } }, 'png');
    storePrediction(run, 'net', 'outside', { maps: { segmentation: label(-1) } }, 'png');
    expect(readdirSync(join(run, 'predictions/net/segmentation')).sort()).toEqual([
      'large.npy',
      'outside.npy',
      'small.png',
    ]);
    expect(readdirSync(join(run, 'predictions/net/normals'))).toEqual(['small.npy']);
    for (const [file, value] of [
      ['small.png', 255],
      ['large.npy', 256],
      ['outside.npy', -1],
    ] as const) {
      const path = join(run, 'predictions/net/segmentation', file);
      const { maps } = await readPrediction({ segmentation: path }, { depth: { values: '' } });
      expect([...(maps.segmentation?.data ?? [])]).toEqual([0, value]);
    }
  });

  it('is of one format in one run', () => {
    const run = folder();
    describePredictions(run, 'npy', data);
    expect(() => describePredictions(run, 'npy', data)).not.toThrow();
    expect(() => describePredictions(run, 'png', data)).toThrow(/as npy; go on with --save-predictions npy/);
    writeFileSync(join(run, 'predictions/predictions.json'), '{"schema": "densebench.pred');
    expect(() => readPredictionStorage(run)).toThrow(/predictions\.json: damaged/);
  });
});

describe('a run that kept its predictions', () => {
  let root: string;
  let run: string;
  beforeAll(() => {
    root = makeWorkspace();
    expect(
      cli(['run', '--save-predictions', '--limit', '4', ...IN_WORKSPACE, '-c', 'suites/tiny.yaml'], { cwd: root })
        .status,
    ).toBe(0);
    run = newestRun(root, 'tiny');
  });
  /** Cards are looked for in the working directory. */
  const inRoot = async <T>(work: () => Promise<T>): Promise<T> => {
    const before = process.cwd();
    process.chdir(root);
    try {
      return await work();
    } finally {
      process.chdir(before);
    }
  };
  const idsOf = async (copy: string) =>
    inRoot(async () => {
      const stored = await openStored(runFolders(copy, KEPT_PREDICTIONS).folders[0], { dataDirectory: 'data' });
      try {
        const ids: string[] = [];
        for await (const { ref } of stored.samples('stored')) ids.push(ref.id);
        return ids;
      } finally {
        await stored.close();
      }
    });
  const copyOfRun = () => {
    const copy = folder();
    cpSync(run, copy, { recursive: true });
    return copy;
  };

  it('gives back every image with the very maps that were predicted and the truth they met', async () => {
    await inRoot(async () => {
      const stored = await openStored(runFolders('latest', KEPT_PREDICTIONS).directory);
      expect(stored.entries.map(({ entry, tasks, sampleIds }) => [entry.id, tasks, sampleIds.length])).toEqual([
        ['stored', ['segmentation', 'depth'], 4],
      ]);
      const seen: string[] = [];
      for await (const { ref, sample, maps, truth, truthHashes } of stored.samples('stored')) {
        seen.push(ref.id);
        for (const task of ['segmentation', 'depth'] as const) {
          const given = await readMap(task, join(root, 'predictions', task, `${ref.id}.npy`), { scaleOption: '' });
          expect(maps[task]).toEqual(given);
          expect(truth[task]).toEqual(await sample[task]());
        }
        expect(Object.keys(truthHashes)).toEqual(['segmentation', 'depth']);
      }
      expect(seen).toEqual(['frame-000', 'frame-001', 'frame-002', 'frame-003']);
      expect(() => stored.samples('store')).toThrow(/unknown entry "store".*did you mean "stored"/);
      await stored.close();
    });
  });

  it('is the one that "latest" means, also when a newer run kept none', async () => {
    expect(cli(['run', 'tiny', '--limit', '1', ...IN_WORKSPACE], { cwd: root }).status).toBe(0);
    expect(await idsOf('latest')).toHaveLength(4);
    expect(await idsOf('tiny')).toHaveLength(4);
    await expect(idsOf(newestRun(root, 'tiny'))).rejects.toThrow(/kept no predictions .*--save-predictions/);
  });

  it.each([
    ['a prediction that is gone', 'depth/frame-002.npy', (file: string) => rmSync(file), /no prediction of frame-002/],
    ['a torn one', 'depth/frame-001.npy', (file: string) => truncateSync(file, 200), /frame-001\.npy: truncated/],
    [
      'one of another kind',
      'segmentation/frame-000.npy',
      (file: string) => writeFileSync(file, encodeNpy({ shape: [2, 2], data: Float32Array.of(0.5, 0, 0, 0) })),
      /frame-000\.npy: 0\.5 .*is no label/,
    ],
  ])('refuses %s, naming it', async (_, name, damage, message) => {
    const copy = copyOfRun();
    damage(join(copy, 'predictions/stored', name));
    await expect(idsOf(copy)).rejects.toMatchObject({ message: expect.stringMatching(message), exitCode: 3 });
  });

  it('refuses another truth, other images and another card', async () => {
    const other = makeWorkspace();
    const open = async () => {
      const stored = await openStored(run, { dataDirectory: join(other, 'data') });
      try {
        for await (const _ of stored.samples('stored'));
      } finally {
        await stored.close();
      }
    };
    await inRoot(open);
    const depth = join(other, 'data/tiny/depth/frame-003.npy');
    const before = readFileSync(depth);
    writeFileSync(depth, encodeNpy({ shape: [96, 128], data: new Float32Array(96 * 128).fill(2) }));
    await expect(inRoot(open)).rejects.toMatchObject({
      message: expect.stringMatching(/the depth truth of image frame-003/),
      exitCode: 2,
    });
    writeFileSync(depth, before);
    for (const part of ['images/frame-000.png', 'labels/frame-000.png', 'depth/frame-000.npy'])
      rmSync(join(other, 'data/tiny', part));
    await expect(inRoot(open)).rejects.toMatchObject({
      message: expect.stringMatching(/5 images, then 6; .*other names/),
      exitCode: 2,
    });
    const card = join(root, 'datasets/tiny.yaml');
    const text = readFileSync(card, 'utf8');
    writeFileSync(card, text.replace('six frames', 'seven frames'));
    await expect(idsOf(run)).rejects.toMatchObject({
      message: expect.stringMatching(/its card has fingerprint/),
      exitCode: 2,
    });
    writeFileSync(card, text);
  });
});
