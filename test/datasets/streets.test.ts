import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset, Sample } from '../../src/core/dataset.ts';
import type { DepthTruth } from '../../src/core/protocol.ts';
import { TAXONOMIES } from '../../src/core/taxonomies.ts';
import { generateOptions } from '../../src/datasets/card.ts';
import { findCard } from '../../src/datasets/find-card.ts';
import { streetsSchema } from '../../src/datasets/generate-schema.ts';
import { openDataset } from '../../src/datasets/loaders.ts';
import { folderName } from '../../src/datasets/locate.ts';
import { scientific } from '../../src/datasets/streets/calibration.ts';
import { generateStreets, planStreets, STREETS_FILES } from '../../src/datasets/streets/index.ts';
import { openHdf5 } from '../../src/formats/hdf5.ts';
import { renderStreet } from '../../src/worlds/streets/index.ts';
import { STREET_LABELS, type StreetLabel } from '../../src/worlds/streets/labels.ts';

const streets = (options: object) => streetsSchema.parse({ world: 'streets', ...options });
const size = streets({ train: 3, test: 2, width: 310, height: 94, seed: 7 });
const folder = mkdtempSync(join(tmpdir(), 'densebench-streets-'));
const place = join(folder, 'streets');
const progress: [number, number][] = [];
const planned = planStreets(size);
const rendered = planned.map(({ job }) => renderStreet(job));
const card = findCard('streets');
const semantics = findCard('streets-semantics');

beforeAll(async () => generateStreets(place, size, (done, total) => progress.push([done, total])));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function samplesOf(dataset: Dataset): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const sample of dataset.load(dataset.samples.keys())) samples.push(sample);
  return samples;
}

const open = (depth: DepthTruth, split = 'test') => openDataset(card, { directory: place, split, classes: 6, depth });

describe('the files', () => {
  it('are those of the list, and nothing beside the folder is left', () => {
    for (const file of STREETS_FILES) expect(existsSync(join(place, file)), file).toBe(true);
    expect(readdirSync(folder)).toEqual(['streets']);
    expect(progress).toEqual([1, 2, 3, 4, 5].map((done) => [done, 5]));
  });

  it('list the frames of each split in the form of Eigen; no street is in both splits', () => {
    expect(readFileSync(join(place, 'test_files.txt'), 'utf8')).toBe(
      '2000_01_01/2000_01_01_drive_0002_sync 0000000000 l\n2000_01_01/2000_01_01_drive_0002_sync 0000000001 l\n',
    );
    const drives = (split: string) => new Set(planned.filter((f) => f.split === split).map(({ drive }) => drive));
    expect([...drives('train')]).toEqual(['2000_01_01_drive_0001_sync', '2000_01_01_drive_0003_sync']);
    const all = planStreets(streets({}));
    const seeds = (split: string) => all.filter((f) => f.split === split).map(({ job }) => job.seed);
    expect(seeds('train').filter((seed) => seeds('test').includes(seed))).toEqual([]);
    expect(new Set(seeds('train')).size).toBe(12);
  });

  it('write numbers as C does', () => {
    expect([0, 721.5377, -1.5e-12, 1e100, 9.9999999].map(scientific)).toEqual([
      '0.000000e+00',
      '7.215377e+02',
      '-1.500000e-12',
      '1.000000e+100',
      '1.000000e+01',
    ]);
  });

  it('hold the poses of the frames beside their names', async () => {
    const side = await openHdf5(join(place, 'densebench_side.h5'));
    expect(side.strings('frames')[4]).toBe('2000_01_01/2000_01_01_drive_0002_sync/image_02/data/0000000001');
    const poses = side.dataset('poses');
    expect(poses.shape).toEqual([5, 4, 4]);
    const slab = (i: number): [number, number][] => [
      [i, i + 1],
      [0, 4],
      [0, 4],
    ];
    for (const [i, frame] of rendered.entries()) expect([...poses.readSlab(slab(i))]).toEqual(frame.pose);
    side.close();
  });
});

describe('through the loader of KITTI', () => {
  it('gives the rendered image, the six classes, exact depth, normals and the camera', async () => {
    const dataset = await open('exact');
    expect(dataset.info).toMatchObject({ isSample: true, tasks: ['segmentation', 'depth', 'normals'] });
    const samples = await samplesOf(dataset);
    expect(samples.map(({ id }) => id)).toEqual([
      '2000_01_01_drive_0002_0000000000_l',
      '2000_01_01_drive_0002_0000000001_l',
    ]);
    const classOf = new Map(TAXONOMIES.kitti6.map((name, id) => [STREET_LABELS[name as StreetLabel], id]));
    for (const [i, sample] of samples.entries()) {
      const frame = rendered[3 + i];
      expect((await sample.image()).data).toEqual(frame.rgb);
      const { data } = await sample.segmentation();
      expect(Array.from(data)).toEqual(Array.from(frame.labels, (label) => classOf.get(label as never) ?? 255));
      const depths = (await sample.depth()).data;
      expect(Array.from(depths)).toEqual(Array.from(frame.depthM, (z) => (z === 0 ? Number.NaN : z)));
      expect((await sample.normals()).data).toEqual(frame.normals);
      const [fx, , cx, , fy, cy] = frame.intrinsics;
      const camera = (await sample.intrinsics!())!;
      for (const [stated, exact] of [
        [camera.fxPx, fx],
        [camera.fyPx, fy],
        [camera.cxPx, cx],
        [camera.cyPx, cy],
      ])
        expect(Math.abs(stated - exact)).toBeLessThan(1e-3);
    }
    await dataset.close();
  });

  it('reads the same camera from the calibration files, where there is no side file', async () => {
    const bare = join(folder, 'bare');
    cpSync(place, bare, { recursive: true });
    rmSync(join(bare, 'densebench_side.h5'));
    const camera = async (directory: string) => {
      const dataset = await openDataset(card, { directory, split: 'test', depth: 'velodyne' });
      const [sample] = await samplesOf(dataset);
      const intrinsics = await sample.intrinsics!();
      await dataset.close();
      return Object.values(intrinsics!);
    };
    const [read, exact] = [await camera(bare), await camera(place)];
    rmSync(bare, { recursive: true });
    // KITTI's files have seven digits.
    for (const [i, value] of read.entries()) expect(Math.abs(value - exact[i])).toBeLessThan(1e-4);
  });

  it('gives annotated depth that is the exact one to 1/512 m at a sixth of the lower pixels', async () => {
    const dataset = await open('annotated');
    for (const [i, sample] of (await samplesOf(dataset)).entries()) {
      const { data } = await sample.depth();
      let counted = 0;
      data.forEach((z, k) => {
        if (Number.isNaN(z)) return;
        counted++;
        expect(Math.abs(z - rendered[3 + i].depthM[k])).toBeLessThanOrEqual(0.5 / 256 + 1e-5);
      });
      const share = counted / ((2 / 3) * data.length);
      expect(share).toBeGreaterThan(0.06);
      expect(share).toBeLessThan(0.3);
    }
    await dataset.close();
  });

  it('projects the scan onto the exact depth: calibration, scanner and camera belong together', async () => {
    const dataset = await open('velodyne-corrected');
    for (const [i, sample] of (await samplesOf(dataset)).entries()) {
      const { data } = await sample.depth();
      const { depthM } = rendered[3 + i];
      const off: number[] = [];
      data.forEach((z, k) => {
        if (!Number.isNaN(z) && depthM[k] > 0 && depthM[k] < 25) off.push(z - depthM[k]);
      });
      const share = off.length / data.length;
      expect(share).toBeGreaterThan(0.02);
      off.sort((a, b) => a - b);
      const median = off[off.length >> 1];
      const spread = off.map(Math.abs).sort((a, b) => a - b)[off.length >> 1];
      expect(Math.abs(median)).toBeLessThan(0.01);
      expect(spread).toBeLessThan(0.05);
    }
    await dataset.close();
  });

  it('offers the same frames in the layout of the semantics', async () => {
    const dataset = await openDataset(semantics, { directory: place, split: 'test', classes: 6 });
    const samples = await samplesOf(dataset);
    expect(samples.map(({ id }) => id)).toEqual(['000003_10', '000004_10']);
    expect((await samples[0].image()).data).toEqual(rendered[3].rgb);
    expect(dataset.info.isSample).toBe(true);
    await dataset.close();
    expect(folderName(semantics)).toBe(folderName(card));
  });

  it('is asked for with equal options by both cards', () => {
    expect(generateOptions(semantics)).toEqual(generateOptions(card));
  });
});

describe('what may go wrong', () => {
  it('leaves nothing when it is interrupted', async () => {
    const tiny = streets({ train: 1, test: 1, width: 32, height: 16, seed: 1 });
    const stop = () => {
      throw new Error('stopped here');
    };
    await expect(generateStreets(join(folder, 'x'), tiny, stop)).rejects.toThrow('stopped here');
    expect(existsSync(join(folder, 'x'))).toBe(false);
    expect(readdirSync(folder)).toEqual(['streets']);
  });
});
