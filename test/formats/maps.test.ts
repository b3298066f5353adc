import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import type { NumericArray } from '../../src/formats/array.ts';
import { MAP_EXTENSIONS, readDepth, readLabels, readMask, readNormals, stemOf } from '../../src/formats/maps.ts';
import { encodeNpy, readNpy } from '../../src/formats/npy.ts';
import { encodePng } from '../../src/formats/png.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

const folder = mkdtempSync(join(tmpdir(), 'densebench-maps-'));
let files = 0;
function write(extension: string, bytes: Uint8Array): string {
  const path = join(folder, `${files++}${extension}`);
  writeFileSync(path, bytes);
  return path;
}
const npy = (shape: number[], data: NumericArray) => write('.npy', encodeNpy({ shape, data }));
const png = (image: Parameters<typeof encodePng>[0]) => write('.png', encodePng(image));
const scaleOption = '--prediction-scale';

describe('stemOf', () => {
  it.each([
    ['0001.npy', '0001'],
    ['0001.npy.gz', '0001'],
    ['a.b.png', 'a.b'],
    ['UPPER.PNG', 'UPPER'],
    ['notes.txt', undefined],
    ['0001.gz', undefined],
    ['.png', undefined],
    ['folder/.npy', undefined],
  ])('%s -> %s', (name, stem) => expect(stemOf(name)).toBe(stem));

  it('knows every extension that is read', () => {
    for (const extension of MAP_EXTENSIONS) expect(stemOf(`x${extension}`)).toBe('x');
  });
});

describe('readLabels', () => {
  it('keeps uint8, uint16 and int32, and widens the rest without changing a value', async () => {
    const cases: [NumericArray, string, number[]][] = [
      [Uint8Array.of(0, 255), 'Uint8Array', [0, 255]],
      [Uint16Array.of(0, 894), 'Uint16Array', [0, 894]],
      [Int32Array.of(-1, 2 ** 31 - 1), 'Int32Array', [-1, 2 ** 31 - 1]],
      [Int8Array.of(-1, 7), 'Int32Array', [-1, 7]],
      [Int16Array.of(-1, 7), 'Int32Array', [-1, 7]],
      [Uint32Array.of(1, 7), 'Int32Array', [1, 7]],
      [BigInt64Array.of(-1n, 255n), 'Int32Array', [-1, 255]],
      [BigUint64Array.of(1n, 255n), 'Int32Array', [1, 255]],
      [Float32Array.of(3, 255), 'Int32Array', [3, 255]],
      [Float64Array.of(-0, 39), 'Int32Array', [0, 39]],
    ];
    for (const [data, type, want] of cases) {
      const labels = await readLabels(npy([1, 2], data));
      expect([labels.height, labels.width, labels.channels, labels.data.constructor.name]).toEqual([1, 2, 1, type]);
      expect([...labels.data]).toEqual(want);
    }
  });

  it('names the value that is no label, and where it is', async () => {
    const cases: [NumericArray, string][] = [
      [Float32Array.of(0, 0, 1.5, 0), '1.5 at row 1, column 0'],
      [Float32Array.of(0, 0, 0, Number.NaN), 'NaN at row 1, column 1'],
      [Float64Array.of(0, Number.POSITIVE_INFINITY, 0, 0), 'Infinity at row 0, column 1'],
      [Uint32Array.of(2 ** 31, 0, 0, 0), '2147483648 at row 0, column 0'],
      [BigInt64Array.of(0n, 0n, 0n, 2n ** 62n), '4611686018427387904 at row 1, column 1'],
    ];
    for (const [data, place] of cases) {
      const reading = readLabels(npy([2, 2], data));
      await expect(reading).rejects.toThrow(ResourceError);
      await expect(reading).rejects.toThrow(place);
    }
  });

  it('drops leading dimensions of 1 and a last one, and refuses other shapes by name', async () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
    for (const shape of [
      [2, 3],
      [1, 2, 3],
      [1, 1, 2, 3],
      [2, 3, 1],
      [1, 2, 3, 1],
    ]) {
      const { height, width } = await readLabels(npy(shape, data));
      expect([height, width], String(shape)).toEqual([2, 3]);
    }
    expect(await readLabels(npy([1, 6], data))).toMatchObject({ height: 1, width: 6 });
    for (const shape of [[6], [2, 1, 3], [3, 2, 1, 1], [2, 3, 1, 1]])
      await expect(readLabels(npy(shape, data))).rejects.toThrow(`shape ${shape.join('x')}`);
    await expect(readLabels(npy([], Uint8Array.of(1)))).rejects.toThrow('shape scalar');
    await expect(readLabels(npy([0, 3], new Uint8Array(0)))).rejects.toThrow('0x3 holds no pixel');
  });

  it('reads grey and palette PNGs by value and index', async () => {
    const size = { height: 1, width: 3, channels: 1 as const };
    expect((await readLabels(png({ ...size, data: Uint8Array.of(0, 7, 255) }))).data).toEqual(Uint8Array.of(0, 7, 255));
    expect((await readLabels(png({ ...size, data: Uint16Array.of(0, 894, 65535) }))).data).toEqual(
      Uint16Array.of(0, 894, 65535),
    );
    const palette = Uint8Array.of(1, 1, 1, 1, 1, 1, 9, 9, 9);
    expect((await readLabels(png({ ...size, data: Uint8Array.of(2, 0, 1), palette }))).data).toEqual(
      Uint8Array.of(2, 0, 1),
    );
    const withAlpha = { height: 1, width: 2, channels: 2 as const, data: Uint8Array.of(4, 255, 5, 255) };
    expect((await readLabels(png(withAlpha))).data).toEqual(Uint8Array.of(4, 5));
  });

  it('reads colours only where they are named', async () => {
    const rgb = png({ height: 1, width: 3, channels: 3, data: Uint8Array.of(128, 0, 0, 0, 0, 192, 128, 0, 0) });
    await expect(readLabels(rgb)).rejects.toThrow(/RGB image where labels are expected/);
    const colours = new Map([
      [0x800000, 1],
      [0x0000c0, 3],
    ]);
    expect([...(await readLabels(rgb, { colours })).data]).toEqual([1, 3, 1]);
    const few = new Map([[0x800000, 1]]);
    await expect(readLabels(rgb, { colours: few })).rejects.toThrow(/colour \(0, 0, 192\) at row 0, column 1/);
    const palette = Uint8Array.of(0, 0, 192, 128, 0, 0);
    const indexed = png({ height: 1, width: 2, channels: 1, data: Uint8Array.of(0, 1), palette });
    expect([...(await readLabels(indexed, { colours })).data]).toEqual([3, 1]);
  });

  it('refuses files of other kinds', async () => {
    await expect(readLabels(write('.txt', new Uint8Array(3)))).rejects.toThrow(/\.npy, \.npy\.gz, \.png/);
    await expect(readLabels(join(folder, 'none.png'))).rejects.toThrow(/none\.png: there is no such file/);
  });
});

describe('readDepth', () => {
  it('takes floats as metres and leaves their precision alone', async () => {
    const single = await readDepth(npy([1, 2], Float32Array.of(0.1, Number.NaN)), { scaleOption });
    expect(single).toEqual({ height: 1, width: 2, channels: 1, data: Float32Array.of(0.1, Number.NaN) });
    const double = await readDepth(npy([1, 2], Float64Array.of(0.1, 1e-3)), { scaleOption });
    expect(double.data).toEqual(Float64Array.of(0.1, 1e-3));
  });

  it('asks for a scale for integers, naming the option', async () => {
    for (const path of [
      npy([1, 2], Uint16Array.of(1, 2)),
      png({ height: 1, width: 2, channels: 1, data: Uint16Array.of(1, 2) }),
    ]) {
      await expect(readDepth(path, { scaleOption })).rejects.toThrow(UsageError);
      await expect(readDepth(path, { scaleOption })).rejects.toThrow('--prediction-scale');
    }
    for (const scale of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(readDepth(npy([1, 2], Uint16Array.of(1, 2)), { scale, scaleOption })).rejects.toThrow(UsageError);
  });

  it('multiplies by the scale exactly: float32 for powers of two, else float64', async () => {
    const stored = png({ height: 1, width: 3, channels: 1, data: Uint16Array.of(256, 1, 65535) });
    const kitti = await readDepth(stored, { scale: 1 / 256, scaleOption });
    expect(kitti.data).toEqual(Float32Array.of(1, 1 / 256, 65535 / 256));
    const millimetres = await readDepth(stored, { scale: 0.001, scaleOption });
    expect(millimetres.data).toEqual(Float64Array.of(256 * 0.001, 0.001, 65535 * 0.001));
    const wide = await readDepth(npy([1, 1], Uint32Array.of(2 ** 24 + 1)), { scale: 0.5, scaleOption });
    expect(wide.data[0]).toBe((2 ** 24 + 1) / 2);
    const big = await readDepth(npy([1, 1], BigInt64Array.of(1500n)), { scale: 0.001, scaleOption });
    expect(big.data).toEqual(Float64Array.of(1.5));
    const decimetres = await readDepth(npy([1, 1], Float32Array.of(2.5)), { scale: 0.1, scaleOption });
    expect(decimetres.data).toEqual(Float64Array.of(0.25));
  });

  it('refuses RGB', async () => {
    const rgb = png({ height: 1, width: 1, channels: 3, data: new Uint8Array(3) });
    await expect(readDepth(rgb, { scale: 1, scaleOption })).rejects.toThrow(/RGB image where depth is expected/);
  });
});

describe('readNormals', () => {
  const plain = { encodingOption: '--target-encoding' };

  it('reads [height, width, 3] floats, batch dimension or not', async () => {
    const data = Float32Array.from({ length: 12 }, (_, i) => i / 12);
    for (const shape of [
      [2, 2, 3],
      [1, 2, 2, 3],
      [1, 1, 2, 2, 3],
    ])
      expect(await readNormals(npy(shape, data), plain)).toEqual({ height: 2, width: 2, channels: 3, data });
    expect(await readNormals(npy([1, 4, 3], data), plain)).toMatchObject({ height: 1, width: 4 });
    expect((await readNormals(npy([1, 1, 3], Float64Array.of(0, 0, -1)), plain)).data).toEqual(
      Float64Array.of(0, 0, -1),
    );
  });

  it('refuses other shapes, and whole numbers and PNGs without an encoding', async () => {
    const data = new Float32Array(12);
    for (const shape of [[12], [4, 3], [3, 2, 2], [2, 2, 3, 1], [2, 1, 2, 3]])
      await expect(readNormals(npy(shape, data), plain), String(shape)).rejects.toThrow(`shape ${shape.join('x')}`);
    await expect(readNormals(npy([2, 2, 3], new Int8Array(12)), plain)).rejects.toThrow(/must be floats/);
    const picture = png({ height: 1, width: 1, channels: 3, data: new Uint8Array(3) });
    await expect(readNormals(picture, plain)).rejects.toThrow(/--target-encoding.*authors/);
  });
});

describe('readMask', () => {
  it('counts what is not zero, of any type', async () => {
    for (const data of [
      Uint8Array.of(0, 1, 255),
      Int16Array.of(0, -1, 9),
      Float64Array.of(0, 0.5, -2),
      BigInt64Array.of(0n, 1n, 2n),
    ])
      expect(await readMask(npy([1, 3], data))).toEqual({ height: 1, width: 3, data: Uint8Array.of(0, 1, 1) });
    const grey = png({ height: 1, width: 3, channels: 1, data: Uint8Array.of(0, 1, 255) });
    expect((await readMask(grey)).data).toEqual(Uint8Array.of(0, 1, 1));
    const rgb = png({ height: 1, width: 1, channels: 3, data: new Uint8Array(3) });
    await expect(readMask(rgb)).rejects.toThrow(/RGB image where a mask/);
  });

  it('reads gzipped arrays', async () => {
    const path = write('.npy.gz', gzipSync(encodeNpy({ shape: [1, 1, 2], data: Uint8Array.of(0, 3) })));
    expect(await readMask(path)).toEqual({ height: 1, width: 2, data: Uint8Array.of(0, 1) });
  });
});

const golden = needsShared('golden', 'datasets');
describe.skipIf(golden.skip)('maps of the field', () => {
  const at = (...parts: string[]) => sharedPath('golden', 'datasets', ...parts);

  it('labels by colour equal the labels by index', async () => {
    // KITTI-6 of the authors; 6 = black = unlabelled.
    const rgb = [0x808080, 0x800000, 0x804080, 0x0000c0, 0x808000, 0x400080, 0x000000];
    const colours = new Map(rgb.map((colour, id) => [colour, id]));
    const byIndex = await readLabels(at('authors_examples', 'segm_gt_000099.indices.png'));
    const byColour = await readLabels(at('authors_examples', 'segm_gt_000099.png'), { colours });
    expect(byColour.data.findIndex((label, i) => label !== byIndex.data[i])).toBe(-1);
    expect(byColour.data.length).toBe(370 * 1226);
  });

  it('depth of KITTI equals what the devkit reads', async () => {
    const name = ['2011_09_26_drive_0001_sync', 'proj_depth', 'groundtruth', 'image_02', '0000000005.png'];
    const depth = await readDepth(at('kitti', 'data_depth_annotated', 'val', ...name), { scale: 1 / 256, scaleOption });
    const want = await readNpy(at('kitti', 'expected', 'annotated_0000000005_devkit_depth_read.npy.gz'));
    expect([depth.height, depth.width]).toEqual(want.shape);
    const differing = depth.data.findIndex((metres, i) => (metres === 0 ? -1 : metres) !== want.data[i]);
    expect(differing).toBe(-1);
  });
});
