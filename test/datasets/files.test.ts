import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Dataset, Sample } from '../../src/core/dataset.ts';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { type DatasetCard, datasetCardSchema } from '../../src/datasets/card.ts';
import { openDataset } from '../../src/datasets/loaders.ts';
import type { OpenRequest } from '../../src/datasets/request.ts';
import { unpack } from '../../src/datasets/unpack.ts';
import { verifyData } from '../../src/datasets/verify.ts';
import { encodeNpy } from '../../src/formats/npy.ts';
import { encodePng } from '../../src/formats/png.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

const card = (fields: Record<string, unknown>): DatasetCard =>
  datasetCardSchema.parse({ id: 'mine', title: 'mine', licence: { name: 'none' }, ...fields });

async function first(dataset: Dataset): Promise<Sample> {
  for await (const sample of dataset.load([0])) return sample;
  throw new Error('the data set is empty');
}

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'densebench-files-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, content: Uint8Array | string): void {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), content);
}
const grey = (values: number[], width = 2) =>
  encodePng({ height: values.length / width, width, channels: 1, data: Uint8Array.from(values) });
const grey16 = (values: number[], width = 2) =>
  encodePng({ height: values.length / width, width, channels: 1, data: Uint16Array.from(values) });
const rgb = (values: number[], width = 2) =>
  encodePng({ height: values.length / width / 3, width, channels: 3, data: Uint8Array.from(values) });
const PICTURE = rgb([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const npy = (shape: number[], data: Float32Array | Int32Array) => encodeNpy({ shape, data });

const open = (fields: Record<string, unknown>, request: Partial<OpenRequest> = {}) =>
  openDataset(card(fields), { directory, split: 'test', ...request });

describe('folder', () => {
  const BASE = {
    loader: 'folder',
    images: { folder: 'rgb' },
    segmentation: { folder: 'seg', classes: 3, classNames: ['a', 'b', 'c'], taxonomy: 'abc' },
    depth: { folder: 'depth', scale: 0.001, truth: 'raw' },
    normals: { folder: 'normals' },
  };
  const scene = (stem: string) => {
    write(`rgb/${stem}.png`, PICTURE);
    write(`seg/${stem}.png`, grey([0, 1, 2, 255]));
    write(`depth/${stem}.png`, grey16([0, 1500, 65535, 1]));
    write(`normals/${stem}.npy`, npy([2, 2, 3], Float32Array.of(0, 0, -1, 1, 0, 0, NaN, NaN, NaN, 0, -0.6, -0.8)));
  };

  it('pairs files by stem and reads them as the card says', async () => {
    for (const stem of ['kitchen_b', 'kitchen_a', 'hall_a']) scene(stem);
    write('rgb/notes.txt', 'passed over');
    const dataset = await open({ ...BASE, group: '^([a-z]+)_' });
    expect(dataset.samples).toEqual([
      { id: 'hall_a', group: 'hall' },
      { id: 'kitchen_a', group: 'kitchen' },
      { id: 'kitchen_b', group: 'kitchen' },
    ]);
    expect(dataset.info).toMatchObject({
      tasks: ['segmentation', 'depth', 'normals'],
      taxonomy: 'abc',
      classNames: ['a', 'b', 'c'],
      depthTruth: 'raw',
      isSample: false,
      location: directory,
    });
    const sample = await first(dataset);
    expect([...(await sample.image()).data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect([...(await sample.segmentation()).data]).toEqual([0, 1, 2, 255]);
    expect([...(await sample.depth()).data]).toEqual([Number.NaN, 1.5, 65.535, 0.001]);
    expect((await sample.normals()).data[11]).toBeCloseTo(-0.8, 6);
    await dataset.close();
  });

  it('decodes pictures of normals', async () => {
    write('rgb/x.png', PICTURE);
    write('normals/x.png', rgb([128, 255, 128, 128, 128, 255, 0, 0, 0, 255, 128, 128]));
    const fields = { loader: 'folder', images: BASE.images };
    const normals = async (encoding: unknown) => {
      const dataset = await open({ ...fields, normals: { folder: 'normals', encoding } });
      return [...(await (await first(dataset)).normals()).data].map((v) => Math.round(v * 100) / 100 + 0);
    };
    expect(await normals('rgb')).toEqual([0, -1, 0, 0, 0, -1, NaN, NaN, NaN, 1, 0, 0]);
    expect((await normals('geonet')).slice(9)).toEqual([-1, 0, 0]);
    await expect(normals('plain')).rejects.toThrow(/x\.png.*normals\.encoding in the data set card/);
    // A picture cannot store the zero vector; grey is where a program drew nothing.
    write('normals/x.png', rgb([128, 255, 128, 128, 128, 128, 128, 255, 128, 128, 255, 128]));
    await expect(normals('rgb')).rejects.toThrow(/x\.png: normal \(0, 0, 0\) at row 0, column 1.*"invalid"/);
    expect(await normals({ axes: ['x', '-y', '-z'], zero: 127.5, one: 255, invalid: [128, 128, 128] })).toHaveLength(
      12,
    );
  });

  it('translates labels by a map and by colours', async () => {
    write('rgb/x.png', PICTURE);
    write('seg/x.png', grey([0, 1, 3, 9]));
    const labels = { '0': 'ignore', '1': 0, '3': 1, '9': 1 };
    const mapped = await open({
      loader: 'folder',
      images: BASE.images,
      segmentation: { folder: 'seg', classes: 2, labels },
    });
    expect([...(await (await first(mapped)).segmentation()).data]).toEqual([255, 0, 1, 1]);
    expect(mapped.info).toMatchObject({
      taxonomy: 'of mine',
      classNames: ['class 0', 'class 1'],
      tasks: ['segmentation'],
    });
    write('seg/x.png', rgb([128, 64, 128, 0, 0, 0, 128, 64, 128, 1, 2, 3]));
    const colours = { '128,64,128': 1, '0,0,0': 'ignore', '1,2,3': 0 };
    const coloured = await open({
      loader: 'folder',
      images: BASE.images,
      segmentation: { folder: 'seg', classes: 2, colours },
    });
    expect([...(await (await first(coloured)).segmentation()).data]).toEqual([1, 255, 1, 0]);
    await expect(
      open({ loader: 'folder', images: BASE.images, segmentation: { folder: 'seg', classes: 2, labels: { '1': 2 } } }),
    ).rejects.toThrow(/train id 2, but has 2 classes/);
  });

  it('ignores what the card says, a negative value too', async () => {
    write('rgb/x.png', PICTURE);
    write('seg/x.npy', npy([2, 2], Int32Array.of(-1, 0, 1, -1)));
    const dataset = await open({
      loader: 'folder',
      images: BASE.images,
      segmentation: { folder: 'seg', classes: 2, ignore: -1 },
    });
    expect([...(await (await first(dataset)).segmentation()).data]).toEqual([255, 0, 1, 255]);
  });

  it('takes splits from lists and from files; without them all is the test split', async () => {
    for (const stem of ['a', 'b', 'c']) scene(stem);
    write('train.txt', 'c\n\na\n');
    const splits = { train: 'train.txt', test: ['b'] };
    const ids = async (split: OpenRequest['split'], fields: Record<string, unknown> = { splits }) =>
      (await open({ ...BASE, ...fields }, { split })).samples.map(({ id }) => id);
    expect(await ids('train')).toEqual(['c', 'a']);
    expect(await ids('test')).toEqual(['b']);
    expect(await ids('all')).toEqual(['a', 'b', 'c']);
    expect(await ids('test', {})).toEqual(['a', 'b', 'c']);
    await expect(ids('train', {})).rejects.toThrow(UsageError);
    await expect(ids('test', { splits: { test: ['b', 'z'] } })).rejects.toThrow(
      /1 stems of the test split have no image .*: z$/,
    );
    write('empty.txt', '\n');
    await expect(ids('test', { splits: { test: 'empty.txt' } })).rejects.toThrow(/empty\.txt: the list is empty/);
  });

  it('knows splits of any name, and the nearest of a wrong one', async () => {
    for (const stem of ['a', 'b', 'c']) scene(stem);
    const splits = { val: ['b'], test_a: ['c', 'a'], train: ['a'] };
    const ids = async (split: string) => (await open({ ...BASE, splits }, { split })).samples.map(({ id }) => id);
    expect(await ids('val')).toEqual(['b']);
    expect(await ids('test_a')).toEqual(['c', 'a']);
    expect(await ids('all')).toEqual(['a', 'b', 'c']);
    await expect(ids('val_a')).rejects.toThrow(
      'unknown split "val_a": did you mean "val"? Known: val, test_a, train, all',
    );
    await expect(ids('constructor')).rejects.toThrow(/Known: val, test_a, train, all$/);
    expect((await verifyData(card({ ...BASE, splits }), directory)).splits.map(({ split }) => split)).toEqual([
      'val',
      'test_a',
      'train',
      'all',
    ]);
    for (const bad of [{}, { all: ['a'] }, { 'my split': ['a'] }, { '../up': ['a'] }])
      expect(() => card({ ...BASE, splits: bad }), JSON.stringify(bad)).toThrow();
  });

  it('refuses an image without its target, doubled stems and bad ids', async () => {
    scene('a');
    write('rgb/b.jpg', PICTURE);
    await expect(open(BASE)).rejects.toThrow(/no segmentation for 1 of 2 images: b$/);
    rmSync(join(directory, 'rgb/b.jpg'));
    write('rgb/a.jpg', PICTURE);
    await expect(open(BASE)).rejects.toThrow(/have the same stem "a"/);
    rmSync(join(directory, 'rgb/a.jpg'));
    scene('two words');
    await expect(open(BASE)).rejects.toThrow(/"two words" cannot be a sample id/);
    rmSync(join(directory, 'rgb'), { recursive: true });
    await expect(open(BASE)).rejects.toThrow(/rgb: cannot be listed \(ENOENT/);
    mkdirSync(join(directory, 'rgb'));
    await expect(open(BASE)).rejects.toThrow(/rgb: no image/);
  });

  it('names file and place of truth that is not valid', async () => {
    scene('a');
    const failing = async (task: 'segmentation' | 'depth' | 'normals', fields = {}) => {
      const sample = await first(await open({ ...BASE, ...fields }));
      await sample.image();
      return sample[task]().then(
        () => 'nothing failed',
        (error: unknown) => {
          expect(error).toBeInstanceOf(ResourceError);
          return (error as Error).message;
        },
      );
    };
    write('seg/a.png', grey([0, 1, 3, 255]));
    expect(await failing('segmentation')).toMatch(/seg\/a\.png: label 3 at row 1, column 0; valid are 0\.\.2 and 255/);
    write('seg/a.png', grey([0, 1, 2, 0, 0, 0], 3));
    expect(await failing('segmentation')).toMatch(/sample a: .*seg\/a\.png is 2x3 .*rgb\/a\.png is 2x2/);
    rmSync(join(directory, 'depth/a.png'));
    write('depth/a.npy', npy([2, 2], Float32Array.of(1, 2, -3, 4)));
    const metres = { depth: { folder: 'depth' } };
    expect(await failing('depth', metres)).toMatch(/depth\/a\.npy: depth -3 m at row 1, column 0/);
    write('depth/a.npy', npy([2, 2], Float32Array.of(1, Infinity, 3, 4)));
    expect(await failing('depth', metres)).toMatch(/depth Infinity m at row 0, column 1/);
    write('normals/a.npy', npy([2, 2, 3], new Float32Array(12).fill(0.9)));
    expect(await failing('normals')).toMatch(/normal \(0\.89\d*, .*at row 0, column 0 is not of unit length/);
  });

  it('takes NaN and the stored value `invalid` as not measured; integers need a scale', async () => {
    scene('a');
    rmSync(join(directory, 'depth/a.png'));
    write('depth/a.npy', npy([2, 2], Float32Array.of(1, Number.NaN, 80, 4)));
    const sample = await first(await open({ ...BASE, depth: { folder: 'depth', invalid: 80 } }));
    expect([...(await sample.depth()).data]).toEqual([1, Number.NaN, Number.NaN, 4]);
    write('depth/a.npy', npy([2, 2], Int32Array.of(1, 2, 3, 65535)));
    const scaled = await first(await open({ ...BASE, depth: { folder: 'depth', invalid: 65535, scale: 0.01 } }));
    expect([...(await scaled.depth()).data]).toEqual([0.01, 0.02, 0.03, Number.NaN]);
    const bare = await first(await open({ ...BASE, depth: { folder: 'depth' } }));
    await expect(bare.depth()).rejects.toThrow(/depth\.scale in the data set card/);
  });

  it('has the camera of the card, if any', async () => {
    scene('a');
    const camera = { fx: 500, fy: 501.5, cx: 0.5, cy: -1 };
    const sample = await first(await open({ ...BASE, camera }));
    expect(await sample.intrinsics!()).toEqual({ fxPx: 500, fyPx: 501.5, cxPx: 0.5, cyPx: -1 });
    expect((await first(await open(BASE))).intrinsics).toBeUndefined();
    for (const bad of [
      { ...camera, fx: 0 },
      { fx: 1, fy: 1, cx: 1 },
      { ...camera, k: 1 },
    ])
      expect(() => card({ ...BASE, camera: bad }), JSON.stringify(bad)).toThrow();
  });

  it('refuses classes and depth that it does not have', async () => {
    scene('a');
    await expect(open(BASE, { classes: 40 })).rejects.toThrow(/a class count of 40 is not offered; it has 3/);
    await expect(open(BASE, { depth: 'inpainted' })).rejects.toThrow(/a depth of inpainted is not offered; it has raw/);
    expect((await open(BASE, { classes: 3, depth: 'raw' })).samples).toHaveLength(1);
  });
});

describe('list files', () => {
  const BASE = { loader: 'nyudv2-png', lists: { train: 'train.nyu', test: 'val.nyu' }, classes: 40 };

  it("reads the authors' layout", async () => {
    write('test_images/000001.png', PICTURE);
    write('labels/000001.png', grey([0, 39, 255, 12]));
    write('depth/000001.png', grey16([0, 5000, 12500, 1]));
    write('val.nyu', 'test_images/000001.png\tlabels/000001.png depth/000001.png\r\n\n');
    write('train.nyu', 'train/000002.png\ttrain/000002_mask.png\n');
    const dataset = await open(BASE);
    expect(dataset.samples).toEqual([{ id: '000001', group: '000001' }]);
    expect(dataset.info).toMatchObject({ tasks: ['segmentation', 'depth'], taxonomy: 'nyud40', depthTruth: 'raw' });
    expect(dataset.info.classNames[3]).toBe('bed');
    const sample = await first(dataset);
    expect([...(await sample.segmentation()).data]).toEqual([0, 39, 255, 12]);
    expect([...(await sample.depth()).data]).toEqual([Number.NaN, 1, 2.5, 0.0002]);
    await expect(sample.normals()).rejects.toThrow(/has no normals/);
    expect((await open(BASE, { split: 'train' })).info.tasks).toEqual(['segmentation']);
  });

  it('reads normals from a fourth column', async () => {
    write('a.png', PICTURE);
    write('n.png', rgb([128, 0, 128, 127, 127, 127, 128, 128, 255, 255, 128, 128]));
    write('val.nyu', 'a.png b.png c.png n.png\n');
    const columns = ['image', 'segmentation', 'depth', 'normals'];
    const dataset = await open({ ...BASE, columns });
    expect(dataset.info.tasks).toEqual(['segmentation', 'depth', 'normals']);
    const { data } = await (await first(dataset)).normals();
    expect([...data].map((v) => Math.round(v * 100) / 100 + 0)).toEqual([0, 0, -1, NaN, NaN, NaN, 0, -1, 0, 1, 0, 0]);
    const other = await open({ ...BASE, columns, normalsEncoding: 'rgb' });
    await expect((await first(other)).normals()).rejects.toThrow('row 0, column 1');
  });

  it('knows splits of any name', async () => {
    write('mini.nyu', 'a.png b.png\n');
    write('val.nyu', 'c.png d.png\n');
    const lists = { lists: { mini: 'mini.nyu', val: 'val.nyu' } };
    const ids = async (split: string) => (await open({ ...BASE, ...lists }, { split })).samples.map(({ id }) => id);
    expect(await ids('mini')).toEqual(['a']);
    expect(await ids('all')).toEqual(['a', 'c']);
    await expect(ids('test')).rejects.toThrow(/unknown split "test".*Known: mini, val, all$/);
  });

  it('names list and line of what is wrong', async () => {
    const failing = (text: string, fields = {}) => {
      write('val.nyu', text);
      return open({ ...BASE, ...fields }).catch((error: Error) => error.message);
    };
    expect(await failing('a.png b.png\n../x.png y.png\n')).toMatch(/val\.nyu:2: "\.\.\/x\.png" leads out/);
    expect(await failing('/etc/a.png b.png\n')).toMatch(/val\.nyu:1: "\/etc\/a\.png" leads out/);
    expect(await failing('a.png b.png\nc.png\n')).toMatch(/val\.nyu:2: 1 paths, expected 2/);
    expect(await failing('a b c d\n')).toMatch(/val\.nyu:1: 4 paths, expected 2 to 3/);
    expect(await failing('x/a.png b.png\ny/a.png b.png\n')).toMatch(/give the same sample id "a"/);
    expect(await failing('\n')).toMatch(/val\.nyu: the list is empty/);
    expect(await failing('a.png b.png\n', { group: '(\\d+)' })).toMatch(/group pattern .* finds nothing in "a\.png"/);
    rmSync(join(directory, 'val.nyu'));
    await expect(open(BASE)).rejects.toThrow(/val\.nyu: there is no such file/);
    await expect(open({ ...BASE, lists: { test: 'val.nyu' } }, { split: 'train' })).rejects.toThrow(UsageError);
  });

  it.skipIf(needsShared('real', 'nyud-lwrefinenet').skip)('reads the real lists and real pairs', async () => {
    const real = (name: string) => sharedPath('real', 'nyud-lwrefinenet', name);
    for (const list of ['train.nyu', 'val.nyu']) copyFileSync(real(list), join(directory, list));
    expect((await open(BASE)).samples).toHaveLength(654);
    expect((await open(BASE, { split: 'train' })).samples).toHaveLength(795);
    expect((await open(BASE, { split: 'all' })).samples).toHaveLength(1449);
    for (const name of ['000834.png', '000834_mask.png']) copyFileSync(real(name), join(directory, name));
    write('val.nyu', '000834.png 000834_mask.png\n');
    const sample = await first(await open(BASE));
    expect(await sample.image()).toMatchObject({ height: 468, width: 625, channels: 3 });
    const labels = await sample.segmentation();
    expect(labels).toMatchObject({ height: 468, width: 625 });
    expect(labels.data.every((id) => id < 40 || id === 255)).toBe(true);
  });
});

describe.skipIf(needsShared('real', 'nyud-rgb').skip)('real NYUDv2 pairs as a folder', () => {
  let real: string;
  beforeAll(async () => {
    real = mkdtempSync(join(tmpdir(), 'densebench-real-'));
    mkdirSync(join(real, 'rgb'));
    for (const id of ['000046', '000300', '000976', '001039', '001396', '001400'])
      copyFileSync(sharedPath('real', 'nyud-rgb', `${id}.png`), join(real, 'rgb', `${id}.png`));
    await unpack(sharedPath('real', 'nyud-test-labels13', 'nyuv2_test_class13.tgz'), 'tar.gz', join(real, 'labels'));
  });
  afterAll(() => rmSync(real, { recursive: true, force: true }));

  it('loads all six', async () => {
    const labels = Object.fromEntries(Array.from({ length: 14 }, (_, k) => [k, k === 0 ? 'ignore' : k - 1]));
    const dataset = await openDataset(
      card({
        loader: 'folder',
        images: { folder: 'rgb', stem: '(\\d{4})$' },
        segmentation: { folder: 'labels', stem: '(\\d{4})$', classes: 13, taxonomy: 'nyud13', labels },
      }),
      { directory: real, split: 'test' },
    );
    expect(dataset.samples.map(({ id }) => id)).toEqual(['0046', '0300', '0976', '1039', '1396', '1400']);
    const seen = new Set<number>();
    for await (const sample of dataset.load(dataset.samples.keys())) {
      expect(await sample.image()).toMatchObject({ height: 480, width: 640, channels: 3 });
      const truth = await sample.segmentation();
      expect(truth).toMatchObject({ height: 480, width: 640, channels: 1 });
      for (const id of truth.data) seen.add(id);
    }
    expect([...seen].every((id) => id < 13 || id === 255)).toBe(true);
    expect(seen.size).toBeGreaterThan(8);
  });
});
