import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MeasuredEntry } from '../../src/core/record.ts';
import { encodeNpy } from '../../src/formats/npy.ts';
import { encodePng } from '../../src/formats/png.ts';
import { readPanels } from '../../src/run/panels.ts';
import { tinyOnnx } from '../backends/tiny-onnx.ts';
import { cli, cliStarted } from '../helpers/cli.ts';
import {
  CLASSES,
  HEIGHT,
  IN_WORKSPACE,
  makeWorkspace,
  newestRun,
  recordIn,
  seededRandom,
  WIDTH,
  withoutTimes,
} from '../helpers/workspace.ts';

interface RunJson {
  outcome: string;
  banner?: string;
  failures: { entry: string; sample: string; message: string }[];
  files: Record<string, string>;
  entries: MeasuredEntry[];
}
function runJson(root: string, ...args: string[]): RunJson & { status: number | null } {
  const { status, stdout, stderr } = cli(['run', ...args, ...IN_WORKSPACE, '--json'], { cwd: root });
  try {
    return { status, ...(JSON.parse(stdout) as RunJson) };
  } catch {
    throw new Error(`no JSON: exit ${status}: ${stderr}`);
  }
}
const readingsIn = (entry: MeasuredEntry, protocol: string, task: string) =>
  entry.readings
    .filter((reading) => reading.protocolId === protocol && reading.key.startsWith(`${task}/`))
    .filter((reading) => !reading.key.includes('/IoU:'))
    .map(({ key, pooling, value, count }) => ({ key, pooling, value, count }));

let root: string;
beforeAll(() => {
  root = makeWorkspace();
});

describe('a run', () => {
  it('measures under each protocol the tasks that it covers, and shows what its source prints', () => {
    writeFileSync(
      join(root, 'suites/partial.yaml'),
      'id: partial\nextends: tiny\nprotocols: [densetorch, mmseg, monodepth2, kitti-devkit]\n',
    );
    const { status, entries } = runJson(root, 'partial');
    expect(status).toBe(0);
    const tasksUnder = (protocol: string) => [
      ...new Set(
        entries[0].readings.filter((r) => r.protocolId === protocol).map(({ key }) => key.slice(0, key.indexOf('/'))),
      ),
    ];
    expect(tasksUnder('densetorch')).toEqual(['segmentation', 'depth']);
    expect(tasksUnder('mmseg')).toEqual(['segmentation']);
    expect(tasksUnder('monodepth2')).toEqual(['depth']);
    const { stdout } = cli(['report', newestRun(root, 'partial'), '--format', 'markdown'], { cwd: root });
    const heads = stdout.split('\n').filter((line) => line.startsWith('|') && /↑|↓/.test(line));
    expect(heads[1]).toMatch(/pixel acc\..*mIoU.*mean acc\./);
    expect(heads[2]).toMatch(/absRel \(per image\).*sqRel \(per image\).*δ₃ \(per image\)/);
    expect(heads[3]).toMatch(/SILog \(per image\).*iRMSE \(per image\)/);
  });

  it.each([
    ['segmentation', 'authors-nyud', 'data/tiny/labels', ['--classes', String(CLASSES)]],
    ['depth', 'authors-nyud', 'data/tiny/depth', ['--protocol', 'authors-nyud']],
    ['depth', 'eigen-nyu', 'data/tiny/depth', ['--protocol', 'eigen-nyu']],
  ])(
    'of stored predictions equals `score` on the same files to the last digit: %s by %s',
    (task, protocol, truth, extra) => {
      const run = runJson(root, 'tiny');
      expect(run.status).toBe(0);
      const { stdout } = cli(
        ['score', '--task', task, '--prediction', `predictions/${task}`, '--target', truth, ...extra, '--json'],
        { cwd: root },
      );
      const { readings } = JSON.parse(stdout) as { readings: MeasuredEntry['readings'] };
      const scored = readings
        .filter(({ key }) => !key.includes('/IoU:'))
        .map(({ key, pooling, value, count }) => ({ key, pooling, value, count }));
      expect(scored.length).toBeGreaterThan(6);
      expect(readingsIn(run.entries[0], protocol, task)).toEqual(scored);
    },
  );

  it('rescored from its own saved predictions gives the same figures', () => {
    runJson(root, 'tiny', '--save-predictions');
    const saved = join(newestRun(root, 'tiny'), 'predictions', 'stored');
    writeFileSync(
      join(root, 'suites/again.yaml'),
      `id: again\nextends: tiny\nentries:\n  - { id: stored, backend: { id: replay, directory: "${saved}" } }\n`,
    );
    const [first, again] = [runJson(root, 'tiny').entries[0], runJson(root, 'again').entries[0]];
    expect(again.readings).toEqual(first.readings);
    expect(again.evidence).toEqual(first.evidence);
  });

  it('writes every report, names the run on disk, and leaves no half-written file', () => {
    const run = runJson(root, 'tiny');
    for (const path of Object.values(run.files)) expect(existsSync(join(root, path)), path).toBe(true);
    const directory = newestRun(root, 'tiny');
    expect(readdirSync(directory).sort()).toEqual(['journal.jsonl', 'panels', 'record.json', 'suite.resolved.yaml']);
  });

  it('with --limit says so on every output', () => {
    const { stdout } = cli(['run', 'tiny', '--limit', '2', ...IN_WORKSPACE], { cwd: root });
    expect(stdout).toMatch(/LIMITED: 2 of 6/);
    const run = runJson(root, 'tiny', '--limit', '2');
    expect(run.banner).toMatch(/LIMITED: 2 of 6/);
    for (const kind of ['html', 'csv', 'markdown', 'latex'])
      expect(readFileSync(join(root, run.files[kind]), 'utf8'), kind).toMatch(/limited/i);
    expect(run.entries[0].images).toBe(2);
  });

  it('cannot tell a limit that covers everything from a whole run', () => {
    expect(runJson(root, 'tiny', '--limit', '100').banner).toBeUndefined();
  });

  it('prints nothing but JSON on standard output, and progress on standard error', () => {
    const { stdout, stderr } = cli(['run', 'tiny', '--data', 'data', '--json'], { cwd: root });
    expect(() => JSON.parse(stdout)).not.toThrow();
    expect(stderr).toMatch(/stored: \d+\/6/);
  });
});

describe('a network whose output is known by hand', () => {
  // Flat images: each head of the tiny network is one 1x1 convolution, so the maps are constant and by hand
  // logits = (r - g, g - r), depth = 0.5 r + 0.25 b - 3, with r, g, b = value / 255 (no mean, no std).
  const colours = [
    [255, 0, 51],
    [0, 204, 102],
    [153, 51, 255],
  ] as const;
  const predictedDepth = colours.map(([r, , b]) => Math.abs(0.5 * (r / 255) + 0.25 * (b / 255) - 3));
  const predictedLabel = colours.map(([r, g]) => (r >= g ? 0 : 1));
  let net: string;
  beforeAll(() => {
    net = makeWorkspace({ count: 0 });
    for (const folder of ['data/flat/images', 'data/flat/labels', 'data/flat/depth', 'models'])
      mkdirSync(join(net, folder), { recursive: true });
    const [height, width] = [40, 60];
    colours.forEach((colour, i) => {
      const rgb = Uint8Array.from({ length: 3 * height * width }, (_, at) => colour[at % 3]);
      // The upper half of every image is class 0, the lower half class 1; the truth is 0.5 m behind the prediction.
      const labels = Uint8Array.from({ length: height * width }, (_, at) => (at < (height / 2) * width ? 0 : 1));
      const depth = new Float64Array(height * width).fill(predictedDepth[i] + 0.5);
      writeFileSync(join(net, `data/flat/images/${i}.png`), encodePng({ height, width, channels: 3, data: rgb }));
      writeFileSync(join(net, `data/flat/labels/${i}.png`), encodePng({ height, width, channels: 1, data: labels }));
      writeFileSync(join(net, `data/flat/depth/${i}.npy`), encodeNpy({ shape: [height, width], data: depth }));
    });
    writeFileSync(
      join(net, 'datasets/flat.yaml'),
      'id: flat\ntitle: flat colours\nlicence: { name: MIT }\nloader: folder\nimages: { folder: images }\n' +
        'segmentation: { folder: labels, classes: 2, taxonomy: halves }\ndepth: { folder: depth }\n',
    );
    writeFileSync(join(net, 'models/tiny.onnx'), tinyOnnx({ height, width }));
    writeFileSync(
      join(net, 'models/tiny.yaml'),
      `id: tiny\ntitle: one convolution\nlicence: MIT\nonnx: tiny.onnx\ninput: { width: ${width}, height: ${height}, mean: [0, 0, 0], std: [1, 1, 1] }\n` +
        'outputs:\n  segmentation: { name: segmentation }\n  depth: { name: depth, unit: m, absolute: true }\n',
    );
    writeFileSync(
      join(net, 'suites/flat.yaml'),
      'id: flat\ntitle: flat\ndata: { id: flat }\ntasks: [segmentation, depth]\nprotocols: [authors-nyud]\n' +
        'latency: { minimumSeconds: 0.05, minimumCount: 5, warmupSeconds: 0 }\n' +
        'entries:\n  - { id: net, model: tiny, backend: { id: onnxruntime-node } }\n',
    );
  });

  it('scores its known values through the whole chain', () => {
    const run = runJson(net, 'flat');
    expect(run.status).toBe(0);
    const [entry] = run.entries;
    const value = (key: string, pooling = 'pixel') =>
      entry.readings.find((reading) => reading.key === key && reading.pooling === pooling)?.value ?? Number.NaN;
    // Images predicted as class 0: two of three. Class 0: intersection 2 halves, union 3 halves + 2 halves - 2 halves.
    const zeros = predictedLabel.filter((label) => label === 0).length;
    expect(zeros).toBe(2);
    expect(value('segmentation/IoU:class 0')).toBeCloseTo(2 / (3 + 4 - 2), 12);
    expect(value('segmentation/IoU:class 1')).toBeCloseTo(1 / (3 + 2 - 1), 12);
    expect(value('segmentation/mIoU')).toBeCloseTo((2 / 5 + 1 / 4) / 2, 12);
    expect(value('segmentation/pixelAccuracy')).toBeCloseTo(0.5, 12);
    expect(value('depth/rmse')).toBeCloseTo(0.5, 6);
    expect(value('depth/mae')).toBeCloseTo(0.5, 6);
    const absRel = predictedDepth.map((z) => 0.5 / (z + 0.5)).reduce((a, b) => a + b) / 3;
    expect(value('depth/absRel')).toBeCloseTo(absRel, 6);
    const logs = predictedDepth.map((z) => Math.log(z / (z + 0.5)));
    expect(value('depth/rmseLog')).toBeCloseTo(Math.sqrt(logs.reduce((a, d) => a + d * d, 0) / 3), 6);
  });

  it('has its latency measured in a process of its own, every sample kept in the record', () => {
    runJson(net, 'flat');
    const [entry] = recordIn(newestRun(net, 'flat')).entries as MeasuredEntry[];
    expect(entry.latency?.stages.total.count).toBeGreaterThanOrEqual(5);
    expect(entry.latency?.samplesMs.total).toHaveLength(entry.latency?.stages.total.count ?? 0);
    expect(entry.latency?.device).toBe('cpu');
    expect(entry.latency?.inputSize).toBe('60x40');
  });

  it('fails when the device that was asked for is not there, instead of using another', () => {
    const { status, stderr } = cli(['run', 'flat', '--device', 'cuda', ...IN_WORKSPACE], { cwd: net });
    expect(status).toBe(3);
    expect(stderr).toMatch(/cuda/);
  });
});

describe('interrupted and resumed', () => {
  it('gives the same record as an undisturbed run after SIGKILL at ten random moments', async () => {
    const big = makeWorkspace({ count: 24, height: 240, width: 320 });
    writeFileSync(
      join(big, 'suites/killed.yaml'),
      'id: killed\nextends: tiny\ndata: { split: all }\nentries:\n  - { id: constant, backend: { id: fake } }\n',
    );
    const start = performance.now();
    expect(cli(['run', 'killed', '-o', 'whole', ...IN_WORKSPACE], { cwd: big }).status).toBe(0);
    const wholeMs = performance.now() - start;
    const random = seededRandom(20);
    for (let kill = 0; kill < 10; kill++) {
      const resume = existsSync(join(big, 'pieces/journal.jsonl')) ? ['--resume', 'pieces'] : ['-o', 'pieces'];
      const child = cliStarted(['run', 'killed', ...resume, ...IN_WORKSPACE], { cwd: big });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const timer = setTimeout(() => child.kill('SIGKILL'), (0.2 + 0.7 * random()) * wholeMs);
      await ended;
      clearTimeout(timer);
    }
    expect(cli(['run', 'killed', '--resume', 'pieces', ...IN_WORKSPACE], { cwd: big }).status).toBe(0);
    expect(withoutTimes(recordIn(join(big, 'pieces')))).toEqual(withoutTimes(recordIn(join(big, 'whole'))));
    const panels = readPanels(join(big, 'whole'), recordIn(join(big, 'whole')));
    expect(panels.length).toBeGreaterThan(0);
    expect(readPanels(join(big, 'pieces'), recordIn(join(big, 'pieces')))).toEqual(panels);
  });

  it('stops after the image at hand on Ctrl-C, says how to go on, and goes on', async () => {
    const big = makeWorkspace({ count: 40, height: 240, width: 320 });
    const child = cliStarted(['run', '-c', 'suites/tiny.yaml', '-o', 'out', '--limit', '30', '--data', 'data'], {
      cwd: big,
    });
    let stderr = '';
    let asked = false;
    child.stderr?.on('data', (data) => {
      stderr += data;
      // Once: the second Ctrl-C ends the process at once.
      if (!asked && /stored: 0\/30/.test(stderr)) asked = child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(130);
    expect(existsSync(join(big, 'out/lock'))).toBe(false);
    expect(existsSync(join(big, 'out/record.json'))).toBe(false);
    // The advice is taken to the letter.
    const advice = /Continue with: densebench (.*)/.exec(stderr)?.[1] ?? '';
    expect(cli(advice.split(' '), { cwd: big }).status).toBe(0);
    expect(recordIn(join(big, 'out'))).toMatchObject({ outcome: 'complete', limit: 30 });
  });

  it('without a directory goes on with the newest unfinished run, never with a finished one', () => {
    const other = makeWorkspace();
    expect(cli(['run', 'tiny', ...IN_WORKSPACE], { cwd: other }).status).toBe(0);
    const { status, stderr } = cli(['run', 'tiny', '--resume', ...IN_WORKSPACE], { cwd: other });
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/no unfinished run of suite tiny/) });
    rmSync(join(newestRun(other, 'tiny'), 'record.json'));
    expect(cli(['run', 'tiny', '--resume', ...IN_WORKSPACE], { cwd: other }).status).toBe(0);
    expect(recordIn(newestRun(other, 'tiny')).outcome).toBe('complete');
  });

  it('retries failed samples on resume', () => {
    const other = makeWorkspace();
    const torn = join(other, 'data/tiny/depth/frame-002.npy');
    const whole = readFileSync(torn);
    writeFileSync(torn, whole.subarray(0, 300));
    expect(runJson(other, 'tiny', '-o', 'out').status).toBe(5);
    writeFileSync(torn, whole);
    expect(cli(['run', 'tiny', '--resume', 'out', ...IN_WORKSPACE], { cwd: other }).status).toBe(0);
    runJson(other, 'tiny', '-o', 'undisturbed');
    expect(withoutTimes(recordIn(join(other, 'out')))).toEqual(withoutTimes(recordIn(join(other, 'undisturbed'))));
  });

  it('refuses to go on with other predictions than it began with', () => {
    const other = makeWorkspace();
    runJson(other, 'tiny', '-o', 'out');
    const depth = new Float32Array(HEIGHT * WIDTH).fill(1);
    writeFileSync(join(other, 'predictions/depth/frame-002.npy'), encodeNpy({ shape: [HEIGHT, WIDTH], data: depth }));
    const { status, stderr } = cli(['run', 'tiny', '--resume', 'out', ...IN_WORKSPACE], { cwd: other });
    expect(status).toBe(2);
    expect(stderr).toMatch(/other weights or options/);
  });
});

describe('a failing sample', () => {
  const breakers: [string, (root: string) => void, RegExp][] = [
    [
      'prediction of another size',
      (r) =>
        writeFileSync(
          join(r, 'predictions/depth/frame-003.npy'),
          encodeNpy({ shape: [4, 4], data: new Float32Array(16) }),
        ),
      /4x4/,
    ],
    [
      'image torn',
      (r) =>
        writeFileSync(
          join(r, 'data/tiny/labels/frame-003.png'),
          readFileSync(join(r, 'data/tiny/labels/frame-003.png')).subarray(0, 500),
        ),
      /frame-003\.png/,
    ],
    [
      'truth label out of range',
      (r) =>
        writeFileSync(
          join(r, 'data/tiny/labels/frame-003.png'),
          encodePng({ height: HEIGHT, width: WIDTH, channels: 1, data: new Uint8Array(HEIGHT * WIDTH).fill(77) }),
        ),
      /77/,
    ],
    ['prediction missing', (r) => rmSync(join(r, 'predictions/segmentation/frame-003.npy')), /no prediction stored/],
  ];
  it.each(breakers)(
    '%s: is named and counted, does not stop the rest, and the exit code is 5',
    (_, damage, message) => {
      const broken = makeWorkspace();
      damage(broken);
      const run = runJson(broken, 'tiny');
      expect(run.status).toBe(5);
      expect(run.outcome).toBe('partial');
      expect(run.failures).toHaveLength(1);
      expect(run.failures[0]).toMatchObject({ entry: 'stored', sample: 'frame-003' });
      expect(run.failures[0].message).toMatch(message);
      expect(run.entries[0]).toMatchObject({ images: 5, failed: 1 });
      expect(readFileSync(join(broken, run.files.html), 'utf8')).toContain('frame-003');
    },
  );

  it('a NaN prediction fails no sample, but leaves the depth readings undefined with count and place', () => {
    const broken = makeWorkspace();
    const data = new Float32Array(HEIGHT * WIDTH).fill(2);
    data.fill(Number.NaN, 5 * WIDTH, 5 * WIDTH + 3);
    const truth = new Float32Array(HEIGHT * WIDTH).fill(3);
    writeFileSync(join(broken, 'predictions/depth/frame-001.npy'), encodeNpy({ shape: [HEIGHT, WIDTH], data }));
    writeFileSync(join(broken, 'data/tiny/depth/frame-001.npy'), encodeNpy({ shape: [HEIGHT, WIDTH], data: truth }));
    const run = runJson(broken, 'tiny');
    expect(run.status).toBe(0);
    const rmse = run.entries[0].readings.find(
      ({ key, protocolId }) => key === 'depth/rmse' && protocolId === 'authors-nyud',
    );
    expect(rmse?.value).toBeNull();
    expect(rmse?.reason).toMatch(/3 non-finite.*row 5.*column 0.*frame-001/);
  });
});

describe('wrong use', () => {
  const refuse = (args: string[], status: number, message: RegExp, cwd = root) => {
    const result = cli(['run', ...args], { cwd });
    expect({ status: result.status, stderr: result.stderr }).toEqual({
      status,
      stderr: expect.stringMatching(message),
    });
  };
  it('results directory that cannot be made', () => {
    writeFileSync(join(root, 'file'), 'x');
    refuse(['tiny', '-o', 'file/run', ...IN_WORKSPACE], 3, /file\/run.*--output/s);
  });
  it('two runs into one directory', async () => {
    expect(cli(['run', 'tiny', '-o', 'twice', ...IN_WORKSPACE], { cwd: root }).status).toBe(0);
    refuse(['tiny', '-o', 'twice', ...IN_WORKSPACE], 2, /twice: holds a run already.*--resume/);
    writeFileSync(join(root, 'twice/lock'), JSON.stringify({ pid: process.pid, host: hostname() }));
    refuse(['tiny', '--resume', 'twice', ...IN_WORKSPACE], 2, /another run \(process/);
    rmSync(join(root, 'twice/lock'));
  });
  it('nothing to resume', () =>
    refuse(['tiny', '--resume', 'nowhere', ...IN_WORKSPACE], 2, /nowhere: no run to resume/));
  it('a plan that changed since', () => {
    expect(cli(['run', 'tiny', '-o', 'changed', ...IN_WORKSPACE], { cwd: root }).status).toBe(0);
    refuse(['tiny', '--resume', 'changed', '--limit', '3', ...IN_WORKSPACE], 2, /another plan/);
  });
  it('data that is not there', () => {
    refuse(['tiny', '--quiet'], 3, /images.*--data/s);
    refuse(['tiny', '--data', 'nowhere'], 2, /nowhere/);
    refuse(['nyud', '--require-data', '--data', 'data'], 3, /nyu_depth_v2_labeled\.mat.*data fetch nyudv2/s);
  });
  it('a split that is empty or not there', () => {
    copyFileSync(join(root, 'datasets/tiny.yaml'), join(root, 'datasets/split.yaml'));
    writeFileSync(join(root, 'suites/split.yaml'), 'id: split\nextends: tiny\ndata: { split: train }\n');
    refuse(['split', ...IN_WORKSPACE], 2, /unknown split "train"\. Known: test, all/);
  });
  it('a task that the data lack', () => {
    writeFileSync(join(root, 'suites/normals.yaml'), 'id: normals\nextends: tiny\ntasks: [normals]\n');
    refuse(['normals', ...IN_WORKSPACE], 2, /normals/);
  });
  it.each([
    ['limit', 'limit'],
    ['require-data', 'require_data'],
    ['no-latency', 'latency'],
    ['save-predictions', 'save_predictions'],
  ])('--%s that npm swallowed', (flag, variable) => {
    const env = { npm_lifecycle_event: 'bench', [`npm_config_${variable}`]: '' };
    const { status, stderr } = cli(['run', 'tiny'], { cwd: root, env });
    expect(status).toBe(2);
    expect(stderr).toContain(`npm run bench tiny -- --${flag}`);
  });
  it('a mistake in the last entry or column is found before any work', () => {
    const before = existsSync(join(root, 'results/late')) ? readdirSync(join(root, 'results/late')) : [];
    const suite = (more: string) => writeFileSync(join(root, 'suites/late.yaml'), `id: late\nextends: tiny\n${more}`);
    suite('entries:\n  - { id: last, backend: { id: prior, imagess: 3 } }\n');
    refuse(['late', ...IN_WORKSPACE], 2, /imagess.*images/s);
    suite('entries:\n  - { id: last, backend: { id: onnxruntime-node } }\n');
    refuse(['late', ...IN_WORKSPACE], 2, /last.*needs a model/s);
    suite('protocols: [garg-80]\n');
    refuse(
      ['late', ...IN_WORKSPACE],
      2,
      /no protocol covers segmentation \(garg-80\); add one of authors-nyud, .*mmseg/,
    );
    suite('protocols: [authors-nyud, dsine]\n');
    refuse(['late', ...IN_WORKSPACE], 2, /protocol dsine covers only normals, .*tasks are segmentation, depth/);
    suite('columns: [depth/rsme]\n');
    refuse(['late', ...IN_WORKSPACE], 2, /depth\/rsme.*depth\/rmse/s);
    suite('columns: [depth/rmse@imagee]\n');
    refuse(['late', ...IN_WORKSPACE], 2, /depth\/rmse@imagee.*depth\/rmse/s);
    suite('columns: [depth/rsme]\n');
    expect(existsSync(join(root, 'results/late')) ? readdirSync(join(root, 'results/late')) : []).toEqual(before);
    const { status, stderr } = cli(['validate', 'late'], { cwd: root });
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/depth\/rsme/) });
  });
  it('an option of a backend that does not exist', () => {
    writeFileSync(
      join(root, 'suites/option.yaml'),
      'id: option\nextends: tiny\nentries:\n  - { id: stored, backend: { id: replay, directry: x } }\n',
    );
    refuse(['option', ...IN_WORKSPACE], 2, /directry.*directory/s);
  });
});
