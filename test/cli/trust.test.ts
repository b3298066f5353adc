import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decode as decodeElsewhere, encode as encodeElsewhere } from 'fast-png';
import { describe, expect, it } from 'vitest';
import type { MeasuredEntry } from '../../src/core/record.ts';
import { encodeNpy } from '../../src/formats/npy.ts';
import { encodePng } from '../../src/formats/png.ts';
import { tinyOnnx } from '../backends/tiny-onnx.ts';
import { cli } from '../helpers/cli.ts';
import { HEIGHT, IN_WORKSPACE, makeWorkspace, recordIn, WIDTH } from '../helpers/workspace.ts';

const PIXELS = HEIGHT * WIDTH;
const DEPTH_SUITE = 'extends: tiny\ntasks: [depth]\nprotocols: [authors-nyud]\n';
const put = (root: string, path: string, content: string | Uint8Array) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
};
const run = (root: string, suite: string, ...args: string[]) =>
  cli(['run', suite, ...args, ...IN_WORKSPACE], { cwd: root });
const entriesIn = (root: string, directory: string) => recordIn(join(root, directory)).entries as MeasuredEntry[];
const figureOf = (entry: MeasuredEntry, key: string) =>
  entry.readings.find((reading) => reading.key === key && reading.pooling === 'pixel')?.value;

/** A tiny network beside the workspace's data; `unit` is that of its depth. */
function addNetwork(root: string, unit = 'm'): void {
  put(root, 'models/net.onnx', tinyOnnx({ height: HEIGHT, width: WIDTH }));
  put(
    root,
    'models/net.yaml',
    `id: net\ntitle: one convolution\nlicence: MIT\nonnx: net.onnx\ninput: { width: ${WIDTH}, height: ${HEIGHT}, mean: [0, 0, 0], std: [1, 1, 1] }\n` +
      `outputs:\n  depth: { name: depth, unit: ${unit}, absolute: true }\n`,
  );
}
const NETWORK = '  - { id: net, model: net, backend: { id: onnxruntime-node } }\n';
const LATENCY = 'latency: { minimumSeconds: 0.02, minimumCount: 3, warmupSeconds: 0 }\n';

describe('a resumed run is the same run', () => {
  it('refuses to go on when the truth behind what is done has changed', () => {
    const root = makeWorkspace();
    const torn = join(root, 'data/tiny/depth/frame-005.npy');
    const whole = readFileSync(torn);
    writeFileSync(torn, whole.subarray(0, 300));
    expect(run(root, 'tiny', '-o', 'out').status).toBe(5);
    writeFileSync(torn, whole);
    const changed = new Float32Array(PIXELS).fill(9);
    put(root, 'data/tiny/depth/frame-000.npy', encodeNpy({ shape: [HEIGHT, WIDTH], data: changed }));
    const { status, stderr } = run(root, 'tiny', '--resume', 'out');
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/truth of image frame-000 has changed/),
    });
  });

  it('refuses to go on when a picture that was looked at has changed', () => {
    const root = makeWorkspace();
    addNetwork(root);
    put(root, 'suites/net.yaml', `id: net\n${DEPTH_SUITE}entries:\n${NETWORK}`);
    const picture = join(root, 'data/tiny/images/frame-000.png');
    const whole = readFileSync(picture);
    const data = new Uint8Array(3 * PIXELS).fill(7);
    for (const suite of ['tiny', 'net']) expect(run(root, suite, '-o', suite).status).toBe(0);
    writeFileSync(picture, encodePng({ height: HEIGHT, width: WIDTH, channels: 3, data }));
    // The entry of the suite `tiny` predicts without looking.
    expect(run(root, 'tiny', '--resume', 'tiny').status).toBe(0);
    const { status, stderr } = run(root, 'net', '--resume', 'net');
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/picture of image frame-000 has changed/),
    });
    // The same pixels in another file are the same picture.
    const same = encodeElsewhere(decodeElsewhere(whole));
    expect(whole.equals(same)).toBe(false);
    writeFileSync(picture, same);
    expect(run(root, 'net', '--resume', 'net').status).toBe(0);
  });

  it('refuses to go on when the data set card or the model card has changed', () => {
    const root = makeWorkspace();
    addNetwork(root);
    put(root, 'suites/net.yaml', `id: net\n${DEPTH_SUITE}entries:\n${NETWORK}`);
    expect(run(root, 'net', '-o', 'out').status).toBe(0);
    addNetwork(root, 'dm');
    expect(run(root, 'net', '--resume', 'out')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/other weights or options/),
    });
    addNetwork(root);
    expect(run(root, 'net', '--resume', 'out').status).toBe(0);
    const card = readFileSync(join(root, 'datasets/tiny.yaml'), 'utf8');
    put(root, 'datasets/tiny.yaml', card.replace('depth: { folder: depth }', 'depth: { folder: depth, invalid: 3 }'));
    expect(run(root, 'net', '--resume', 'out')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/another plan/),
    });
  });
});

describe('one bad thing costs itself and no more', () => {
  it('a network that tells other classes apart than the data set is refused before the first image', () => {
    const root = makeWorkspace();
    addNetwork(root);
    const card = readFileSync(join(root, 'models/net.yaml'), 'utf8');
    put(root, 'models/net.yaml', `${card}  segmentation: { name: segmentation }\n`);
    put(root, 'suites/net.yaml', `id: net\nextends: tiny\nentries:\n${NETWORK}`);
    expect(run(root, 'net', '-o', 'out').status).toBe(3);
    const message = expect.stringMatching(/outputs\.segmentation: .* 2 classes apart, the data set has 5/);
    expect(recordIn(join(root, 'out')).failures).toEqual([{ entry: 'net', message }]);
    expect(readFileSync(join(root, 'out/journal.jsonl'), 'utf8')).not.toContain('"kind":"failure"');
    put(root, 'models/net.yaml', `${card}  segmentation: { name: segmentation, labelMap: [4, 255] }\n`);
    expect(run(root, 'net', '-o', 'mapped').status).toBe(0);
  });

  it('an image that cannot be read costs neither the other rows nor the latency', () => {
    const root = makeWorkspace();
    addNetwork(root);
    put(root, 'suites/net.yaml', `id: net\n${DEPTH_SUITE}${LATENCY}entries:\n${NETWORK}`);
    writeFileSync(join(root, 'data/tiny/images/frame-000.png'), 'torn');
    expect(run(root, 'net', '-o', 'out').status).toBe(5);
    const [stored, net] = entriesIn(root, 'out');
    // Stored predictions need no image; a picture for the report must not decide a figure.
    expect(stored).toMatchObject({ id: 'stored', images: 6, failed: 0 });
    expect(net).toMatchObject({ id: 'net', images: 5, failed: 1 });
    expect(net.latency?.stages.total.count).toBeGreaterThanOrEqual(3);
  });

  it('an entry that cannot be opened is named, and the others keep their rows', () => {
    const root = makeWorkspace();
    addNetwork(root);
    rmSync(join(root, 'models/net.onnx'));
    put(root, 'suites/net.yaml', `id: net\n${DEPTH_SUITE}entries:\n${NETWORK}`);
    const { status, stdout } = run(root, 'net', '-o', 'out');
    expect(status).toBe(3);
    expect(stdout).toMatch(/net\.onnx/);
    const record = recordIn(join(root, 'out'));
    expect(record.outcome).toBe('partial');
    expect(record.entries.map(({ id }) => id)).toEqual(['stored']);
    expect(record.failures).toEqual([{ entry: 'net', message: expect.stringMatching(/net\.onnx/) }]);
  });

  it('an entry that the suite allows to be missing is left out by name, and nothing failed', () => {
    const root = makeWorkspace();
    addNetwork(root);
    rmSync(join(root, 'models/net.onnx'));
    const optional = NETWORK.replace('{ id: net,', '{ id: net, optional: true,');
    expect(optional).not.toBe(NETWORK);
    put(root, 'suites/net.yaml', `id: net\n${DEPTH_SUITE}entries:\n${optional}`);
    const { status, stdout } = run(root, 'net', '-o', 'out');
    expect(status).toBe(0);
    expect(stdout).toMatch(/net: left out, as the suite allows: .*net\.onnx/);
    const record = recordIn(join(root, 'out'));
    expect(record.outcome).toBe('complete');
    expect(record.failures).toEqual([{ entry: 'net', message: expect.stringMatching(/net\.onnx/), allowed: true }]);
  });

  it('a latency that cannot be measured leaves a reason, the accuracy beside it, and exit code 4', () => {
    const root = makeWorkspace();
    addNetwork(root);
    put(root, 'suites/net.yaml', `id: net\n${DEPTH_SUITE}${LATENCY}entries:\n${NETWORK}`);
    // A process that dies before it answers.
    put(root, 'bundle/latency.worker.js', 'process.exit(3);');
    const env = { DENSEBENCH_TEST_BUNDLE: pathToFileURL(join(root, 'bundle/main.js')).href };
    const { status, stdout } = cli(['run', 'net', '-o', 'out', ...IN_WORKSPACE], { cwd: root, env });
    expect(status).toBe(4);
    expect(stdout).toMatch(/latency\s+of\s+net:\s+its\s+process\s+ended\s+early/);
    const net = entriesIn(root, 'out')[1];
    expect(net.latency).toBeUndefined();
    expect(net.latencyUndefined).toMatch(/ended early/);
    expect(figureOf(net, 'depth/rmse')).toBeGreaterThan(0);
  });

  describe('a latency that is measured again', () => {
    const stages = (value: unknown) => ({ prepare: value, infer: value, postprocess: value, total: value });
    const conditions = { wallMs: 2000, cpuMs: 1900, involuntarySwitches: 1, cores: 2 };
    const rejected = { reason: 'others ran', samplesMs: stages([40, 60]), conditions };
    const INVALID = { verdict: 'invalid', reason: 'the times scatter', remedy: 'stop what else runs' };

    /** A process that rejects as often as it says, and answers then. */
    function runWith(rejections: number, stability: object) {
      const root = makeWorkspace();
      addNetwork(root);
      put(root, 'suites/net.yaml', `id: net\n${DEPTH_SUITE}${LATENCY}entries:\n${NETWORK}`);
      const answer = {
        inputSize: '8x6',
        device: 'cpu',
        loadMs: 1,
        firstCallMs: 1,
        warmupCalls: 1,
        stages: stages({ count: 2, medianMs: 41, meanMs: 41, minimumMs: 40 }),
        samplesMs: stages([40, 42]),
        conditions,
        stability,
        rejectedAttempts: Array(rejections).fill(rejected),
      };
      put(
        root,
        'bundle/latency.worker.js',
        `process.on('message', () => {
          for (let i = 0; i < ${rejections}; i++) process.send({ rejected: 'others ran' });
          process.send({ answer: ${JSON.stringify(answer)} });
        });
        process.on('disconnect', () => process.exit(0));`,
      );
      const env = { DENSEBENCH_TEST_BUNDLE: pathToFileURL(join(root, 'bundle/main.js')).href };
      const result = cli(['run', 'net', '-o', 'out', '--json', '--data', 'data'], { cwd: root, env });
      return { ...result, net: entriesIn(root, 'out')[1], shown: JSON.parse(result.stdout).entries[1] };
    }

    it('tells of each attempt, counts the one that is stable, and keeps the raw calls of the others', () => {
      const { status, stderr, net, shown } = runWith(1, { verdict: 'stable' });
      expect(status).toBe(0);
      expect(stderr).toMatch(/net: latency, attempt 1 of 5 is invalid: others ran\n.*attempt 2 of 5, calls/);
      expect(net.latency?.rejectedAttempts).toEqual([rejected]);
      const { samplesMs: _, ...told } = rejected;
      expect(shown.latency).toMatchObject({ stages: { total: { medianMs: 41 } }, rejectedAttempts: [told] });
      expect(JSON.stringify(shown)).not.toContain('samplesMs');
    });

    it('gives no figure where none is, and exit code 4', () => {
      const { status, net, shown } = runWith(4, INVALID);
      expect(status).toBe(4);
      expect(net.latency).toBeUndefined();
      expect(net.latencyUndefined).toBe(
        'measurement invalid, 5 attempts of 5, the last because the times scatter; stop what else runs',
      );
      expect(net.latencyRejected).toMatchObject({
        samplesMs: stages([40, 42]),
        rejectedAttempts: Array(4).fill(rejected),
      });
      expect(shown.latencyRejected.rejectedAttempts).toHaveLength(4);
      expect(JSON.stringify(shown)).not.toMatch(/samplesMs|medianMs/);
    });
  });
});

describe('what a row is compared with', () => {
  it('a depth-only row stands on the same evidence as a joint one over the same truth', () => {
    const root = makeWorkspace();
    mkdirSync(join(root, 'only/depth'), { recursive: true });
    for (const file of readdirSync(join(root, 'predictions/depth'))) {
      const bytes = readFileSync(join(root, 'predictions/depth', file));
      writeFileSync(join(root, 'only/depth', file), bytes);
    }
    put(
      root,
      'suites/two.yaml',
      'id: two\nextends: tiny\nentries:\n  - { id: only, backend: { id: replay, directory: only } }\n',
    );
    expect(run(root, 'two', '-o', 'out').status).toBe(0);
    const [joint, only] = entriesIn(root, 'out');
    expect(only.evidence).toEqual({ depth: joint.evidence.depth });
    expect(figureOf(only, 'depth/rmse')).toBe(figureOf(joint, 'depth/rmse'));
  });

  it('one pixel of truth makes another evidence', () => {
    const root = makeWorkspace();
    expect(run(root, 'tiny', '-o', 'a').status).toBe(0);
    const path = join(root, 'data/tiny/depth/frame-003.npy');
    const bytes = readFileSync(path);
    bytes.writeFloatLE(1.25, bytes.length - 4);
    writeFileSync(path, bytes);
    expect(run(root, 'tiny', '-o', 'b').status).toBe(0);
    const [[a], [b]] = [entriesIn(root, 'a'), entriesIn(root, 'b')];
    expect(b.evidence.segmentation).toBe(a.evidence.segmentation);
    expect(b.evidence.depth).not.toBe(a.evidence.depth);
  });

  it('the prior is fitted on the train split and scored on the test split', () => {
    const root = makeWorkspace({ count: 0 });
    const constant = (id: string, label: number, metres: number) => {
      put(
        root,
        `data/split/images/${id}.png`,
        encodePng({ height: 4, width: 6, channels: 3, data: new Uint8Array(72) }),
      );
      put(
        root,
        `data/split/labels/${id}.png`,
        encodePng({ height: 4, width: 6, channels: 1, data: new Uint8Array(24).fill(label) }),
      );
      put(root, `data/split/depth/${id}.npy`, encodeNpy({ shape: [4, 6], data: new Float32Array(24).fill(metres) }));
    };
    constant('train-1', 1, 2);
    constant('train-2', 1, 2);
    constant('test-1', 1, 5);
    constant('test-2', 0, 5);
    put(
      root,
      'datasets/split.yaml',
      'id: split\ntitle: split\nlicence: { name: MIT }\nloader: folder\nimages: { folder: images }\n' +
        'segmentation: { folder: labels, classes: 2 }\ndepth: { folder: depth }\n' +
        'splits: { train: [train-1, train-2], test: [test-1, test-2] }\n',
    );
    put(
      root,
      'suites/split.yaml',
      'id: split\ntitle: split\ndata: { id: split }\ntasks: [segmentation, depth]\nprotocols: [authors-nyud]\n' +
        'entries:\n  - { id: prior, backend: { id: prior } }\n',
    );
    expect(run(root, 'split', '-o', 'out').status).toBe(0);
    const [prior] = entriesIn(root, 'out');
    expect(prior.images).toBe(2);
    expect(figureOf(prior, 'depth/rmse')).toBe(3);
    expect(figureOf(prior, 'segmentation/pixelAccuracy')).toBe(0.5);
  });

  it('an untrained network has costs, and a reason in place of every figure of accuracy', () => {
    const root = makeWorkspace();
    put(
      root,
      'models/seeded.yaml',
      `id: seeded\ntitle: seeded\nlicence: MIT\nnetwork: { tasks: [depth], decoderWidth: 8, width: 0.25 }\nweights: { seed: 1 }\n` +
        `input: { width: ${WIDTH}, height: ${HEIGHT}, mean: [0, 0, 0], std: [1, 1, 1] }\noutputs:\n  depth: { name: depth, unit: m, absolute: true }\n`,
    );
    put(
      root,
      'suites/seeded.yaml',
      `id: seeded\n${DEPTH_SUITE}entries:\n  - { id: seeded, model: seeded, backend: { id: onnxruntime-node } }\n`,
    );
    expect(run(root, 'seeded', '-o', 'out').status).toBe(0);
    const seeded = entriesIn(root, 'out')[1];
    expect(seeded.cost?.params).toBeGreaterThan(0);
    expect(seeded.readings.length).toBeGreaterThan(10);
    for (const reading of seeded.readings) expect(reading).toMatchObject({ value: null, reason: 'untrained weights' });
  });
});
