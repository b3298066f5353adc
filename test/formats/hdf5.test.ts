import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import h5wasm from 'h5wasm/node';
import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import { openHdf5 } from '../../src/formats/hdf5.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';
import { mutations, seededRandom } from './hostile.ts';

const folder = mkdtempSync(join(tmpdir(), 'densebench-hdf5-'));

/** A file with a chunked, a scalar and a reference data set, as MATLAB lays cell arrays out. */
async function makeFile(name: string, offset = 0): Promise<string> {
  await h5wasm.ready;
  const path = join(folder, name);
  const file = new h5wasm.File(path, 'w');
  const data = Float32Array.from({ length: 4 * 6 * 8 }, (_, i) => i + offset);
  file
    .create_dataset({ name: 'maps', data, shape: [4, 6, 8], chunks: [1, 6, 8], compression: 'gzip' })
    .create_attribute('MATLAB_class', 'single');
  const refs = file.create_group('#refs#');
  const texts = ['kitchen', '', 'Küche €'].map((text, i) => {
    const codes = Uint16Array.from({ length: text.length }, (_, k) => text.charCodeAt(k));
    const made = refs.create_dataset({
      name: `r${i}`,
      data: text ? codes : BigUint64Array.of(0n, 0n),
      shape: [1, text.length || 2],
    });
    if (!text) made.create_attribute('MATLAB_empty', 1);
    return made.create_reference();
  });
  file.create_dataset({ name: 'scenes', data: texts, shape: [1, 3], dtype: 'Reference' });
  file.create_dataset({ name: 'one', data: [7], shape: [], dtype: '<i' });
  file.create_dataset({ name: 'text', data: ['hello'] });
  file.close();
  return path;
}

describe('openHdf5', () => {
  it('reads slabs, shapes, chunks and cell arrays of strings', async () => {
    const file = await openHdf5(await makeFile('a.h5'));
    expect(file.keys().sort()).toEqual(['#refs#', 'maps', 'one', 'scenes', 'text']);
    const maps = file.dataset('maps');
    expect(maps).toMatchObject({ shape: [4, 6, 8], dtype: '<f', chunk: [1, 6, 8] });
    const slab = maps.readSlab([
      [1, 3],
      [2, 4],
      [5, 8],
    ]);
    const want: number[] = [];
    for (let i = 1; i < 3; i++) for (let j = 2; j < 4; j++) for (let k = 5; k < 8; k++) want.push(48 * i + 8 * j + k);
    expect(slab).toEqual(Float32Array.from(want));
    expect(
      maps.readSlab([
        [0, 4],
        [0, 6],
        [0, 8],
      ]).length,
    ).toBe(192);
    expect(
      maps.readSlab([
        [1, 1],
        [0, 6],
        [0, 8],
      ]).length,
    ).toBe(0);
    expect([...file.dataset('one').readSlab([])]).toEqual([7]);
    expect(file.dataset('one').chunk).toBeUndefined();
    expect(file.strings('scenes')).toEqual(['kitchen', '', 'Küche €']);
    file.close();
  });

  it('keeps two files apart, by absolute and relative path', async () => {
    const first = await openHdf5(await makeFile('first.h5'));
    const second = await openHdf5(relative(process.cwd(), await makeFile('second.h5', 1000)));
    const ranges = [
      [0, 1],
      [0, 1],
      [0, 2],
    ] as [number, number][];
    expect([...first.dataset('maps').readSlab(ranges)]).toEqual([0, 1]);
    expect([...second.dataset('maps').readSlab(ranges)]).toEqual([1000, 1001]);
    first.close();
    expect([...second.dataset('maps').readSlab(ranges)]).toEqual([1000, 1001]);
    second.close();
  });

  it('names file and data set in every error', async () => {
    const path = await makeFile('errors.h5');
    const file = await openHdf5(path);
    const maps = file.dataset('maps');
    const refused: [() => unknown, RegExp][] = [
      [() => file.dataset('nope'), /no data set "nope"; it holds .*maps/],
      [() => file.dataset('a/b'), /no data set "a\/b"/],
      [() => file.dataset('#refs#'), /"#refs#" is not a data set/],
      [() => file.dataset('text'), /"text" holds .*numbers are expected/],
      [() => file.dataset('scenes'), /numbers are expected/],
      [() => file.strings('maps'), /a cell array is expected/],
      [() => maps.readSlab([[0, 1]]), /\[0:1\] is not inside "maps" of shape 4x6x8/],
      [
        () =>
          maps.readSlab([
            [3, 5],
            [0, 6],
            [0, 8],
          ]),
        /not inside/,
      ],
      [
        () =>
          maps.readSlab([
            [-1, 1],
            [0, 6],
            [0, 8],
          ]),
        /not inside/,
      ],
      [
        () =>
          maps.readSlab([
            [2, 1],
            [0, 6],
            [0, 8],
          ]),
        /not inside/,
      ],
    ];
    for (const [action, message] of refused) {
      expect(action).toThrow(message);
      expect(action).toThrow(ResourceError);
      expect(action).toThrow(path);
    }
    file.close();
  });

  it('refuses what is missing, a folder, not HDF5, empty or truncated', async () => {
    const good = readFileSync(await makeFile('good.h5'));
    const write = (name: string, bytes: Uint8Array) => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    await expect(openHdf5(join(folder, 'none.h5'))).rejects.toThrow(/none\.h5: there is no such file/);
    await expect(openHdf5(folder)).rejects.toThrow(/is a folder/);
    await expect(openHdf5(write('text.h5', Buffer.from('not HDF5 '.repeat(300))))).rejects.toThrow(
      /text\.h5: not an HDF5/,
    );
    await expect(openHdf5(write('empty.h5', new Uint8Array(0)))).rejects.toThrow(ResourceError);
    await expect(openHdf5(write('cut.h5', good.subarray(0, good.length >> 1)))).rejects.toThrow(ResourceError);
  });

  it('sees damage in a compressed chunk instead of returning wrong numbers', async () => {
    const bytes = readFileSync(await makeFile('damaged.h5'));
    const marker = bytes.indexOf(Buffer.from([0x78, 0x5e]));
    expect(marker).toBeGreaterThan(0);
    bytes.fill(0xff, marker + 4, marker + 40);
    writeFileSync(join(folder, 'damaged.h5'), bytes);
    const file = await openHdf5(join(folder, 'damaged.h5'));
    const readAll = () =>
      file.dataset('maps').readSlab([
        [0, 4],
        [0, 6],
        [0, 8],
      ]);
    expect(readAll).toThrow(/"maps" \[0:4, 0:6, 0:8\] is damaged/);
    file.close();
  });
});

describe('mutated files', () => {
  it('are met with ResourceErrors only', async () => {
    const good = readFileSync(await makeFile('seed.h5'));
    let refused = 0;
    let i = 0;
    for (const bytes of mutations(good, 300, seededRandom(5))) {
      // A name of its own for each: HDF5 knows files by inode and would go on with what it holds of the last one.
      const path = join(folder, `mutated-${i++}.h5`);
      writeFileSync(path, bytes);
      try {
        const file = await openHdf5(path);
        file.keys();
        file.dataset('maps').readSlab([
          [0, 4],
          [0, 6],
          [0, 8],
        ]);
        file.strings('scenes');
        file.close();
      } catch (error) {
        expect(error).toBeInstanceOf(ResourceError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(50);
    expect(refused).toBeLessThan(300);
  });
});

const golden = needsShared('golden', 'datasets', 'nyudv2', 'nyu_depth_v2_labeled.mini.mat');
describe.skipIf(golden.skip)('a miniature of NYUDv2, against h5py', () => {
  const at = (...parts: string[]) => sharedPath('golden', 'datasets', 'nyudv2', ...parts);

  it('has the shapes, arrays and strings that h5py reads', async () => {
    const want = JSON.parse(readFileSync(at('expected', 'expected.json'), 'utf8'));
    const file = await openHdf5(at('nyu_depth_v2_labeled.mini.mat'));
    expect(file.dataset('images').shape).toEqual([4, 3, 640, 480]);
    expect(file.dataset('rawDepths').chunk).toEqual([2, 214, 160]);
    const names = file.strings('names');
    expect(names.length).toBe(want.names_count);
    expect(names.slice(0, 10)).toEqual(want.names_first_10);
    for (const [key, field] of [
      ['scenes', 'scene'],
      ['sceneTypes', 'sceneType'],
      ['rawRgbFilenames', 'rawRgb'],
    ] as const)
      expect(file.strings(key)).toEqual([0, 1, 2, 3].map((i) => want.fields[i][field]));
    const hashed = {
      depths: 'depth_sha256_hw_float32le',
      rawDepths: 'rawDepth_sha256_hw_float32le',
      labels: 'labels_sha256_hw_uint16le',
    };
    for (const [name, field] of Object.entries(hashed))
      for (let frame = 0; frame < 4; frame++) {
        const stored = file.dataset(name).readSlab([
          [frame, frame + 1],
          [0, 640],
          [0, 480],
        ]);
        const rows = stored.slice();
        for (let x = 0; x < 640; x++) for (let y = 0; y < 480; y++) rows[y * 640 + x] = stored[x * 480 + y];
        expect(createHash('sha256').update(rows).digest('hex'), `${name} ${frame}`).toBe(want.fields[frame][field]);
      }
    file.close();
  });
});
