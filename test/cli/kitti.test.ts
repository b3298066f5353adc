import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MeasuredEntry } from '../../src/core/record.ts';
import { encodeNpy } from '../../src/formats/npy.ts';
import { cli } from '../helpers/cli.ts';
import { MINI_KITTI, miniDepth, miniLabels, writeMiniKitti } from '../helpers/mini-kitti.ts';
import { newestRun, recordIn } from '../helpers/workspace.ts';

const { width: W, height: H } = MINI_KITTI;
const IDS = ['0001_0000000000', '0001_0000000001', '0002_0000000000', '0002_0000000001'].map(
  (name) => `2011_09_26_drive_${name}_l`,
);

/** A prediction that is too deep by a twentieth of a metre a row, different in every frame. */
const guess = (frame: number, row: number, column: number) =>
  miniDepth(frame, row, column) + 0.05 * (row + 1) + frame / 10;
const LABELS: Readonly<Record<number, number>> = { 23: 0, 11: 1, 7: 2, 8: 3, 21: 4, 26: 5 };

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'densebench-kitti-run-'));
  const put = (name: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  };
  writeMiniKitti(join(root, 'data', 'mini-kitti'));
  put(
    'datasets/mini-kitti.yaml',
    'id: mini-kitti\ntitle: mini\nlicence: { name: none }\nloader: kitti\nlists: { test: test_files.txt }\n' +
      'dates: ["2011_09_26"]\nsemantic: semantic\ncounts: { test: 697 }\n',
  );
  for (const [frame, id] of IDS.entries()) {
    const pixels = Array.from({ length: W * H }, (_, i) => guess(frame, Math.floor(i / W), i % W));
    put(`stored/depth/${id}.npy`, encodeNpy({ shape: [H, W], data: Float64Array.from(pixels) }));
    // Right wherever the label is one of the six, and 5 elsewhere, which does not count.
    const labels = Int32Array.from(miniLabels(frame), (stored) => LABELS[stored] ?? 5);
    put(`stored/segmentation/${id}.npy`, encodeNpy({ shape: [H, W], data: labels }));
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function run(depth: string, protocol: string): MeasuredEntry {
  const id = `mini-${depth}-${protocol}`;
  mkdirSync(join(root, 'suites'), { recursive: true });
  writeFileSync(
    join(root, 'suites', `${id}.yaml`),
    `id: ${id}\ntitle: mini\ndata: { id: mini-kitti, depth: ${depth} }\ntasks: [depth]\nprotocols: [${protocol}]\n` +
      'entries: [{ id: stored, backend: { id: replay, directory: stored } }]\n',
  );
  const { status, stderr } = cli(['run', id, '--data', 'data', '--quiet'], { cwd: root });
  expect(stderr).not.toMatch(/^densebench:/m);
  expect(status).toBe(0);
  return recordIn(newestRun(root, id)).entries[0] as MeasuredEntry;
}
const value = ({ readings }: MeasuredEntry, key: string) =>
  readings.find((reading) => reading.key === key && reading.pooling === 'pixel')?.value;

describe('a run over the raw tree of KITTI', () => {
  it.each([
    ['velodyne', (column: number) => column !== 0, 0],
    ['annotated', (column: number) => column !== 1, 0.25],
  ] as const)('scores stored predictions against %s truth, in the crop of Garg', (depth, isMeasured, offset) => {
    const entry = run(depth, 'garg-80');
    let [squares, ratios, count] = [0, 0, 0];
    for (let frame = 0; frame < IDS.length; frame++)
      // Garg's fractions of 4 rows and 8 columns, cut to whole pixels: rows 1 and 2, columns 0 to 6.
      for (const row of [1, 2])
        for (let column = 0; column < 7; column++) {
          if (!isMeasured(column)) continue;
          const truth = miniDepth(frame, row, column) + offset;
          const error = guess(frame, row, column) - truth;
          squares += error * error;
          ratios += Math.abs(error) / truth;
          count++;
        }
    expect(value(entry, 'depth/rmse')).toBeCloseTo(Math.sqrt(squares / count), 12);
    expect(value(entry, 'depth/absRel')).toBeCloseTo(ratios / count, 12);
    expect(entry.readings.find(({ key }) => key === 'depth/rmse')?.count).toBe(count);
  });

  it('keeps truths apart: their figures have other fingerprints', () => {
    const protocols = ['velodyne', 'velodyne-corrected', 'velodyne-forward', 'annotated'].map(
      (depth) => run(depth, 'garg-50').readings.find(({ key }) => key === 'depth/rmse')?.protocol,
    );
    expect(new Set(protocols).size).toBe(4);
  });

  it('says that four frames are not the published split, and scores labels too', () => {
    writeFileSync(
      join(root, 'suites', 'mini-both.yaml'),
      'id: mini-both\ntitle: mini\ndata: { id: mini-kitti, classes: 6 }\ntasks: [segmentation, depth]\nprotocols: [authors-nyud]\n' +
        'entries: [{ id: stored, backend: { id: replay, directory: stored } }]\n',
    );
    const { status, stdout } = cli(['run', 'mini-both', '--data', 'data', '--quiet', '--json'], { cwd: root });
    expect(status).toBe(0);
    const { banner, entries } = JSON.parse(stdout);
    expect(banner).toMatch(/NOT THE PUBLISHED SPLIT: 4 images, mini-kitti test has 697/);
    expect(value(entries[0], 'segmentation/mIoU')).toBe(1);
    expect(recordIn(newestRun(root, 'mini-both')).data).toMatchObject({ taxonomy: 'kitti6', depthTruth: 'velodyne' });
  });

  it('is verified: the number of frames, and the one that was published', () => {
    const { status, stdout } = cli(['data', 'verify', 'mini-kitti', '--data', 'data'], { cwd: root });
    expect(status).toBe(0);
    expect(stdout).toMatch(/test +│ 4 \(published: 697\) +│ 4x8 +│ segmentation, depth/);
    expect(stdout).toMatch(/all +│ 4 +│/);
  });

  it('fails on a torn scan by its sample, and goes on', () => {
    const scan = join(
      root,
      'data/mini-kitti/2011_09_26/2011_09_26_drive_0002_sync/velodyne_points/data/0000000001.bin',
    );
    const whole = readFileSync(scan);
    writeFileSync(scan, whole.subarray(0, 100));
    const { status, stdout } = cli(['run', 'mini-both', '--data', 'data', '--quiet', '--json'], { cwd: root });
    writeFileSync(scan, whole);
    expect(status).toBe(5);
    const { failures } = JSON.parse(stdout);
    expect(failures).toMatchObject([
      { sample: IDS[3], message: expect.stringMatching(/0000000001\.bin: 100 bytes .* at byte 96/) },
    ]);
  });
});
