import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replay } from '../../src/backends/replay.ts';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { TASKS, type Task } from '../../src/core/tasks.ts';
import { encodeNpy } from '../../src/formats/npy.ts';
import { encodePng } from '../../src/formats/png.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'densebench-replay-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function store(file: string, bytes: Uint8Array): void {
  mkdirSync(join(directory, file, '..'), { recursive: true });
  writeFileSync(join(directory, file), bytes);
}
const npy = (...values: number[]) => encodeNpy({ shape: [1, values.length], data: Float32Array.from(values) });
const open = (options: object = {}, tasks: readonly Task[] = TASKS) =>
  replay.open({
    options: replay.parseOptions({ directory, ...options }),
    context: { tasks, openTrain: () => Promise.reject(new Error('not asked for')) },
  });
const input = (id: string) => ({ id, image: () => Promise.reject(new Error('looked at')) });

describe('replay', () => {
  it('reads each stored format, for the tasks that are stored and wanted', async () => {
    store('segmentation/a.b.png', encodePng({ height: 1, width: 2, channels: 1, data: Uint8Array.of(3, 7) }));
    store('depth/a.b.npy.gz', gzipSync(npy(1.5, 2.5)));
    const predictor = await open();
    expect(predictor.tasks).toEqual(['segmentation', 'depth']);
    const { maps } = await predictor.predict(input('a.b'));
    expect([...(maps.segmentation?.data ?? [])]).toEqual([3, 7]);
    expect([...(maps.depth?.data ?? [])]).toEqual([1.5, 2.5]);
    expect((await open({}, ['depth'])).tasks).toEqual(['depth']);
  });

  it('needs a scale for integer depth, and uses it', async () => {
    store('depth/a.png', encodePng({ height: 1, width: 2, channels: 1, data: Uint16Array.of(5000, 250) }));
    await expect((await open()).predict(input('a'))).rejects.toThrow(UsageError);
    await expect((await open()).predict(input('a'))).rejects.toThrow('"scale"');
    const { maps } = await (await open({ scale: 0.001 })).predict(input('a'));
    expect([...(maps.depth?.data ?? [])].map((v) => v.toFixed(4))).toEqual(['5.0000', '0.2500']);
  });

  it('needs an encoding for pictures of normals, and uses it', async () => {
    store('normals/a.png', encodePng({ height: 1, width: 1, channels: 3, data: Uint8Array.of(128, 255, 128) }));
    await expect((await open()).predict(input('a'))).rejects.toThrow('"encoding"');
    const { maps } = await (await open({ encoding: 'rgb' })).predict(input('a'));
    expect([...(maps.normals?.data ?? [])].map((v) => v.toFixed(2))).toEqual(['0.00', '-1.00', '-0.00']);
    const own = { axes: ['y', 'x', '-z'], zero: 127.5, one: 255 };
    const turned = await (await open({ encoding: own })).predict(input('a'));
    expect(turned.maps.normals?.data[0]).toBeCloseTo(1, 4);
    expect(() => replay.parseOptions({ directory, encoding: 'rbg' })).toThrow(UsageError);
    expect(() => replay.parseOptions({ directory, encoding: 'rbg' })).toThrow(/encoding.*geonet/);
  });

  it('fails one sample whose map is missing, and goes on', async () => {
    store('depth/a.npy', npy(1));
    const predictor = await open();
    await expect(predictor.predict(input('c'))).rejects.toThrow(
      `${join(directory, 'depth', 'c')}: no prediction stored`,
    );
    await expect(predictor.predict(input('a'))).resolves.toBeDefined();
  });

  it('opens no folder in which a map is stored twice', async () => {
    store('depth/b.npy', npy(1));
    store('depth/b.npy.gz', gzipSync(npy(2)));
    await expect(open()).rejects.toThrow(ResourceError);
    await expect(open()).rejects.toThrow('b.npy.gz have the same stem "b"; keep one of them');
  });

  it('refuses a folder that is not there, or holds no task', async () => {
    await expect(open({ directory: join(directory, 'none') })).rejects.toThrow(ResourceError);
    await expect(open({ directory: join(directory, 'none') })).rejects.toThrow(`${join(directory, 'none')}: `);
    await expect(open()).rejects.toThrow('segmentation/, depth/, normals/');
    expect(() => replay.parseOptions({})).toThrow('directory');
  });

  it('has a hash that sees names and bytes, but not where the folder lies', async () => {
    store('depth/a.npy', npy(1));
    const first = (await open()).card;
    store('depth/a.npy', npy(2));
    const changed = (await open()).card;
    expect(changed.weightsSha256).not.toBe(first.weightsSha256);
    rmSync(directory, { recursive: true });
    directory = mkdtempSync(join(tmpdir(), 'densebench-replay-'));
    store('depth/a.npy', npy(1));
    expect((await open()).card.weightsSha256).toBe(first.weightsSha256);
    rmSync(join(directory, 'depth'), { recursive: true });
    store('depth/b.npy', npy(1));
    expect((await open()).card.weightsSha256).not.toBe(first.weightsSha256);
  });

  it('claims no inference time', async () => {
    store('depth/a.npy', npy(1));
    expect((await (await open()).predict(input('a'))).timesMs.infer).toBe(0);
  });
});
