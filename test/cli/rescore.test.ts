import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MeasuredEntry, RunRecord } from '../../src/core/record.ts';
import { protocolTables } from '../../src/reports/protocol-table.ts';
import { tinyOnnx } from '../backends/tiny-onnx.ts';
import { cli, cliStarted } from '../helpers/cli.ts';
import { HEIGHT, IN_WORKSPACE, makeWorkspace, newestRun, recordIn, WIDTH } from '../helpers/workspace.ts';

/** Stored predictions, a network whose output depends on the picture, and a prior fitted on another split. */
const SUITE = `id: three
title: three kinds of entries
data: { id: tiny, split: test }
tasks: [segmentation, depth]
protocols: [authors-nyud, garg-80]
entries:
  - { id: stored, backend: { id: replay, directory: predictions } }
  - { id: net, title: small network, model: tiny, backend: { id: onnxruntime-node } }
  - { id: prior, backend: { id: prior } }
`;

/** Five classes; depth = 3 r - 0.5, which is negative where a pixel has little red. */
const NETWORK = {
  segmentation: { weights: [1, -1, 0, -1, 1, 0, 0, 0, 1, 1, 0, -1, 0, 1, -1], biases: [0, 0, 0, 0, 0] },
  depth: { weights: [3, 0, 0], biases: [-0.5] },
};

function workspace(): string {
  const root = makeWorkspace();
  const put = (path: string, content: string | Uint8Array) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const list = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => `frame-00${from + i}`).join(', ');
  put(
    'datasets/tiny.yaml',
    `${readFileSync(join(root, 'datasets/tiny.yaml'), 'utf8')}splits: { train: [${list(0, 3)}], test: [${list(3, 6)}] }\n`,
  );
  put('models/tiny.onnx', tinyOnnx({ height: HEIGHT, width: WIDTH, parts: NETWORK }));
  put(
    'models/tiny.yaml',
    `id: tiny\ntitle: one convolution\nlicence: MIT\nonnx: tiny.onnx\ninput: { width: ${WIDTH}, height: ${HEIGHT}, mean: [0, 0, 0], std: [1, 1, 1] }\n` +
      'outputs:\n  segmentation: { name: segmentation }\n  depth: { name: depth, unit: m }\n',
  );
  put('suites/three.yaml', SUITE);
  return root;
}

const measured = ({ entries }: RunRecord) => entries.filter((entry) => entry.kind === 'measured');
/** What a rescore must leave as it was. */
const lasting = (record: RunRecord) =>
  measured(record).map(({ id, title, backend, model, cost, readings, evidence, images, failed }) => ({
    ...{ id, title, backend, model, cost, readings, evidence, images, failed },
  }));
const readingsBy = (record: RunRecord, entry: string, protocol: string) =>
  (record.entries.find(({ id }) => id === entry) as MeasuredEntry).readings.filter((r) => r.protocolId === protocol);

describe('rescore', () => {
  let root: string;
  let run: string;
  const rescored = (...args: string[]): RunRecord => {
    const output = join(root, `again-${args.join('_').replace(/\W/g, '')}`);
    rmSync(output, { recursive: true, force: true });
    const { status, stderr } = cli(['rescore', run, '-o', output, '--quiet', ...args], { cwd: root });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return recordIn(output);
  };
  const fails = (status: number, message: RegExp, ...args: string[]) => {
    const before = readdirSync(root);
    const result = cli(['rescore', ...args], { cwd: root });
    expect(result.stderr).toMatch(message);
    expect(result.status).toBe(status);
    expect(readdirSync(root)).toEqual(before);
  };
  beforeAll(() => {
    root = workspace();
    const { status, stderr } = cli(['run', 'three', '--save-predictions', ...IN_WORKSPACE], { cwd: root });
    run = newestRun(root, 'three');
    expect({ status, stderr, failures: recordIn(run).failures }).toEqual({ status: 0, stderr: '', failures: [] });
  });

  it("under the run's own protocols gives its figures to the last digit, whatever predicted", () => {
    const first = recordIn(run);
    const again = rescored();
    expect(measured(first).map(({ id }) => id)).toEqual(['stored', 'net', 'prior']);
    for (const { readings } of measured(first))
      expect(readings.filter(({ value }) => value !== null).length).toBeGreaterThan(40);
    expect(lasting(again)).toEqual(lasting(first));
    expect(again.protocols).toEqual(first.protocols);
    expect(again.rescoredFrom).toMatchObject({ runId: first.runId, command: first.command });
    expect(first.predictions).toEqual({ format: 'npy' });
  });

  it('is a run of its own: record, journal and every report, which say what they are', () => {
    const { status, stdout } = cli(['rescore', 'three', '--data', 'data', '--json'], { cwd: root });
    expect(status).toBe(0);
    const { banner, files } = JSON.parse(stdout) as { banner: string; files: Record<string, string> };
    expect(banner).toMatch(/RESCORED: stored predictions of run \w+; nothing was inferred, costs are of that run/);
    for (const kind of ['html', 'csv', 'markdown', 'latex'])
      expect(readFileSync(join(root, files[kind]), 'utf8'), kind).toMatch(/RESCORED/);
    const folder = join(root, files.record, '..');
    expect(readdirSync(folder).sort()).toEqual(['journal.jsonl', 'panels', 'record.json']);
    const report = cli(['report', folder], { cwd: root });
    expect(report.stdout).toMatch(/RESCORED/);
    // It has no predictions: "three" and "latest" still mean the run that has.
    expect(cli(['rescore', 'latest', '--quiet'], { cwd: root }).status).toBe(0);
    fails(3, /kept no predictions/, folder);
    for (const name of ['three', 'latest']) {
      const doctor = cli(['doctor', name, '--entry', 'net', '--limit', '1', '--json', '--quiet'], { cwd: root });
      expect({ status: doctor.status, stderr: doctor.stderr }).toEqual({ status: 0, stderr: '' });
      expect(JSON.parse(doctor.stdout)[0].title).toBe(`run ${recordIn(run).runId}, entry net`);
    }
    expect(cli(['doctor', folder], { cwd: root }).stderr).toMatch(/rescored from run \w+; name that run/);
    expect(cli(['run', 'three', '--resume', folder, ...IN_WORKSPACE], { cwd: root }).stderr).toMatch(/another plan/);
  });

  it('by several protocols in one pass gives what each gives alone, and puts them side by side', () => {
    const ids = ['authors-nyud', 'garg-50', 'monodepth2', 'eigen-80', 'eigen-nyu', 'lw-refinenet'];
    const together = rescored('--protocol', ids.join(','), '--entry', 'stored');
    expect(measured(together).map(({ id }) => id)).toEqual(['stored']);
    expect(together.protocols.map(({ id }) => id)).toEqual(ids);
    for (const id of ids) {
      const alone = rescored('--protocol', id, '--entry', 'stored');
      const readings = readingsBy(together, 'stored', id);
      expect(readings.length).toBeGreaterThan(8);
      expect(readings, id).toEqual(readingsBy(alone, 'stored', id));
    }
    const [segmentation, depth] = protocolTables(together);
    expect(segmentation.groups[0].rows.map(({ title }) => title)).toEqual([
      'authors-nyud',
      'eigen-nyu',
      'lw-refinenet',
    ]);
    const titles = depth.groups[0].rows.map(({ title }) => title);
    expect(titles).toEqual(['authors-nyud', 'garg-50', 'monodepth2', 'eigen-80', 'eigen-nyu']);
    const column = (label: string) => depth.columns.findIndex((candidate) => candidate.label === label);
    const cell = (title: string, label: string) => depth.groups[0].rows[titles.indexOf(title)].cells[column(label)];
    const figureOf = (id: string, key: string, pooling: string) =>
      readingsBy(together, 'stored', id).find((r) => r.key === key && r.pooling === pooling)?.value as number;
    expect(cell('authors-nyud', 'RMSE').text).toBe(figureOf('authors-nyud', 'depth/rmse', 'pixel').toFixed(3));
    expect(cell('garg-50', 'RMSE').text).toBe(figureOf('garg-50', 'depth/rmse', 'image').toFixed(3));
    expect(cell('garg-50', 'pooled over').text).toBe('images');
    // What the source does not print stands in brackets; a crop that cannot be applied has its reason.
    expect(cell('authors-nyud', 'absRel').text).toBe(
      `(${figureOf('authors-nyud', 'depth/absRel', 'pixel').toFixed(3)})`,
    );
    expect(cell('eigen-nyu', 'RMSE').text).toBe('–');
    expect(depth.notes[0].text).toMatch(/the crop "eigen-nyu" is defined for images of 480x640/);
    expect(depth.groups[0].rows.flatMap(({ cells }) => cells).some(({ best }) => best)).toBe(false);
  });

  it('by changed rules gives what `score` gives by them, under a name that says so', () => {
    const again = rescored('--entry', 'stored', '--protocol', 'authors-nyud', '--max', '5', '--scaling', 'median');
    expect(again.protocols.map(({ id }) => id)).toEqual(['authors-nyud --max 5 --scaling median']);
    const truth = join(root, 'truth');
    const predictions = join(root, 'three-predictions');
    for (const [folder, from] of [
      [truth, 'data/tiny/depth'],
      [predictions, 'predictions/depth'],
    ] as const) {
      mkdirSync(folder, { recursive: true });
      for (const i of [3, 4, 5])
        writeFileSync(join(folder, `frame-00${i}.npy`), readFileSync(join(root, from, `frame-00${i}.npy`)));
    }
    const { stdout } = cli(
      ['score', '--task', 'depth', '--prediction', predictions, '--target', truth, '--protocol', 'authors-nyud'].concat(
        ['--max', '5', '--scaling', 'median', '--json'],
      ),
      { cwd: root },
    );
    const figures = (readings: readonly { key: string; pooling: string; value: number | null; count: number }[]) =>
      readings
        .filter(({ key }) => key.startsWith('depth/'))
        .map(({ key, pooling, value, count }) => ({ key, pooling, value, count }));
    const scored = figures((JSON.parse(stdout) as { readings: MeasuredEntry['readings'] }).readings);
    expect(scored.length).toBeGreaterThan(20);
    expect(figures(readingsBy(again, 'stored', again.protocols[0].id))).toEqual(scored);
    for (const path of [truth, predictions]) rmSync(path, { recursive: true });
  });

  it('refuses what it cannot do, and leaves nothing behind', () => {
    fails(2, /unknown entry "nett".*did you mean "net"/, run, '--entry', 'nett');
    fails(2, /unknown protocol "garg-5".*did you mean "garg-50"/, run, '--protocol', 'garg-5');
    fails(
      2,
      /protocol dsine covers only normals, and the run has predictions of segmentation, depth/,
      run,
      '--protocol',
      'dsine',
    );
    fails(2, /--max changes depth, and there is none of it to score/, run, '--protocol', 'mmseg', '--max', '5');
    fails(2, /--max must be above --min/, run, '--min', '3', '--max', '2');
    fails(2, /is there already; choose another --output/, run, '-o', run);
    fails(2, /--data nowhere: there is no such folder/, run, '--data', 'nowhere');
    fails(3, /no run|unknown run/, 'nothing-of-the-kind');
  });

  it('of PNG differs by no more than the rounding of depth, and says that it is lossy', () => {
    const lossy = workspace();
    const run2 = cli(['run', 'three', '--save-predictions', 'png', '-o', 'out', '--data', 'data'], { cwd: lossy });
    expect(run2.status).toBe(0);
    // The network's depth is negative here and there, which PNG cannot hold; the user hears of it once.
    expect(run2.stderr.match(/16-bit PNG could not keep the depth of \d+ pixels/g)).toHaveLength(1);
    const first = recordIn(join(lossy, 'out'));
    expect(first.predictions).toMatchObject({ format: 'png', loss: expect.stringMatching(/rounded to 1\/256 m/) });
    const result = cli(['rescore', 'out', '-o', 'again', '--quiet'], { cwd: lossy });
    expect(result.status).toBe(0);
    expect(result.stdout.replace(/\s+/g, ' ')).toMatch(/LOSSY: depth was stored in 16-bit PNG/);
    const again = recordIn(join(lossy, 'again'));
    for (const id of ['stored', 'prior']) {
      const [before, after] = [first, again].map((record) => readingsBy(record, id, 'authors-nyud'));
      for (const [i, { key, pooling, value }] of before.entries()) {
        const now = after[i];
        expect([now.key, now.pooling]).toEqual([key, pooling]);
        // Labels are kept as they are; a mean of |difference| moves by no more than each difference does.
        if (key.startsWith('segmentation/')) expect(now.value, key).toBe(value);
        if (/depth\/(mae|rmse)$/.test(key)) {
          expect(Math.abs((now.value as number) - (value as number)), key).toBeLessThanOrEqual(1 / 512);
          expect(now.value, key).not.toBe(value);
        }
      }
    }
    const net = measured(again).find(({ id }) => id === 'net') as MeasuredEntry;
    expect(net.depthLoss?.nonePx).toBeGreaterThan(0);
    expect(readingsBy(again, 'net', 'authors-nyud').find(({ key }) => key === 'depth/rmse')).toMatchObject({
      value: null,
      reason: expect.stringMatching(/non-finite prediction/),
    });
    expect(result.stdout.replace(/\s+/g, ' ')).toContain(`could not keep the depth of ${net.depthLoss?.nonePx} pixels`);
  });

  it('keeps nothing when it is interrupted', async () => {
    const big = makeWorkspace({ count: 40, height: 240, width: 320 });
    expect(cli(['run', 'tiny', '--save-predictions', ...IN_WORKSPACE], { cwd: big }).status).toBe(0);
    const before = readdirSync(join(big, 'results/tiny'));
    const child = cliStarted(['rescore', 'tiny', '--protocol', 'all'], { cwd: big });
    let stderr = '';
    let asked = false;
    child.stderr?.on('data', (data) => {
      stderr += data;
      if (!asked && /stored: 0\/40/.test(stderr)) asked = child.kill('SIGINT');
    });
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(130);
    expect(stderr).toMatch(/interrupted; nothing was kept/);
    expect(readdirSync(join(big, 'results/tiny'))).toEqual(before);
    expect(existsSync(join(big, 'reports/tiny', `${before[0]}.html`))).toBe(true);
    expect(readdirSync(join(big, 'reports/tiny')).every((name) => name.startsWith(`${before[0]}.`))).toBe(true);
  });
});
