import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import h5wasm, { type Dataset as H5Dataset } from 'h5wasm/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset, Sample } from '../../src/core/dataset.ts';
import { ResourceError } from '../../src/core/errors.ts';
import { TAXONOMIES } from '../../src/core/taxonomies.ts';
import { datasetCardSchema } from '../../src/datasets/card.ts';
import { roomsSchema } from '../../src/datasets/generate-schema.ts';
import { openDataset } from '../../src/datasets/loaders.ts';
import { generateRooms, planFrames, ROOMS_FILES } from '../../src/datasets/rooms/index.ts';
import { stored } from '../../src/datasets/rooms/stored-frame.ts';
import { openHdf5 } from '../../src/formats/hdf5.ts';
import { readMat } from '../../src/formats/mat5.ts';
import { renderRoom } from '../../src/worlds/rooms/index.ts';
import { labelClasses, labelNames } from '../../src/worlds/rooms/labels.ts';

const rooms = (options: object) => roomsSchema.parse({ world: 'rooms', ...options });
const size = rooms({ train: 3, test: 2, width: 64, height: 48, seed: 7 });
const folder = mkdtempSync(join(tmpdir(), 'densebench-rooms-'));
const place = join(folder, 'rooms');
const progress: [number, number][] = [];
const rendered = planFrames(size).map(({ job }) => renderRoom(job));

beforeAll(async () => generateRooms(place, size, (done, total) => progress.push([done, total])));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the files', () => {
  it('are all there, and nothing else', () => {
    expect(readdirSync(place).sort()).toEqual([...ROOMS_FILES].sort());
    expect(readdirSync(folder)).toEqual(['rooms']);
    expect(progress).toEqual([1, 2, 3, 4, 5].map((done) => [done, 5]));
  });

  it('hold the rendered arrays in the axes of the official set, one frame a chunk', async () => {
    const file = await openHdf5(join(place, 'nyu_depth_v2_labeled.mat'));
    const side = await openHdf5(join(place, 'densebench_side.h5'));
    for (const name of ['images', 'depths', 'rawDepths', 'labels', 'instances', 'normals'] as const) {
      const dataset = (name === 'normals' ? side : file).dataset(name);
      const plane = name === 'images' || name === 'normals' ? [3, 64, 48] : [64, 48];
      expect(dataset.shape).toEqual([5, ...plane]);
      expect(dataset.chunk).toEqual([1, ...plane]);
      rendered.forEach((frame, i) => {
        const ranges = [[i, i + 1], ...plane.map((n) => [0, n])] as [number, number][];
        expect(dataset.readSlab(ranges)).toEqual(stored(frame)[name]);
      });
    }
    expect(side.dataset('poses').shape).toEqual([5, 4, 4]);
    expect([
      ...side.dataset('poses').readSlab([
        [4, 5],
        [0, 4],
        [0, 4],
      ]),
    ]).toEqual(rendered[4].pose);
    expect([
      ...side.dataset('intrinsics').readSlab([
        [0, 3],
        [0, 3],
      ]),
    ]).toEqual(rendered[0].intrinsics);
    expect(file.strings('names')).toEqual(labelNames);
    side.close();
    file.close();
    const raw = new h5wasm.File(join(place, 'nyu_depth_v2_labeled.mat'), 'r');
    expect((raw.get('images') as H5Dataset).attrs.MATLAB_class.value).toBe('uint8');
    raw.close();
  });

  it('carry the marks of MATLAB v7.3: user block, then HDF5 at byte 512', () => {
    const bytes = readFileSync(join(place, 'nyu_depth_v2_labeled.mat'));
    expect(bytes.toString('latin1', 0, 18)).toBe('MATLAB 7.3 MAT-fil');
    expect(bytes.toString('latin1', 124, 128)).toBe('\0\x02IM');
    expect(bytes.toString('latin1', 513, 516)).toBe('HDF');
    expect(bytes.readBigUInt64LE(512 + 24)).toBe(512n);
    expect(bytes.readBigUInt64LE(512 + 40)).toBe(BigInt(bytes.length));
  });

  it('keep the scenes of train and test apart, two frames a scene, and map several labels to one class', async () => {
    const file = await openHdf5(join(place, 'nyu_depth_v2_labeled.mat'));
    const scenes = file.strings('scenes');
    file.close();
    expect(scenes[0]).toBe(scenes[1]);
    expect(new Set(scenes).size).toBe(3);
    const splits = await readMat(join(place, 'splits.mat'));
    expect(splits.get('trainNdxs')).toMatchObject({ shape: [3, 1], data: Float64Array.of(1, 2, 3) });
    expect(splits.get('testNdxs')).toMatchObject({ shape: [2, 1], data: Float64Array.of(4, 5) });
    const map = await readMat(join(place, 'classMapping40.mat'));
    expect(map.get('mapClass')).toMatchObject({ shape: [1, labelNames.length], data: Float64Array.from(labelClasses) });
    expect(new Set(labelClasses).size).toBe(40);
    expect(labelClasses.length).toBeGreaterThan(40);
    const all = planFrames(rooms({ train: 24, test: 24, width: 64, height: 48, seed: 1 }));
    const of = (from: number) => new Set(all.slice(from, from + 24).map(({ job }) => job.seed));
    expect(of(0).size).toBe(12);
    expect([...of(0)].filter((seed) => of(24).has(seed))).toEqual([]);
    const walk = planFrames(rooms({ train: 6, test: 3, path: 'walk', framesPerScene: 3 }));
    expect(walk.map(({ job }) => job.frame)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
    expect(new Set(walk.map(({ scene }) => scene)).size).toBe(3);
    expect(walk.every(({ job }) => job.path === 'walk')).toBe(true);
  });
});

describe('through the real loader', () => {
  const card = datasetCardSchema.parse({ id: 'rooms', title: 'rooms', licence: { name: 'MIT' }, loader: 'nyudv2' });
  const load = async (dataset: Dataset): Promise<Sample[]> => {
    const samples: Sample[] = [];
    for await (const sample of dataset.load(dataset.samples.keys())) samples.push(sample);
    return samples;
  };

  it('gives the rendered image, classes, both depths and normals', async () => {
    for (const depth of ['raw', 'inpainted'] as const) {
      const dataset = await openDataset(card, { directory: place, split: 'test', classes: 40, depth });
      expect(dataset.info.tasks).toEqual(['segmentation', 'depth', 'normals']);
      const samples = await load(dataset);
      expect(samples.map(({ id }) => id)).toEqual(['000004', '000005']);
      for (const [i, sample] of samples.entries()) {
        const frame = rendered[3 + i];
        expect((await sample.image()).data).toEqual(frame.rgb);
        expect((await sample.normals()).data).toEqual(frame.normals);
        const [fxPx, , cxPx, , fyPx, cyPx] = frame.intrinsics;
        expect(await sample.intrinsics!()).toEqual({ fxPx, fyPx, cxPx, cyPx });
        const { data: labels } = await sample.segmentation();
        const trainIds = Array.from(frame.drawnLabels, (id) => (id === 0 ? 255 : labelClasses[id - 1] - 1));
        expect(Array.from(labels)).toEqual(trainIds);
        const { data: depths } = await sample.depth();
        const exact = depth === 'raw' ? frame.rawDepthM : frame.depthM;
        exact.forEach((z, k) => {
          if (z === 0) expect(depths[k]).toBeNaN();
          else expect(Math.abs(depths[k] - z)).toBeLessThan(0.00051);
        });
      }
      await dataset.close();
    }
  });

  it('offers the 13 classes too', async () => {
    const dataset = await openDataset(card, { directory: place, split: 'train', classes: 13, depth: 'raw' });
    const [sample] = await load(dataset);
    const { data } = await sample.segmentation();
    const wall = TAXONOMIES.nyud40.indexOf('wall') + 1;
    rendered[0].drawnLabels.forEach((id, k) => {
      if (id > 0 && labelClasses[id - 1] === wall) expect(dataset.info.classNames[data[k]]).toBe('wall');
    });
    await dataset.close();
  });
});

describe('what may go wrong', () => {
  const tiny = rooms({ train: 1, test: 1, width: 16, height: 12, seed: 1 });

  it('leaves nothing when it is interrupted', async () => {
    const parent = join(folder, 'interrupted');
    const stop = () => {
      throw new Error('stopped here');
    };
    await expect(generateRooms(join(parent, 'rooms'), tiny, stop)).rejects.toThrow('stopped here');
    expect(readdirSync(parent)).toEqual([]);
  });

  it('lets two generations at once end in one complete folder', async () => {
    const target = join(folder, 'twice', 'rooms');
    await Promise.all([generateRooms(target, tiny), generateRooms(target, tiny)]);
    expect(readdirSync(join(folder, 'twice'))).toEqual(['rooms']);
    expect(readdirSync(target).sort()).toEqual([...ROOMS_FILES].sort());
  });

  it('replaces a folder that lacks a file', async () => {
    const target = join(folder, 'half');
    mkdirSync(target);
    writeFileSync(join(target, 'splits.mat'), 'old');
    await generateRooms(target, tiny);
    expect(readdirSync(target).sort()).toEqual([...ROOMS_FILES].sort());
    expect(readFileSync(join(target, 'splits.mat'), 'latin1')).not.toBe('old');
  });

  it('names a place that cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    const inFile = generateRooms(join(folder, 'file', 'rooms'), tiny);
    await expect(inFile).rejects.toThrow(ResourceError);
    await expect(inFile).rejects.toThrow(join(folder, 'file', 'rooms'));
  });
});
