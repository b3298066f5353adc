import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Dataset, Sample } from '../../src/core/dataset.ts';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { datasetCardSchema } from '../../src/datasets/card.ts';
import { findCard } from '../../src/datasets/find-card.ts';
import { openDataset } from '../../src/datasets/loaders.ts';
import { encodePng } from '../../src/formats/png.ts';
import { planRun } from '../../src/run/plan.ts';
import { loadSuite } from '../../src/suite/load.ts';
import { isJoint } from '../../src/suite/loaded.ts';
import { MINI, writeMini, writeMiniSide } from '../helpers/mini-mat.ts';

let directory: string;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'densebench-frame-normals-'));
  await writeMini(directory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The authors' colour of a normal; their red tells frames apart here. */
function put(name: string, red: number, { width = MINI.width, height = MINI.height } = {}): void {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  const green = 255 - red;
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => [red, green, 128][i % 3]);
  writeFileSync(join(directory, name), encodePng({ height, width, channels: 3, data }));
}

const open = (normals: unknown = { folder: 'normals' }, split = 'test') =>
  openDataset(
    datasetCardSchema.parse({ id: 'mini', title: 'mini', licence: { name: 'none' }, loader: 'nyudv2', normals }),
    { directory, split },
  );

/** The signs of x of all samples: positive above 127.5 red. */
async function signs(dataset: Dataset): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for await (const sample of dataset.load(dataset.samples.keys())) found[sample.id] = await signOf(sample);
  return found;
}
const signOf = async (sample: Sample) => Math.sign((await sample.normals()).data[0]);

// testNdxs of the mini data: 1, 3, 5, 7.
const TEST = [1, 3, 5, 7];
const right = (frame: number) => (frame === 3 ? 230 : 30);
const RIGHT = { '000001': -1, '000003': 1, '000005': -1, '000007': -1 };

describe('normals beside the official file', () => {
  it('are found by the number of the frame, however many digits it has', async () => {
    for (const frame of TEST) put(`normals/${String(frame).padStart(frame === 3 ? 6 : 5, '0')}.png`, right(frame));
    put('normals/000002.png', 128);
    const dataset = await open();
    expect(dataset.info.tasks).toEqual(['segmentation', 'depth', 'normals']);
    expect(dataset.remedies).toBeUndefined();
    expect(await signs(dataset)).toEqual(RIGHT);
    await dataset.close();
  });

  it('of several folders, counted from 0, among other files', async () => {
    for (const frame of TEST) {
      const folder = frame < 4 ? 'test' : 'train';
      put(`${folder}/00000${frame - 1}_normal.png`, right(frame));
      put(`${folder}/00000${frame - 1}_img.png`, 1);
    }
    const rule = { folder: ['test', 'train'], stem: '^(\\d+)_normal$', first: 0 };
    const dataset = await open(rule);
    expect(await signs(dataset)).toEqual(RIGHT);
    await dataset.close();
    // The other encoding has the other sign.
    const geonet = await open({ ...rule, encoding: 'geonet' });
    expect(Object.values(await signs(geonet))).toEqual([1, -1, 1, 1]);
    await geonet.close();
  });

  it('a split without any lacks the task; a split with some is damaged', async () => {
    for (const frame of TEST) put(`normals/${frame}.png`, right(frame));
    const train = await open(undefined, 'train');
    expect(train.info.tasks).toEqual(['segmentation', 'depth']);
    await train.close();
    rmSync(join(directory, 'normals/5.png'));
    await expect(open()).rejects.toThrow(ResourceError);
    await expect(open()).rejects.toThrow(/normals: no normals for 1 of 4 frames: 000005/);
  });

  it('says what is wrong with a folder', async () => {
    put('normals/one.png', 1);
    await expect(open()).rejects.toThrow(/no file is named by the number of a frame.*normals\.stem/);
    for (const frame of TEST) put(`normals/${frame}.png`, 30);
    put('normals/0007.png', 30);
    await expect(open()).rejects.toThrow(/0007\.png and .*7\.png are of the same frame/);
  });

  it('has the size of the image', async () => {
    for (const frame of TEST) put(`normals/${frame}.png`, 30, { width: 3, height: 4 });
    const dataset = await open();
    await expect(signs(dataset)).rejects.toThrow(/1\.png is 4x3 .*sample 000001 4x6/);
    await dataset.close();
  });

  it('go before the side file, which serves where the folder is not there', async () => {
    const plane = MINI.width * MINI.height;
    const exact = Float32Array.from({ length: MINI.frames * 3 * plane }, (_, i) =>
      Math.floor(i / plane) % 3 === 0 ? 1 : 0,
    );
    await writeMiniSide(directory, exact);
    const side = await open();
    expect(Object.values(await signs(side))).toEqual([1, 1, 1, 1]);
    await side.close();
    for (const frame of TEST) put(`normals/${frame}.png`, 30);
    const folder = await open();
    expect(Object.values(await signs(folder))).toEqual([-1, -1, -1, -1]);
    await folder.close();
  });
});

describe('a suite of normals without them', () => {
  const loaded = loadSuite('nyud-normals');
  if (isJoint(loaded)) throw new Error('nyud-normals has no parts');
  const { suite } = loaded;

  it('says where to lay them', async () => {
    expect(findCard('nyudv2')).toMatchObject({ normals: { folder: 'normals', encoding: 'authors' } });
    const dataset = await open();
    const plan = () => planRun(suite, dataset, [], undefined, 'card');
    expect(plan).toThrow(UsageError);
    expect(plan).toThrow(join(directory, 'normals'));
    expect(plan).toThrow(
      /asks for normals.*has only segmentation, depth: lay them into .*docs\/data\.md.*remove the task/,
    );
    const bare = await openDataset(
      datasetCardSchema.parse({ id: 'mini', title: 'mini', licence: { name: 'none' }, loader: 'nyudv2' }),
      { directory, split: 'test' },
    );
    expect(() => planRun(suite, bare, [], undefined, 'card')).toThrow(/name their folder with "normals"/);
    await Promise.all([dataset.close(), bare.close()]);
  });
});
