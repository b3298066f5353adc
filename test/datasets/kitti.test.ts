import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Dataset, Sample } from '../../src/core/dataset.ts';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { type DatasetCard, datasetCardSchema } from '../../src/datasets/card.ts';
import { filesToFetch } from '../../src/datasets/fetch.ts';
import { findCard } from '../../src/datasets/find-card.ts';
import { readKittiList } from '../../src/datasets/kitti-list.ts';
import { openDataset } from '../../src/datasets/loaders.ts';
import type { OpenRequest } from '../../src/datasets/request.ts';
import { verifyData } from '../../src/datasets/verify.ts';
import { createHdf5 } from '../../src/formats/hdf5-write.ts';
import { readLabels } from '../../src/formats/maps.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { encodePng } from '../../src/formats/png.ts';
import {
  driveOf,
  frameName,
  MINI_CALIBRATION,
  MINI_KITTI,
  MINI_KITTI_CARD,
  miniDepth,
  miniLabels,
  miniScan,
  scanBytes,
  writeMiniKitti,
  writeMiniObject,
  writer,
} from '../helpers/mini-kitti.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

const { width: W, height: H, date: DATE } = MINI_KITTI;
const DRIVE = driveOf(1);

const card = (fields: Record<string, unknown>): DatasetCard =>
  datasetCardSchema.parse({ id: 'mine', title: 'mine', licence: { name: 'none' }, ...fields });

async function all(dataset: Dataset): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const sample of dataset.load(dataset.samples.keys())) samples.push(sample);
  return samples;
}

let directory: string;
let put: (name: string, content: Uint8Array | string) => void;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'densebench-kitti-'));
  put = writer(directory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (fields: Record<string, unknown> = {}, request: Partial<OpenRequest> = {}) =>
  openDataset(card({ ...MINI_KITTI_CARD, ...fields }), { directory, split: 'test', ...request });
const failing = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ResourceError);
  return (error as Error).message;
};

describe('raw recordings', () => {
  beforeEach(() => writeMiniKitti(directory));

  it('have ids of drive, frame and side, and drives as groups', async () => {
    const dataset = await open({ counts: { test: 697 } });
    expect(dataset.samples).toEqual([
      { id: '2011_09_26_drive_0001_0000000000_l', group: '2011_09_26_drive_0001' },
      { id: '2011_09_26_drive_0001_0000000001_l', group: '2011_09_26_drive_0001' },
      { id: '2011_09_26_drive_0002_0000000000_l', group: '2011_09_26_drive_0002' },
      { id: '2011_09_26_drive_0002_0000000001_l', group: '2011_09_26_drive_0002' },
    ]);
    expect(dataset.info).toMatchObject({
      tasks: ['segmentation', 'depth'],
      taxonomy: 'kitti6',
      depthTruth: 'velodyne',
      isSample: false,
      officialCount: 697,
    });
    expect(dataset.info.classNames).toEqual(['sky', 'building', 'road', 'sidewalk', 'vegetation', 'car']);
  });

  it.each(['velodyne', 'velodyne-corrected', 'velodyne-forward'] as const)(
    '%s: the scan in the image',
    async (depth) => {
      for (const [frame, sample] of (await all(await open({}, { depth }))).entries()) {
        const { data } = await sample.depth();
        for (let i = 0; i < W * H; i++) {
          const column = i % W;
          // The camera sits on the scanner, so that forward distance and z-depth are the same.
          if (column === 0) expect(data[i]).toBeNaN();
          else expect(data[i]).toBe(miniDepth(frame, Math.floor(i / W), column));
        }
      }
    },
  );

  it('the right camera by the side of the list', async () => {
    for (const frame of [0, 1]) {
      const right = `${DATE}/${DRIVE}/image_03/data/${frameName(frame)}.png`;
      put(right, readFileSync(join(directory, right.replace('image_03', 'image_02'))));
    }
    put('test_files.txt', `${DATE}/${DRIVE} 0000000001 r\n`);
    const [sample] = await all(await open({ semantic: undefined }));
    expect(sample.id).toBe('2011_09_26_drive_0001_0000000001_r');
    // P_rect_03 shifts a point by -4 / z columns: those of 5 to 8 m go one column to the left.
    const { data } = await sample.depth();
    expect(data[0]).toBe(miniDepth(1, 0, 1));
    expect(data[W - 1]).toBeNaN();
    expect(await sample.intrinsics!()).toEqual({ fxPx: 4, fyPx: 4, cxPx: 3, cyPx: 1 });
    await expect(sample.segmentation()).rejects.toThrow(/has no segmentation/);
  });

  it('annotated depth: metres times 256, 0 is none, from train and val', async () => {
    const samples = await all(await open({}, { depth: 'annotated' }));
    for (const [frame, sample] of samples.entries()) {
      const { data } = await sample.depth();
      expect(data[0]).toBe(miniDepth(frame, 0, 0) + 0.25);
      expect(data[1]).toBeNaN();
    }
  });

  it('labelIds as the six classes, all others not counted', async () => {
    const [sample] = await all(await open());
    const { data } = await sample.segmentation();
    const of: Record<number, number> = { 23: 0, 11: 1, 7: 2, 8: 3, 21: 4, 26: 5 };
    expect(Array.from(data)).toEqual(Array.from(miniLabels(0), (id) => of[id] ?? 255));
    put(
      `semantic/${DATE}/${DRIVE}/image_02/data/${frameName(0)}.png`,
      encodePng({ height: H, width: W, channels: 1, data: miniLabels(0).map((id) => (id === 9 ? 34 : id)) }),
    );
    await expect(sample.segmentation()).rejects.toThrow(
      /label 34 at row 1, column 1; valid are 0\.\.33, Cityscapes' labelIds/,
    );
  });

  it('says how many frames lack which file, and which', async () => {
    const frame = (name: string) => `${DATE}/${DRIVE}/${name}/data/${frameName(1)}`;
    const gone = (name: string) => rmSync(join(directory, name));
    gone(`data_depth_annotated/train/${DRIVE}/proj_depth/groundtruth/image_02/${frameName(1)}.png`);
    expect(await failing(open({}, { depth: 'annotated' }))).toMatch(
      /no annotated depth for 1 of 4 frames: 2011_09_26_drive_0001_0000000001_l; bring data_depth_annotated, or take a split/,
    );
    expect((await open()).samples).toHaveLength(4);
    gone(`${frame('velodyne_points')}.bin`);
    expect(await failing(open())).toMatch(/no laser scan for 1 of 4 frames: .*0001_l; bring velodyne_points/);
    gone(`semantic/${frame('image_02')}.png`);
    put(`${frame('velodyne_points')}.bin`, scanBytes(miniScan(1)));
    expect(await failing(open())).toMatch(/no labels in semantic for 1 of 4 frames/);
    gone(`${frame('image_02')}.png`);
    put('test_files.txt', `${DATE}/${DRIVE} 1 l\n${DATE}/${DRIVE} 7 l\n${DATE}/${DRIVE} 0 l\n`);
    expect(await failing(open())).toMatch(
      /no image for 2 of 3 frames: 2011_09_26_drive_0001_0000000001_l, 2011_09_26_drive_0001_0000000007_l; bring their drives/,
    );
  });

  it('refuses a depth that it does not have, and a frame that stands twice', async () => {
    await expect(open({}, { depth: 'exact' })).rejects.toThrow(UsageError);
    await expect(open({}, { depth: 'raw' })).rejects.toThrow(/a depth of raw is not offered; it has velodyne or/);
    put('test_files.txt', `${DATE}/${DRIVE} 1 l\n${DATE}/${DRIVE} 0000000001 l\n`);
    expect(await failing(open())).toMatch(/give the same sample id "2011_09_26_drive_0001_0000000001_l"/);
  });

  it('a split of all takes a frame of two lists once', async () => {
    put('more.txt', `${DATE}/${DRIVE} 1 l\n`);
    const lists = { test: 'test_files.txt', more: 'more.txt' };
    expect((await open({ lists }, { split: 'all' })).samples).toHaveLength(4);
    expect((await open({ lists }, { split: 'more' })).samples).toHaveLength(1);
  });

  it('errors of a sample name its file', async () => {
    const scan = join(directory, `${DATE}/${DRIVE}/velodyne_points/data/${frameName(0)}.bin`);
    const depth = async () => failing((await all(await open()))[0].depth());
    truncateSync(scan, 40);
    expect(await depth()).toMatch(/0000000000\.bin: 40 bytes .* cut off at byte 32/);
    const calibration = (change: (line: string) => string) =>
      put(`${DATE}/calib_cam_to_cam.txt`, MINI_CALIBRATION['calib_cam_to_cam.txt'].map(change).join('\n'));
    put(`${DATE}/${DRIVE}/velodyne_points/data/${frameName(0)}.bin`, scanBytes(miniScan(0)));
    calibration((line) => line.replace('P_rect_02', 'P_rect_01'));
    expect(await depth()).toMatch(/calib_cam_to_cam\.txt: "P_rect_02" is missing; it holds calib_time, S_rect_02/);
    calibration((line) => line.replace('S_rect_02: 8 4', 'S_rect_02: 8 0'));
    expect(await depth()).toMatch(/S_rect_02 is 8 0, expected a width and a height/);
    // Another size than the image has: whoever is read second says so.
    calibration((line) => line.replace('S_rect_02: 8 4', 'S_rect_02: 9 4'));
    const [sample] = await all(await open());
    await sample.image();
    expect(await failing(sample.depth())).toMatch(
      /0000000000\.bin is 4x9 \(height x width\), .*0000000000\.png is 4x8/,
    );
    rmSync(join(directory, DATE, 'calib_velo_to_cam.txt'));
    expect(await depth()).toMatch(/calib_velo_to_cam\.txt: there is no such file/);
  });

  it('has exact depth, normals and a camera from the side file', async () => {
    const names = ['1', '2'].flatMap((drive) =>
      [0, 1].map((frame) => `${DATE}/${driveOf(Number(drive))}/image_02/data/${frameName(frame)}`),
    );
    const write = async (frames: readonly string[]) => {
      const side = await createHdf5(join(directory, 'densebench_side.h5'), { matlab: false });
      const depths = side.frames('depths', [W, H], frames.length);
      const normals = side.frames('normals', [3, W, H], frames.length);
      for (const [n] of frames.entries()) {
        depths.append(
          Float32Array.from({ length: W * H }, (_, i) =>
            i === 0 ? Number.NaN : 10 * n + Math.floor(i / H) + (i % H) / 8,
          ),
        );
        normals.append(Float32Array.from({ length: 3 * W * H }, (_, i) => (i < 2 * W * H ? 0 : -1)));
      }
      side.array('generated', Float64Array.of(1), [1]);
      side.array('intrinsics', Float64Array.of(3, 0, 3.5, 0, 3, 1.5, 0, 0, 1), [3, 3]);
      side.strings('frames', frames);
      side.close();
    };
    await write([...names].reverse());
    const dataset = await open({}, { depth: 'exact' });
    expect(dataset.info).toMatchObject({
      tasks: ['segmentation', 'depth', 'normals'],
      depthTruth: 'exact',
      isSample: true,
    });
    const samples = await all(dataset);
    // Frame 0 of the list is the last of the side file; column x, row y lie at x * H + y there.
    const { data } = await samples[0].depth();
    expect(data[0]).toBeNaN();
    expect(data[2 * W + 5]).toBe(30 + 5 + 2 / 8);
    expect(Array.from((await samples[0].normals()).data.slice(0, 3))).toEqual([0, 0, -1]);
    expect(await samples[1].intrinsics!()).toEqual({ fxPx: 3, fyPx: 3, cxPx: 3.5, cyPx: 1.5 });
    await dataset.close();
    await write(names.slice(1));
    expect(await failing(open({}, { depth: 'exact' }))).toMatch(
      /densebench_side\.h5: \/frames lacks 1 of 4 frames: 2011_09_26_drive_0001_0000000000_l/,
    );
  });
});

describe('lists of frames', () => {
  const read = (text: string) => {
    put('list.txt', text);
    return readKittiList(join(directory, 'list.txt'));
  };
  const BTS = (truth: string) => `d1/d1_drive_0002_sync/image_03/data/0000000069.png ${truth} 721.5377\n`;

  it('are read in both forms of the field', async () => {
    const frame = { date: 'd1', drive: 'd1_drive_0002_sync', frame: '0000000069' };
    expect(await read('d1/d1_drive_0002_sync 69 l\r\n\n  d1/d1_drive_0002_sync 0000000069 r\n')).toEqual({
      frames: [
        { ...frame, camera: 2 },
        { ...frame, camera: 3 },
      ],
      withoutTruth: 0,
    });
    const truth = 'd1_drive_0002_sync/proj_depth/groundtruth/image_03/0000000069.png';
    expect(await read(BTS('None') + BTS(truth))).toEqual({ frames: [{ ...frame, camera: 3 }], withoutTruth: 1 });
  });

  it('name the line that is neither', async () => {
    for (const [text, message] of [
      ['d1/x 1 l\nd1/x 1 q\n', /list\.txt:2: "d1\/x 1 q" is neither/],
      ['d1/x 12345678901 l\n', /list\.txt:1: .* is neither/],
      ['x 1 l\n', /list\.txt:1: "x" is not of the form <date>\/<drive>/],
      ['../x 1 l\n', /list\.txt:1: "\.\.\/x" is not of the form/],
      ['/d1/x 1 l\n', /list\.txt:1: "\/d1\/x" is not of the form/],
      ['a/b/c 1 l\n', /is not of the form/],
      [BTS('elsewhere.png'), /list\.txt:1: truth "elsewhere\.png" is not that of drive d1_drive_0002_sync, camera 3/],
      [BTS('None'), /none of its 1 lines names a truth/],
      ['\n', /list\.txt: the list is empty/],
    ] as const)
      expect(await failing(read(text)), text).toMatch(message);
  });

  it.skipIf(needsShared('real', 'splits').skip)("of Eigen's frames as they are published", async () => {
    const real = (name: string) => readKittiList(sharedPath('real', 'splits', name));
    const [all697, only652] = [await real('kitti_eigen_697.txt'), await real('kitti_eigen_652.txt')];
    const bts = await real('eigen_test_files_with_gt.txt');
    expect([all697.frames.length, only652.frames.length]).toEqual([697, 652]);
    expect(bts).toMatchObject({ withoutTruth: 45 });
    // The two lists say the same: the frames with a truth, in one order.
    expect(bts.frames).toEqual(only652.frames);
    const key = ({ drive, frame, camera }: (typeof bts.frames)[number]) => `${drive} ${frame} ${camera}`;
    expect(new Set(all697.frames.map(key)).size).toBe(697);
    expect(only652.frames.every((frame) => new Set(all697.frames.map(key)).has(key(frame)))).toBe(true);
    expect(new Set(all697.frames.map(({ drive }) => drive)).size).toBe(28);
  });

  it('of which some have no truth are counted as such by verify, and others than the published are told', async () => {
    writeMiniKitti(directory);
    const line = (frame: number, truth: string) =>
      `${DATE}/${DRIVE}/image_02/data/${frameName(frame)}.png ${truth} 4.0\n`;
    put('bts.txt', line(0, 'None') + line(1, `${DRIVE}/proj_depth/groundtruth/image_02/${frameName(1)}.png`));
    const mine = card({
      ...MINI_KITTI_CARD,
      lists: { test: 'bts.txt' },
      counts: { test: 697 },
      files: [{ name: 'bts.txt', url: 'https://example.org/bts.txt', sha256: '0'.repeat(64) }],
    });
    const result = await verifyData(mine, directory);
    expect(result.ok).toBe(false);
    expect(result.files[0]).toMatchObject({ name: 'bts.txt', status: 'wrong checksum', expected: '0'.repeat(64) });
    expect(result.splits[0]).toMatchObject({ split: 'test', samples: 1, officialCount: 697, leftOut: 1 });
  });
});

describe('the cards that ship', () => {
  it.skipIf(needsShared('real', 'splits').skip)('kitti-eigen holds its lists to the published ones', async () => {
    const eigen = findCard('kitti-eigen');
    for (const name of ['eigen_697.txt', 'eigen_652.txt'])
      put(name, readFileSync(sharedPath('real', 'splits', `kitti_${name}`)));
    const { files } = await verifyData(eigen, directory);
    expect(files.slice(0, 2)).toMatchObject([
      { name: 'eigen_697.txt', status: 'ok' },
      { name: 'eigen_652.txt', status: 'ok' },
    ]);
    const frames = (await readKittiList(join(directory, 'eigen_697.txt'))).frames;
    const archives = eigen.files.map(({ name }) => name);
    for (const { date, drive } of frames)
      expect(archives).toEqual(expect.arrayContaining([`${date}_calib.zip`, `${drive}.zip`]));
    expect(archives).toHaveLength(2 + 5 + 28 + 1);
    // What was unpacked by hand is not fetched again.
    for (const { date, drive } of frames) mkdirSync(join(directory, date, drive), { recursive: true });
    for (const date of new Set(frames.map((frame) => frame.date))) put(`${date}/calib_cam_to_cam.txt`, '');
    expect(filesToFetch(eigen, { dataDir: directory }).map(({ name }) => name)).toEqual(['data_depth_annotated.zip']);
    mkdirSync(join(directory, 'data_depth_annotated'));
    expect(filesToFetch(eigen, { dataDir: directory })).toEqual([]);
    const checked = (await verifyData(eigen, directory)).files.filter(({ name }) => name.endsWith('.zip'));
    expect(checked.map(({ status }) => status)).toEqual(checked.map(() => 'unknown'));
  });

  it.skipIf(needsShared('real', 'nyud-authors').skip)("kitti-ros reads the authors' own example", async () => {
    const example = (name: string) => sharedPath('real', 'nyud-authors', 'examples', 'ExpKITTI_joint', name);
    for (const folder of ['images', 'labels']) mkdirSync(join(directory, folder));
    cpSync(example('000099.png'), join(directory, 'images', '07_000099.png'));
    cpSync(example('segm_gt_000099.png'), join(directory, 'labels', '07_000099.png'));
    put('test.txt', '07_000099\n');
    const [sample] = await all(await openDataset(findCard('kitti-ros'), { directory, split: 'test', classes: 6 }));
    expect(sample).toMatchObject({ id: '07_000099', group: '07' });
    const labels = await sample.segmentation();
    const expected = await readLabels(
      sharedPath('golden', 'datasets', 'authors_examples', 'segm_gt_000099.indices.png'),
    );
    expect([labels.height, labels.width]).toEqual([370, 1226]);
    expect(
      Buffer.from(labels.data as Uint8Array).equals(Buffer.from(expected.data.map((id) => (id === 6 ? 255 : id)))),
    ).toBe(true);
  });

  it('kitti-ros takes any other colour for an error of its place', async () => {
    put('images/07_000001.png', encodePng({ height: 1, width: 3, channels: 3, data: new Uint8Array(9) }));
    put(
      'labels/07_000001.png',
      encodePng({ height: 1, width: 3, channels: 3, data: Uint8Array.of(0, 0, 0, 128, 0, 0, 192, 192, 128) }),
    );
    put('test.txt', '07_000001\n');
    const [sample] = await all(await openDataset(findCard('kitti-ros'), { directory, split: 'test' }));
    await expect(sample.segmentation()).rejects.toThrow(
      /colour \(192, 192, 128\) at row 0, column 2 belongs to no class/,
    );
  });
});

describe('frames of the object benchmark', () => {
  beforeEach(() => writeMiniObject(directory));
  const openObject = () => openDataset(card({ loader: 'kitti-object' }), { directory, split: 'test' });

  it('have depth and camera', async () => {
    const dataset = await openObject();
    expect(dataset.info).toMatchObject({ tasks: ['depth'], depthTruth: 'velodyne' });
    const sample = (await all(dataset))[2];
    expect(sample.id).toBe('000002');
    const { height, width, data } = await sample.depth();
    expect([height, width]).toEqual([H, W]);
    expect(data[W + 3]).toBe(miniDepth(2, 1, 3));
    expect(await sample.intrinsics!()).toEqual({ fxPx: 4, fyPx: 4, cxPx: 3, cyPx: 1 });
  });

  it('name what is missing', async () => {
    put('training/calib/000001.txt', 'P0: 4 0 4 0 0 4 2 0 0 0 1 0\n');
    expect(await failing((await all(await openObject()))[1].depth())).toMatch(/000001\.txt: "P2" is missing/);
    rmSync(join(directory, 'training/velodyne/000003.bin'));
    expect(await failing(openObject())).toMatch(/velodyne: no scan for 1 of 4 images: 000003/);
  });
});

describe.skipIf(needsShared('real', 'kitti-object').skip)('real frames of the object benchmark', () => {
  it('have the scan in the image, and the camera of P2, counted from 0', async () => {
    const real = sharedPath('real', 'kitti-object');
    const dataset = await openDataset(card({ loader: 'kitti-object', folder: '.' }), {
      directory: real,
      split: 'test',
    });
    const [first, second] = await all(dataset);
    expect(await first.intrinsics!()).toEqual({
      fxPx: 707.0493,
      fyPx: 707.0493,
      cxPx: 604.0814 - 1,
      cyPx: 180.5066 - 1,
    });
    for (const [sample, height, width] of [
      [first, 370, 1224],
      [second, 375, 1242],
    ] as const) {
      const depth = await sample.depth();
      expect(await sample.image()).toMatchObject({ height, width });
      expect(depth).toMatchObject({ height, width });
      // A scan of 64 lines covers the lower two thirds of the image, one pixel in some 25.
      const measured = Array.from(depth.data.entries()).filter(([, metres]) => metres > 0);
      expect(measured.length / depth.data.length).toBeGreaterThan(0.03);
      expect(measured.every(([i]) => i > 0.25 * depth.data.length)).toBe(true);
    }
  });
});

describe.skipIf(needsShared('golden', 'datasets', 'kitti').skip)("the miniature of KITTI's own files", () => {
  const golden = (...parts: string[]) => sharedPath('golden', 'datasets', 'kitti', ...parts);
  const tree = mkdtempSync(join(tmpdir(), 'densebench-kitti-golden-'));
  afterAll(() => rmSync(tree, { recursive: true, force: true }));
  cpSync(golden('raw'), tree, { recursive: true, mode: 0 });
  cpSync(golden('data_depth_annotated'), join(tree, 'data_depth_annotated'), { recursive: true, mode: 0 });
  writeFileSync(join(tree, 'list.txt'), '2011_09_26/2011_09_26_drive_0001_sync 5 l\n');
  const mini = card({ loader: 'kitti', lists: { test: 'list.txt' }, dates: ['2011_09_26'] });

  it.each([
    ['velodyne', 'velodyne_depth_cam2'],
    ['velodyne-corrected', 'velodyne_depth_cam2_nearest_no_collision'],
    ['velodyne-forward', 'velodyne_depth_cam2_vel_depth'],
    ['annotated', 'annotated_0000000005_devkit_depth_read'],
  ] as const)('%s: every pixel of %s', async (depth, name) => {
    const [sample] = await all(await openDataset(mini, { directory: tree, split: 'test', depth }));
    expect(await sample.image()).toMatchObject({ height: 375, width: 1242, channels: 3 });
    const { data } = await sample.depth();
    const expected = (await readNpy(golden('expected', `${name}.npy.gz`))).data as Float64Array;
    let worst = 0;
    // 0, and -1 of the development kit, mark what was not measured.
    for (const [i, metres] of expected.entries())
      worst = Math.max(worst, metres > 0 ? Math.abs(data[i] - metres) / metres : Number.isNaN(data[i]) ? 0 : 1);
    expect(worst).toBeLessThan(1e-9);
  });

  it('labelIds: the six classes, by Cityscapes own table of train ids', async () => {
    const dataset = await openDataset(card({ loader: 'kitti-semantics', folder: 'training', counts: { test: 200 } }), {
      directory: golden('data_semantics'),
      split: 'test',
    });
    const [sample] = await all(dataset);
    expect(sample.id).toBe('000000_10');
    expect(dataset.info.officialCount).toBe(200);
    // Train ids of Cityscapes: road 0, sidewalk 1, building 2, vegetation 8, sky 10, car 13.
    const of: Record<number, number> = { 10: 0, 2: 1, 0: 2, 1: 3, 8: 4, 13: 5 };
    const trainIds = (await readLabels(golden('expected', 'semantic_000000_10_trainIds.png'))).data;
    const { data } = await sample.segmentation();
    expect(Buffer.from(data as Uint8Array).equals(Buffer.from(trainIds.map((id) => of[id] ?? 255)))).toBe(true);
  });
});
