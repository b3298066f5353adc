import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkEntry, type OpenContext, openPredictor } from '../../src/backends/open.ts';
import { sha256 } from '../../src/core/canonical.ts';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { datasetOf, noise } from './maps.ts';
import { tinyOnnx } from './tiny-onnx.ts';

const work = mkdtempSync(join(tmpdir(), 'densebench-open-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const ORT = { id: 'onnxruntime-node' };
const context: OpenContext = {
  cacheDirectory: join(work, 'cache'),
  tasks: ['depth'],
  openTrain: async () =>
    datasetOf([{ depth: { height: 1, width: 1, channels: 1, data: Float32Array.of(2) } }], ['a'], ['depth']),
};

const card = (id: string, rest: string) => {
  const path = join(work, `${id}.yaml`);
  writeFileSync(
    path,
    `id: ${id}\ntitle: T\nlicence: MIT\nnote: N\ninput: { width: 64, height: 48, mean: [0, 0, 0], std: [1, 1, 1] }\n${rest}`,
  );
  return path;
};
const NANO = `
network: { classes: 6, tasks: [segmentation, depth, normals], width: 0.25, decoderWidth: 16 }
outputs:
  segmentation: { name: segmentation }
  depth: { name: depth, unit: m, absolute: true }
  normals: { name: normals, axes: [x, y, z] }
`;
const DEPTH = 'outputs: { depth: { name: depth, unit: m } }\n';

/** tinyOnnx at 64x48: six 1x1 filters of three channels on 16x12 pixels. */
const TINY_COST = {
  paramsUndefined: expect.stringContaining('folded'),
  storedParams: 6 * 3 + 6,
  macs: 16 * 12 * 6 * 3,
  macsBy: { convolution: 16 * 12 * 6 * 3, matmul: 0 },
  inputSize: '64x48',
  weightBytes: 4 * (6 * 3 + 6),
  peakActivationBytes: 4 * (64 * 48 * 3 + 16 * 12 * 6),
};

describe('openPredictor', () => {
  beforeAll(() => {
    mkdirSync(join(work, 'weights'));
    writeFileSync(join(work, 'weights', 'tiny.onnx'), tinyOnnx({ height: 48, width: 64 }));
  });

  it('builds a network card, keeps the very file that ran, and says that its weights are untrained', async () => {
    const model = card('nano', `${NANO}weights: { seed: 3 }\n`);
    const opened = await openPredictor({ id: 'e', model, backend: ORT }, context);
    const { predictor } = opened;
    expect(opened.model).toMatchObject({ id: 'nano', title: 'T', note: 'N' });
    expect(predictor.accuracyUndefined).toBe('untrained weights');
    expect(opened.loadMs).toBeGreaterThan(0);
    expect(opened.cost?.inputSize).toBe('64x48');
    const files = readdirSync(join(work, 'cache', 'models'));
    expect(files).toHaveLength(1);
    const bytes = readFileSync(join(work, 'cache', 'models', files[0]));
    expect(sha256(bytes)).toBe(predictor.card.weightsSha256);
    expect(files[0]).toContain(sha256(bytes).slice(0, 16));
    const { maps } = await predictor.predict({ id: 'a', image: async () => noise(50, 70) });
    expect(maps.segmentation).toMatchObject({ height: 50, width: 70 });
    for (const map of Object.values(maps)) expect(map.data.every(Number.isFinite)).toBe(true);
    expect(new Set(maps.segmentation?.data).size).toBeGreaterThan(1);
    await predictor.close();
  });

  it('gives the same weights for the same seed only', async () => {
    const hashOf = async (seed: number) => {
      const model = card(`seed${seed}`, `${NANO}weights: { seed: ${seed} }\n`);
      const { predictor } = await openPredictor({ id: 'e', model, backend: ORT }, context);
      await predictor.close();
      return predictor.card.weightsSha256;
    };
    expect(await hashOf(1)).toBe(await hashOf(1));
    expect(await hashOf(1)).not.toBe(await hashOf(2));
  });

  it("counts the paper's network as its authors' code does", async () => {
    for (const [model, params, macs] of [
      ['mt-lw-refinenet-nyud', 3_070_057, 5.9403],
      ['mt-lw-refinenet-nyud-three', 3_077_228, 6.0779],
    ] as const) {
      const { cost, predictor } = await openPredictor({ id: 'e', model, backend: ORT }, context);
      await predictor.close();
      expect(cost?.params).toBe(params);
      expect((cost?.macs ?? 0) / 1e9).toBeCloseTo(macs, 4);
      expect(cost?.inputSize).toBe('640x480');
    }
  });

  it('runs an ONNX file that lies relative to its card', async () => {
    const model = card('file', `onnx: weights/tiny.onnx\n${DEPTH}`);
    const { predictor, cost } = await openPredictor({ id: 'e', model, backend: { ...ORT, threads: 2 } }, context);
    expect(cost).toEqual(TINY_COST);
    expect(predictor.accuracyUndefined).toBeUndefined();
    expect(predictor.card.threads).toBe(2);
    expect(predictor.card.weightsSha256).toBe(sha256(readFileSync(join(work, 'weights', 'tiny.onnx'))));
    await predictor.close();
    const counted = card('counted', `onnx: weights/tiny.onnx\ncost: { params: 10, macs: 20 }\n${DEPTH}`);
    const second = await openPredictor({ id: 'e', model: counted, backend: ORT }, context);
    const { paramsUndefined: _, ...fromFile } = TINY_COST;
    // What is counted in full goes before what is stated.
    expect(second.cost).toEqual({ ...fromFile, params: 10 });
    await second.predictor.close();
  });

  it('fixes the free axes of a file to the size on its card, and hashes the file as it is', async () => {
    const bytes = tinyOnnx({ height: 'h', width: 'w' });
    writeFileSync(join(work, 'weights', 'free.onnx'), bytes);
    const model = card('free', `onnx: weights/free.onnx\n${DEPTH}`);
    const { predictor } = await openPredictor({ id: 'e', model, backend: ORT }, context);
    expect(predictor.card.weightsSha256).toBe(sha256(bytes));
    const { maps } = await predictor.predict({ id: 'a', image: async () => noise(10, 20) });
    expect(maps.depth).toMatchObject({ height: 10, width: 20 });
    await predictor.close();
  });

  it('names a weights file that is missing or damaged', async () => {
    const missing = card('missing', `onnx: weights/none.onnx\n${DEPTH}`);
    await expect(openPredictor({ id: 'e', model: missing, backend: ORT }, context)).rejects.toThrow(ResourceError);
    await expect(openPredictor({ id: 'e', model: missing, backend: ORT }, context)).rejects.toThrow('none.onnx');
    writeFileSync(join(work, 'weights', 'bad.onnx'), 'not a model');
    const bad = card('bad', `onnx: weights/bad.onnx\n${DEPTH}`);
    await expect(openPredictor({ id: 'e', model: bad, backend: ORT }, context)).rejects.toThrow(/bad\.onnx: not a/);
  });

  it('opens backends that need no model', async () => {
    const opened = await openPredictor({ id: 'e', backend: { id: 'prior' } }, context);
    expect(opened.model).toBeUndefined();
    expect(opened.cost).toBeUndefined();
    expect(opened.predictor.tasks).toEqual(['depth']);
    await opened.predictor.close();
  });

  it.each([
    ['an unknown backend', { id: 'e', backend: { id: 'onnxruntime-nod' } }, 'did you mean "onnxruntime-node"?'],
    ['an inherited name', { id: 'e', backend: { id: 'toString' } }, 'unknown backend "toString"'],
    ['an unknown option', { id: 'e', model: 'm', backend: { ...ORT, thread: 1 } }, 'did you mean "threads"?'],
    ['a missing model', { id: 'e', backend: ORT }, 'entry e: backend onnxruntime-node needs a model'],
    ['a model too many', { id: 'e', model: 'm', backend: { id: 'prior' } }, 'runs no model'],
    ['an unknown model', { id: 'e', model: 'mt-lw-refinenet-nyu', backend: ORT }, '"mt-lw-refinenet-nyud"'],
  ])('refuses %s before anything is opened', async (_, entry, message) => {
    expect(() => checkEntry(entry)).toThrow(UsageError);
    expect(() => checkEntry(entry)).toThrow(message);
    await expect(openPredictor(entry, context)).rejects.toThrow(message);
  });
});
