import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { modelCardSchema } from '../../src/backends/model-card.ts';
import { decodeNpy } from '../../src/formats/npy.ts';
import { decodeSafetensors } from '../../src/formats/safetensors.ts';
import { cli, cliStarted } from '../helpers/cli.ts';
import { needsTfjsNode } from '../helpers/tfjs-node.ts';
import { makeWorkspace } from '../helpers/workspace.ts';

/** WebAssembly is there on every machine. */
const BACKEND = ['--backend', 'tfjs-wasm'];

const NETWORK = `{ classes: 5, tasks: [segmentation, depth], stem: 8, decoderWidth: 8,
  rows: [[1, 8, 1, 2], [1, 8, 1, 2], [1, 8, 1, 2], [1, 8, 1, 1], [1, 8, 1, 1], [1, 8, 1, 2], [1, 8, 1, 1]] }`;

const recipe = (changes = '') => `id: tiny-net
title: a tiny network
network: ${NETWORK}
data:
  - { id: tiny, split: train, input: { width: 64, height: 48 }, batch: 3, validation: { split: test, images: 9 } }
images: 36
halfSize: 0.4
validateEvery: 18
${changes}`;

function workspace(text = recipe()): string {
  const root = makeWorkspace();
  mkdirSync(join(root, 'models/recipes'), { recursive: true });
  const frames = Array.from({ length: 6 }, (_, i) => `frame-00${i}`);
  const splits = `splits: { train: [${frames.slice(0, 4)}], test: [${frames.slice(4)}] }\n`;
  appendFileSync(join(root, 'datasets/tiny.yaml'), splits);
  writeFileSync(join(root, 'models/recipes/tiny-net.yaml'), text);
  return root;
}

const env = (root: string) => ({ XDG_CACHE_HOME: join(root, 'cache'), DENSEBENCH_DATA: join(root, 'data') });
const train = (root: string, ...args: string[]) =>
  cli(['train', 'tiny-net', ...BACKEND, ...args], { cwd: root, env: env(root) });
const bytesOf = (root: string, folder: string) => readFileSync(join(root, folder, 'tiny-net.safetensors'));

describe('densebench train', () => {
  it('writes weights, a card that a suite runs, a log and its curves', () => {
    const root = workspace();
    const { status, stdout, stderr } = train(root, '-o', 'out', '--json');
    expect(stderr).not.toContain('internal error');
    expect(status).toBe(0);
    const trained = JSON.parse(stdout);
    const card = modelCardSchema.parse(parse(readFileSync(join(root, 'out/tiny-net.yaml'), 'utf8')));
    expect(card.training).toMatchObject({ recipe: 'tiny-net', seed: 1, imagesSeen: 36 });
    expect(card.training?.data).toEqual([{ id: 'tiny', split: 'train', images: 4 }]);
    const [measured] = card.training?.measured ?? [];
    expect(measured).toMatchObject({
      command: 'densebench train tiny-net --backend tfjs-wasm',
      data: 'tiny test, 2 images held back, at 64x48, protocol plain',
    });
    for (const [key, value] of Object.entries(measured.figures))
      expect(value).toBeCloseTo(trained.figures.tiny[key], 2);
    expect(readFileSync(join(root, 'out/curves.html'), 'utf8')).toContain('Loss: segmentation');
    const log = readFileSync(join(root, 'out/log.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(log.filter(({ kind }) => kind === 'validation').map(({ images }) => images)).toEqual([18, 36]);

    // What the trainer says of the stored weights is what a run of the same images gives.
    writeFileSync(
      join(root, 'suite.yaml'),
      `id: check\ntitle: t\ndata: { id: tiny }\ntasks: [segmentation, depth]\nprotocols: [plain]\nentries:\n  - { id: net, model: ./out/tiny-net.yaml, backend: { id: onnxruntime-node } }\n`,
    );
    const figures = trained.figures.tiny;
    const run = cli(['run', './suite.yaml', '--no-latency', '--json'], { cwd: root, env: env(root) });
    expect(run.stderr).not.toContain('error');
    const { entries } = JSON.parse(run.stdout);
    const figure = (key: string) =>
      entries[0].readings.find((r: { key: string; pooling: string }) => r.key === key && r.pooling === 'pixel').value;
    for (const key of ['segmentation/mIoU', 'segmentation/pixelAccuracy', 'depth/absRel', 'depth/rmse'])
      expect(figures[key]).toBe(figure(key));
  });

  it.skipIf(needsTfjsNode().skip)('survives signals on tfjs-node, where they destroy memory if oneDNN gets them', () =>
    tornAndResumed('tfjs-node'),
  );

  it('gives the weights of an undisturbed training when it is killed and resumed', () => tornAndResumed('tfjs-wasm'));

  async function tornAndResumed(backend: string): Promise<void> {
    const root = workspace(
      recipe().replace('images: 36', 'images: 150').replace('validateEvery: 18', 'validateEvery: 75'),
    );
    const on = ['--backend', backend];
    const run = (...args: string[]) => cli(['train', 'tiny-net', ...on, ...args], { cwd: root, env: env(root) });
    expect(run('-o', 'whole').status).toBe(0);
    // Ctrl-C writes a checkpoint, wherever it falls.
    const child = cliStarted(['train', 'tiny-net', ...on, '-o', 'torn'], { cwd: root, env: env(root) });
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    await untilLogged(join(root, 'torn/log.jsonl'), child.exitCode);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(existsSync(join(root, 'torn/tiny-net.safetensors'))).toBe(false);
    // A second one dies without a word: its folder holds the checkpoint of the first.
    const second = cliStarted(['train', 'tiny-net', ...on, '-o', 'torn', '--resume'], {
      cwd: root,
      env: env(root),
    });
    const killed = new Promise((resolve) => second.on('exit', resolve));
    await new Promise((resolve) => setTimeout(resolve, 300));
    second.kill('SIGKILL');
    await killed;
    const last = run('-o', 'torn', '--resume');
    expect(last.status).toBe(0);
    expect(bytesOf(root, 'torn').equals(bytesOf(root, 'whole'))).toBe(true);
  }

  it('gives other weights from another seed, under another id', () => {
    const root = workspace();
    expect(train(root, '-o', 'one').status).toBe(0);
    expect(train(root, '-o', 'two', '--seed', '2').status).toBe(0);
    const two = readFileSync(join(root, 'two/tiny-net-seed2.safetensors'));
    const card = modelCardSchema.parse(parse(readFileSync(join(root, 'two/tiny-net-seed2.yaml'), 'utf8')));
    expect(card).toMatchObject({ id: 'tiny-net-seed2', training: { recipe: 'tiny-net', seed: 2 } });
    expect(card.training?.measured?.[0].command).toBe('densebench train tiny-net --seed 2 --backend tfjs-wasm');
    expect(two.equals(bytesOf(root, 'one'))).toBe(false);
  });

  it('refuses to write over a training, and to go on with another recipe', () => {
    const root = workspace();
    expect(train(root, '-o', 'out').status).toBe(0);
    const twice = train(root, '-o', 'out');
    expect(twice).toMatchObject({ status: 2 });
    expect(twice.stderr).toContain('--resume');
    const files = () =>
      readdirSync(join(root, 'out')).map((name) => [name, readFileSync(join(root, 'out', name), 'hex')]);
    const before = files();
    const other = train(root, '-o', 'out', '--resume', '--images', '72');
    expect(files()).toEqual(before);
    expect(other).toMatchObject({ status: 3 });
    expect(other.stderr).toContain('of another training (images: 36, now 72)');
    expect(train(root, '-o', 'nothing', '--resume')).toMatchObject({ status: 3 });
  });

  it('says where a log is torn, goes on without it, and draws curves that are missing', () => {
    const root = workspace();
    expect(train(root, '-o', 'out').status).toBe(0);
    const log = join(root, 'out/log.jsonl');
    const whole = readFileSync(log, 'utf8');
    writeFileSync(log, `${whole.split('\n')[0]}\n{"kind": "lo`);
    const torn = train(root, '-o', 'out', '--resume');
    expect(torn).toMatchObject({ status: 3 });
    expect(torn.stderr).toMatch(/out\/log\.jsonl:2: no line of a training log .*; remove the file/);
    expect(torn.stderr).not.toMatch(/^\s+at /m);
    rmSync(log);
    expect(train(root, '-o', 'out', '--resume').status).toBe(0);
    writeFileSync(log, whole);
    rmSync(join(root, 'out/curves.html'));
    expect(train(root, '-o', 'out', '--resume').status).toBe(0);
    expect(existsSync(join(root, 'out/curves.html'))).toBe(true);
  });

  it.each([
    ['lable: 1', 2, 'unknown key "lable"'],
    ['earlyStop: { key: segmentation/mIou, patience: 1 }', 2, 'segmentation/mIoU'],
    ['slices: { nyud40: { first: 0, count: 5 } }', 2, 'five'],
    ['optimiser: { learningRate: 1.0e+30 }', 4, 'diverged'],
  ])('says what is wrong with %s', (change, status, words) => {
    const result = train(workspace(recipe(change)), '-o', 'out');
    expect(result).toMatchObject({ status });
    expect(result.stderr).toContain(words);
  });

  it('learns from no image that it is watched by', () => {
    const result = train(
      workspace(recipe().replace('validation: { split: test', 'validation: { split: all')),
      '-o',
      'out',
    );
    expect(result).toMatchObject({ status: 2 });
    expect(result.stderr).toMatch(/4 of the 6 images of split all are trained on, frame-000 among them/);
  });

  it('is not watched by images without a truth of any of its tasks', () => {
    const root = workspace(
      recipe('slices: { five: { first: 0, count: 5 } }').replace(
        'data:\n',
        'data:\n  - { id: bare, split: train, input: { width: 64, height: 48 }, batch: 2, validation: { split: test } }\n',
      ),
    );
    const card = readFileSync(join(root, 'datasets/tiny.yaml'), 'utf8');
    const bare = card.replace('id: tiny', 'id: bare').replace(/(segmentation|depth): .*\n/g, '');
    writeFileSync(join(root, 'datasets/bare.yaml'), bare);
    cpSync(join(root, 'data/tiny'), join(root, 'data/bare'), { recursive: true });
    const { status, stderr } = train(root, '-o', 'out');
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('bare, validation: it annotates nothing'),
    });
  });

  it('is watched by what a data set annotates, and learns the rest from the others', () => {
    const root = workspace(
      recipe('slices: { five: { first: 0, count: 5 } }').replace(
        'data:\n',
        'data:\n  - { id: deep, split: train, input: { width: 64, height: 48 }, batch: 2, validation: { split: test } }\n',
      ),
    );
    const card = readFileSync(join(root, 'datasets/tiny.yaml'), 'utf8');
    writeFileSync(
      join(root, 'datasets/deep.yaml'),
      card.replace('id: tiny', 'id: deep').replace(/segmentation: .*\n/, ''),
    );
    cpSync(join(root, 'data/tiny'), join(root, 'data/deep'), { recursive: true });
    const { status, stdout } = train(root, '-o', 'out', '--json');
    expect(status).toBe(0);
    const { figures } = JSON.parse(stdout);
    expect(Object.keys(figures.deep).some((key) => key.startsWith('depth/'))).toBe(true);
    expect(Object.keys(figures.deep).some((key) => key.startsWith('segmentation/'))).toBe(false);
    expect(figures.tiny['segmentation/mIoU']).toBeGreaterThan(0);
  });

  // What the pass and the optimiser do is proved elsewhere; this is that the recipe's values reach them.
  it('does with each key of a recipe what the key says', () => {
    const still = 'optimiser: { learningRate: 1.0e-30, weightDecay: 0 }';
    const weightsOf = (text: string) => {
      const root = workspace(text);
      expect(train(root, '-o', 'out').status).toBe(0);
      return decodeSafetensors(bytesOf(root, 'out'), 'weights').tensors;
    };
    const valuesOf = (weights: ReturnType<typeof weightsOf>, name: RegExp) =>
      [...weights].flatMap(([key, { data }]) => (name.test(key) ? [...data] : []));
    const atStart = weightsOf(recipe(still));
    // Depth begins at the mean of ln z; the files are read here once more, at the pixels that nearest takes.
    let [sum, count] = [0, 0];
    const files = workspace();
    for (let i = 0; i < 4; i++) {
      const depth = decodeNpy(readFileSync(join(files, `data/tiny/depth/frame-00${i}.npy`)), 'depth').data;
      for (let y = 0; y < 48; y++)
        for (let x = 0; x < 64; x++) {
          const z = Number(depth[(2 * y + 1) * 128 + 2 * x + 1]);
          if (z > 0) [sum, count] = [sum + Math.log(z), count + 1];
        }
    }
    const biases = valuesOf(atStart, /bias$/);
    expect(biases.some((bias) => Math.abs(bias - sum / count) < 2e-3)).toBe(true);
    // The mean of four pixels of noise varies less than one: so the first layer sees at which size they come.
    const spread = (weights: ReturnType<typeof weightsOf>) => valuesOf(weights, /running_var$/)[0];
    const atHalf = weightsOf(recipe(still).replace('halfSize: 0.4', 'halfSize: 1'));
    const atFull = weightsOf(recipe(still).replace('halfSize: 0.4', 'halfSize: 0'));
    expect(spread(atStart)).toBeGreaterThan(Math.min(spread(atHalf), spread(atFull)));
    expect(spread(atStart)).toBeLessThan(Math.max(spread(atHalf), spread(atFull)));
    const slow = weightsOf(recipe('optimiser: { learningRate: 0.01, plainRate: 1.0e-30, weightDecay: 0 }'));
    const usual = weightsOf(recipe('optimiser: { learningRate: 0.01, weightDecay: 0 }'));
    const changed = (weights: ReturnType<typeof weightsOf>) =>
      [...weights].flatMap(([name, { data }]) =>
        /running|num_batches/.test(name) || data.every((value, i) => value === atStart.get(name)?.data[i])
          ? []
          : [name],
      );
    expect(changed(slow).length).toBeGreaterThan(0);
    expect(changed(slow).length).toBeLessThan(changed(usual).length);
    for (const change of [
      'optimiser: { learningRate: 0.01, weightDecay: 0, schedule: constant }',
      'optimiser: { learningRate: 0.01, weightDecay: 0.5 }',
      'optimiser: { learningRate: 0.01, weightDecay: 0 }\nloss: { balance: 1 }',
      'optimiser: { learningRate: 0.01, weightDecay: 0 }\naugment: { colour: 0 }',
    ])
      expect(valuesOf(weightsOf(recipe(change)), /weight$/), change).not.toEqual(valuesOf(usual, /weight$/));
  });

  it('says which task no data set annotates', () => {
    const result = train(
      workspace(recipe().replace('[segmentation, depth]', '[segmentation, depth, normals]')),
      '-o',
      'o',
    );
    expect(result).toMatchObject({ status: 2 });
    expect(result.stderr).toContain('normals');
  });

  it('stops early and keeps the best weights', () => {
    const root = workspace(
      recipe('earlyStop: { key: depth/absRel, patience: 1 }')
        .replace('images: 36\nhalfSize: 0.4', 'images: 240\nhalfSize: 0.02')
        .replace('validateEvery: 18', 'validateEvery: 3'),
    );
    const { status, stdout } = train(root, '-o', 'out', '--json');
    expect(status).toBe(0);
    const log = readFileSync(join(root, 'out/log.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    // Those at half the size are not judged.
    const seen: number[] = log.flatMap((line) =>
      line.kind === 'validation' && !line.isHalf ? [line.figures.tiny['depth/absRel']] : [],
    );
    expect(log.some((line) => line.isHalf)).toBe(true);
    expect(JSON.parse(stdout).stoppedEarly).toBe(true);
    const best = seen.indexOf(Math.min(...seen));
    expect(seen.length).toBe(best + 2);
    const card = modelCardSchema.parse(parse(readFileSync(join(root, 'out/tiny-net.yaml'), 'utf8')));
    expect(card.training?.imagesSeen).toBeLessThan(240);
    expect(JSON.parse(stdout).figures.tiny['depth/absRel']).toBeCloseTo(Math.min(...seen), 2);
  });
});

async function untilLogged(path: string, exit: number | null): Promise<void> {
  for (let tries = 0; tries < 600 && !existsSync(path); tries++) {
    if (exit !== null) throw new Error(`it ended with ${exit} before it logged anything`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
