import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import { readKittiCalibration } from '../../src/formats/kitti-calibration.ts';
import { readVelodyne } from '../../src/formats/velodyne.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'densebench-kitti-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const put = (name: string, content: Uint8Array | string): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};
const failure = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ResourceError);
  return (error as Error).message;
};

describe('laser scans', () => {
  it('are float32, little endian, four to a point', async () => {
    const bytes = new Uint8Array(32);
    const view = new DataView(bytes.buffer);
    for (const [i, value] of [1.5, -2, 0.25, 0.5, 80, 1e-3, -0, 1].entries()) view.setFloat32(4 * i, value, true);
    expect(Array.from(await readVelodyne(put('a.bin', bytes)))).toEqual([
      1.5,
      -2,
      0.25,
      0.5,
      80,
      Math.fround(1e-3),
      -0,
      1,
    ]);
  });

  it('say where they are torn, or hold what is no number', async () => {
    expect(await failure(readVelodyne(put('torn.bin', new Uint8Array(45))))).toMatch(
      /torn\.bin: 45 bytes are not a whole number of points of 16 bytes; the last one is cut off at byte 32/,
    );
    expect(await failure(readVelodyne(put('empty.bin', new Uint8Array(0))))).toMatch(/empty\.bin: the file is empty/);
    const numbers = Float32Array.of(1, 2, 3, 0, 1, Number.NaN, 3, 0);
    expect(await failure(readVelodyne(put('nan.bin', new Uint8Array(numbers.buffer))))).toMatch(
      /nan\.bin: NaN at byte 20 \(point 1\)/,
    );
    expect(await failure(readVelodyne(join(directory, 'no.bin')))).toMatch(/no\.bin: there is no such file/);
  });
});

describe('calibration files', () => {
  it('give the numbers of a key, and pass over text and blank lines', async () => {
    const file = await readKittiCalibration(
      put('calib.txt', 'calib_time: 09-Jan-2012 13:57:47\r\nP2: 7.215377000000e+02  0\t-1e-3\r\n\r\nT: 1\n\n'),
    );
    expect(file.numbers('P2', 3)).toEqual([721.5377, 0, -0.001]);
    expect(file.numbers('T', 1)).toEqual([1]);
    expect(() => file.numbers('calib_time', 1)).toThrow(/calib\.txt:1: calib_time has 2 numbers, expected 1/);
  });

  it('name file, line and key of what is wrong', async () => {
    const read = async (text: string, key: string, count: number) =>
      (await readKittiCalibration(put('c.txt', text))).numbers(key, count);
    expect(await failure(read('P0: 1\nP3: 2\n', 'P2', 1))).toMatch(/c\.txt: "P2" is missing; it holds P0, P3/);
    expect(await failure(read('', 'P2', 1))).toMatch(/"P2" is missing; it holds nothing/);
    expect(await failure(read('\nR: 1 2 3\n', 'R', 9))).toMatch(/c\.txt:2: R has 3 numbers, expected 9/);
    expect(await failure(read('R:\n', 'R', 9))).toMatch(/c\.txt:1: R has 0 numbers, expected 9/);
    expect(await failure(read('R: 1 x 3\n', 'R', 3))).toMatch(/c\.txt:1: R: "x" is not a finite number/);
    expect(await failure(read('R: 1 Infinity 3\n', 'R', 3))).toMatch(/"Infinity" is not a finite number/);
    expect(await failure(read('R: 1\nR: 2\n', 'R', 1))).toMatch(/c\.txt:2: "R" stands in line 1 already/);
    expect(await failure(read('<html>\n', 'R', 1))).toMatch(/c\.txt:1: "<html>" is not of the form "KEY: numbers"/);
  });
});
