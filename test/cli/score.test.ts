import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { registerScore } from '../../src/cli/score.ts';
import { DensebenchError } from '../../src/core/errors.ts';
import { presetsFor } from '../../src/core/protocol-presets.ts';
import type { Reading } from '../../src/core/reading.ts';
import { encodeNpy } from '../../src/formats/npy.ts';
import { encodePng } from '../../src/formats/png.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'score-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const put = (name: string, bytes: Uint8Array | string) => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};
const floats = (name: string, values: number[], shape = [1, values.length]) =>
  put(name, encodeNpy({ shape, data: Float32Array.from(values) }));
const labels = (name: string, values: number[]) =>
  put(name, encodeNpy({ shape: [1, values.length], data: Uint8Array.from(values) }));

/** What the command prints, or the error that it throws. */
async function run(...args: string[]): Promise<string> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  registerScore(program);
  let printed = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  try {
    await program.parseAsync(['score', ...args], { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return printed;
}
const json = async (...args: string[]) => JSON.parse(await run(...args, '--json'));
const value = (readings: readonly Reading[], key: string) => readings.find((reading) => reading.key === key)?.value;

async function expectError(exitCode: number, message: RegExp, ...args: string[]) {
  const error = await run(...args).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DensebenchError);
  expect((error as DensebenchError).exitCode).toBe(exitCode);
  expect((error as DensebenchError).message).toMatch(message);
}
const depth = (prediction: string, target: string) => [
  '--task',
  'depth',
  '--prediction',
  prediction,
  '--target',
  target,
];

describe('score', () => {
  it('two files of depth, as JSON and as a table', async () => {
    const args = depth(floats('p.npy', [3, 3]), floats('t.npy', [2, 4]));
    const { task, pairs, readings, protocol } = await json(...args);
    expect({ task, pairs }).toEqual({ task: 'depth', pairs: 1 });
    expect(value(readings, 'depth/rmse')).toBe(1);
    expect(protocol).toMatchObject({ preset: null, minimumM: 0, maximumM: null, crop: 'none', nonFinite: 'strict' });
    const text = await run(...args);
    expect(text).toMatch(/depth\/rmse\s+│\s+1 │ m\s+│ lower\s+│ pixel\s+│\s+2 │/);
    expect(text).toContain(`protocol ${protocol.fingerprint}: ${protocol.words}`);
  });

  it('undefined readings: null with a reason, and a line of words', async () => {
    const args = depth(floats('nan.npy', [Number.NaN, 3]), floats('t.npy', [2, 4]));
    const reading = (await json(...args)).readings.find(({ key }: Reading) => key === 'depth/rmse');
    expect(reading.value).toBeNull();
    expect(reading.reason).toMatch(/1 non-finite prediction\(s\).*row 0, column 0 of .*nan\.npy/);
    expect(await run(...args)).toMatch(/undefined \(1 non-finite .*\): depth\/absRel, /);
  });

  it('options override the preset', async () => {
    const args = depth(floats('p.npy', [3, 3]), floats('t.npy', [2, 4]));
    const { protocol, readings } = await json(...args, '--protocol', 'authors-nyud', '--max', '3.5', '--min', '1');
    expect(protocol).toMatchObject({ preset: 'authors-nyud', nonFinite: 'abs-strict', minimumM: 1, maximumM: 3.5 });
    expect(value(readings, 'depth/rmse')).toBe(1);
    expect(readings.find(({ key }: Reading) => key === 'depth/rmse').count).toBe(1);
  });

  it('several presets in one pass, each as if alone, and side by side', async () => {
    const args = depth(floats('p.npy', [3, 3, -0.5, 9]), floats('t.npy', [2, 4, 1, 90]));
    const ids = ['plain', 'garg-80', 'authors-kitti', 'plain'];
    const { protocols, pairs, protocol } = await json(...args, '--protocol', ids.join(','), '--max', '60');
    expect({ pairs, protocol }).toEqual({ pairs: 1, protocol: undefined });
    expect(protocols.map(({ preset }: { preset: string }) => preset)).toEqual(['plain', 'garg-80', 'authors-kitti']);
    for (const { preset, readings, fingerprint, printed } of protocols) {
      const alone = await json(...args, '--protocol', preset, '--max', '60');
      expect(readings).toEqual(alone.readings);
      expect({ fingerprint, printed }).toEqual({
        fingerprint: alone.protocol.fingerprint,
        printed: alone.protocol.printed,
      });
    }
    // |-0.5| is nearer to 1 than -0.5 is: sqrt((1 + 1 + 1.5^2) / 3) and sqrt((1 + 1 + 0.5^2) / 3).
    const text = await run(...args, '--protocol', ids.join(','), '--max', '60');
    expect(text).toMatch(/^plain +1\.190 /m);
    expect(text).toMatch(/^authors-kitti +0\.866 /m);
    expect(text).toMatch(/no row is better than another/);
    const { protocols: all } = await json(...args, '--protocol', 'all');
    expect(all.map(({ preset }: { preset: string }) => preset)).toEqual(presetsFor('depth'));
    await expectError(2, /unknown protocol "garg-8": did you mean "garg-80"/, ...args, '--protocol', 'plain,garg-8');
    await expectError(2, /"dsine" does not cover depth/, ...args, '--protocol', 'plain,dsine');
  });

  it('a preset covers some tasks, and says which figures its source prints', async () => {
    const args = depth(floats('p.npy', [3, 3]), floats('t.npy', [2, 4]));
    await expectError(
      2,
      /"mmseg" does not cover depth; authors-nyud, .*kitti-devkit.* do/,
      ...args,
      '--protocol',
      'mmseg',
    );
    const normals = ['--task', 'normals', '--prediction', 'x', '--target', 'y', '--protocol', 'garg-50'];
    await expectError(
      2,
      /"garg-50" does not cover normals; authors-nyud, eigen-nyu, geonet, dsine, plain do/,
      ...normals,
    );
    const labels2 = ['--task', 'segmentation', '--prediction', 'x', '--target', 'y', '--classes', '2'];
    await expectError(2, /"dsine" does not cover segmentation/, ...labels2, '--protocol', 'dsine');
    const { protocol } = await json(...args, '--protocol', 'densetorch');
    expect(protocol).toMatchObject({ preset: 'densetorch', printed: ['depth/rmse'] });
    expect(await run(...args, '--protocol', 'densetorch')).toContain('the source of densetorch prints: depth/rmse\n');
  });

  it('aligns and fills, and the fingerprint follows', async () => {
    const args = depth(floats('ap.npy', [0, 1, 2]), floats('at.npy', [3, 3, 5]));
    const seen = new Set<string>();
    const mae = async (...more: string[]) => {
      const { protocol, readings } = await json(...args, ...more);
      seen.add(protocol.fingerprint);
      return value(readings, 'depth/mae');
    };
    expect(await mae()).toBe(8 / 3);
    expect(await mae('--fill', 'devkit')).toBe(7 / 3);
    // 1, 1 and 2 against 3, 3 and 5: the line 2 p + 1.
    expect(await mae('--fill', 'devkit', '--scaling', 'scale-shift')).toBe(0);
    expect(await mae('--scaling', 'disparity-scale')).toBeNull();
    expect(seen.size).toBe(4);
    expect((await json(...args, '--fill', 'none')).protocol.fingerprint).toBe(
      (await json(...args)).protocol.fingerprint,
    );
    await expectError(2, /--fill.*did you mean "devkit"/, ...args, '--fill', 'devkitt');
    await expectError(2, /did you mean "scale-shift"/, ...args, '--scaling', 'scale-shft');
  });

  it('scales integer depth, and says which option is missing', async () => {
    const png = put('d.png', encodePng({ height: 1, width: 2, channels: 1, data: Uint16Array.of(1000, 2000) }));
    const args = depth(png, floats('m.npy', [2, 4]));
    await expectError(2, /--prediction-scale/, ...args);
    await expectError(2, /--target-scale/, ...depth(floats('m.npy', [2, 4]), png));
    expect(value((await json(...args, '--prediction-scale', '0.002')).readings, 'depth/rmse')).toBe(0);
  });

  it('folders pair by stem, whatever the format', async () => {
    floats('fp/a.npy', [1, 1]);
    floats('fp/b.npy', [5, 5]);
    floats('ft/b.npy', [5, 6]);
    floats('ft/a.npy', [1, 2]);
    put('ft/notes.txt', 'not a map');
    const { pairs, readings } = await json(...depth(join(folder, 'fp'), join(folder, 'ft')));
    expect(pairs).toBe(2);
    expect(value(readings, 'depth/mae')).toBe(0.5);
  });

  it('refuses stems without a partner, doubles, empty folders, files beside folders', async () => {
    floats('one/a.npy', [1]);
    floats('two/b.npy', [1]);
    const folders = ['one', 'two', 'three', 'four'].map((name) => join(folder, name));
    await expectError(3, /one: a; in .*two: b/, ...depth(folders[0], folders[1]));
    floats('three/a.npy', [1]);
    floats('three/a.npy.gz', [1]);
    await expectError(3, /same stem/, ...depth(folders[2], folders[0]));
    put('four/readme.txt', '');
    await expectError(3, /four: holds no/, ...depth(folders[3], folders[0]));
    await expectError(2, /one is a folder, .*a\.npy is a file/, ...depth(folders[0], join(folder, 'one', 'a.npy')));
    await expectError(3, /b/, ...depth(folders[0], folders[0]), '--mask', folders[1]);
  });

  it('masks pixels, of the same size only', async () => {
    const args = depth(floats('p3.npy', [1, 1, 9]), floats('t3.npy', [1, 2, 1]));
    const masked = await json(...args, '--mask', labels('m3.npy', [0, 7, 0]));
    expect(value(masked.readings, 'depth/mae')).toBe(1);
    const turned = put('m3t.npy', encodeNpy({ shape: [3, 1], data: Uint8Array.of(1, 1, 1) }));
    await expectError(3, /3x1.*1x3/, ...args, '--mask', turned);
  });

  it('translates truth labels', async () => {
    const files = ['--prediction', labels('sp.npy', [0, 1, 1]), '--target', labels('st.npy', [1, 2, 0])];
    const args = ['--task', 'segmentation', ...files, '--classes', '2'];
    const map = put('map.yaml', '0: ignore\n1: 0\n2: 1\n');
    const { readings } = await json(...args, '--target-labels', map);
    expect(value(readings, 'segmentation/pixelAccuracy')).toBe(1);
    const plain = (await json(...args, '--ignore', '2')).readings;
    expect(value(plain, 'segmentation/pixelAccuracy')).toBe(0);
    expect(plain[0].protocol).not.toBe(readings[0].protocol);
    await expectError(
      3,
      /label 0 at row 0, column 2 is not in/,
      ...args,
      '--target-labels',
      put('m2.json', '{"1": 0, "2": 1}'),
    );
    await expectError(2, /map3\.yaml.*label 1 goes to 2/, ...args, '--target-labels', put('map3.yaml', '1: 2\n'));
    await expectError(2, /"wall" is no stored label/, ...args, '--target-labels', put('map4.yaml', 'wall: 1\n'));
    await expectError(2, /map5\.yaml:1:4.*"ignore"/, ...args, '--target-labels', put('map5.yaml', '1: void\n'));
  });

  it('refuses wrong values and options of other tasks', async () => {
    const args = depth(floats('p.npy', [3, 3]), floats('t.npy', [2, 4]));
    const cases: [RegExp, ...string[]][] = [
      [/--max must be above --min.*10.*1/, '--min', '10', '--max', '1'],
      [/--min "-1": give a number of metres, 0 or above/, '--min', '-1'],
      [/--max "ten": give a number of metres above 0/, '--max', 'ten'],
      [/--max "": give a number/, '--max', ''],
      [/did you mean "eigen-nyu"/, '--crop', 'eigen-nyuu'],
      [/did you mean "median"/, '--scaling', 'medium'],
      [/did you mean "clamp"/, '--non-finite', 'clmp'],
      [/did you mean "authors-nyud"/, '--protocol', 'author-nyud'],
      [/--prediction-scale "0": give a number of metres per stored unit above 0/, '--prediction-scale', '0'],
      [/--classes does not apply to --task depth/, '--classes', '4'],
      [/--target-labels does not apply/, '--target-labels', 'x.yaml'],
    ];
    for (const [message, ...more] of cases) await expectError(2, message, ...args, ...more);
    const wrong = ['--prediction', 'x', '--target', 'y'];
    await expectError(2, /did you mean "depth"/, '--task', 'dept', ...wrong);
    await expectError(2, /needs --classes/, '--task', 'segmentation', ...wrong);
    await expectError(
      2,
      /--classes "0": give a whole number from 1 to 2048/,
      '--task',
      'segmentation',
      ...wrong,
      '--classes',
      '0',
    );
    await expectError(2, /whole number/, '--task', 'segmentation', ...wrong, '--classes', '2.5');
    await expectError(
      2,
      /--crop does not apply/,
      '--task',
      'segmentation',
      ...wrong,
      '--classes',
      '2',
      '--crop',
      'garg',
    );
    await expectError(3, /nowhere\.npy/, ...depth(join(folder, 'nowhere.npy'), join(folder, 't.npy')));
    await expectError(3, /1x3.*1x2/, ...depth(floats('p3.npy', [1, 1, 9]), join(folder, 't.npy')));
  });

  it('normals, under a crop or a preset', async () => {
    const up = floats('n.npy', [0, 0, -1, 0, 0, -1], [1, 2, 3]);
    const args = ['--task', 'normals', '--prediction', up, '--target', up];
    expect(value((await json(...args)).readings, 'normals/meanDeg')).toBe(0);
    expect(value((await json(...args, '--protocol', 'eigen-nyu')).readings, 'normals/meanDeg')).toBeNull();
    expect(value((await json(...args, '--protocol', 'eigen-nyu', '--crop', 'none')).readings, 'normals/meanDeg')).toBe(
      0,
    );
  });

  it('pictures of normals, by the name of their encoding or a file that describes it', async () => {
    const rgb = (name: string, ...data: number[]) =>
      put(name, encodePng({ height: 1, width: data.length / 3, channels: 3, data: Uint8Array.from(data) }));
    // The wall ahead and a floor, then a pixel without a normal.
    const authors = rgb('authors.png', 128, 0, 128, 128, 128, 255, 127, 127, 127);
    const geonet = rgb('geonet.png', 128, 128, 255, 128, 255, 128, 128, 255, 128);
    const args = ['--task', 'normals', '--prediction', geonet, '--target', authors];
    const encodings = ['--prediction-encoding', 'geonet', '--target-encoding', 'authors'];
    const { readings } = await json(...args, ...encodings);
    expect(readings.find(({ key }: Reading) => key === 'normals/meanDeg').count).toBe(2);
    expect(value(readings, 'normals/meanDeg')).toBeLessThan(1);
    const described = put('enc.yaml', 'axes: [-x, -y, -z]\nzero: 127.5\none: 255\n');
    const own = await json(...args, '--prediction-encoding', described, '--target-encoding', 'authors');
    expect(own.readings).toEqual(readings);
    // How a file is stored decides no figure of what it says.
    expect(own.protocol.fingerprint).toBe((await json(...args, ...encodings)).protocol.fingerprint);
    await expectError(2, /geonet\.png.*--prediction-encoding.*authors/, ...args);
    await expectError(2, /did you mean "authors"/, ...args, '--target-encoding', 'author');
    const bad = put('bad.yaml', 'axes: [x, x, z]\n');
    await expectError(2, /bad\.yaml:1:.*x, y and z must each appear once/, ...args, '--target-encoding', bad);
    const depths = depth(floats('p.npy', [3, 3]), floats('t.npy', [2, 4]));
    await expectError(2, /--target-encoding does not apply to --task depth/, ...depths, '--target-encoding', 'rgb');
  });
});

describe.skipIf(needsShared('real', 'nyud-fastdepth-sample').skip)('a real prediction', () => {
  it('gives the published figures', async () => {
    const file = (name: string) => sharedPath('real', 'nyud-fastdepth-sample', name);
    const { readings } = await json(...depth(file('pred.npy'), file('depth.npy')));
    expect(value(readings, 'depth/rmse')).toBeCloseTo(0.618, 3);
    expect(value(readings, 'depth/absRel')).toBeCloseTo(0.1405, 4);
    expect(value(readings, 'depth/delta1')).toBeCloseTo(0.777, 3);
  });
});
