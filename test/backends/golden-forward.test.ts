import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ModelCard, modelCardSchema } from '../../src/backends/model-card.ts';
import { networkPredictor } from '../../src/backends/network-predictor.ts';
import { onnxruntimeNode } from '../../src/backends/onnxruntime-node.ts';
import type { Runtime, Tensor } from '../../src/core/predictor.ts';
import type { Maps } from '../../src/core/tasks.ts';
import { readRgb } from '../../src/formats/image.ts';
import { readLabels } from '../../src/formats/maps.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { resizePlanar } from '../../src/kernels/resize.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

const { skip } = needsShared('golden', 'forward');
const folders = skip
  ? []
  : readdirSync(sharedPath('golden', 'forward'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);

const at = (folder: string, file: string) => sharedPath('golden', 'forward', folder, file);
const has = (folder: string, file: string) => existsSync(at(folder, file));

/** The authors' card: output names as in their exported files, channels of the normals x, z, y. */
function authorsCard(folder: string, channels?: { first: number; count: number }): ModelCard {
  return modelCardSchema.parse({
    id: 'golden',
    title: folder,
    licence: 'MIT',
    onnx: 'model.onnx',
    input: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    outputs: {
      segmentation: { name: 'segm', channels },
      depth: { name: 'depth', unit: 'm', absolute: true },
      ...(has(folder, 'normals.npy') && { normals: { name: 'normal', axes: ['x', 'z', 'y'] } }),
    },
  });
}

async function tensor(folder: string, file: string): Promise<Tensor> {
  const { shape, data } = await readNpy(at(folder, file));
  return { shape: [1, ...shape], data: data as Float32Array };
}

async function rawOutputs(folder: string): Promise<Record<string, Tensor>> {
  const outputs: Record<string, Tensor> = {
    segm: await tensor(folder, 'raw_segm.npy'),
    depth: await tensor(folder, 'raw_depth.npy'),
  };
  if (has(folder, 'raw_normal.npy')) outputs.normal = await tensor(folder, 'raw_normal.npy');
  return outputs;
}

/** A runtime that gives the recorded outputs of the reference network, and keeps what it was fed. */
function recorded(outputs: Record<string, Tensor>, fed: Tensor[]): Runtime {
  return {
    card: { id: 'recorded', version: '1', device: 'none', options: {} },
    inputs: [{ name: 'image', shape: [1, 3, undefined, undefined] }],
    outputs: Object.entries(outputs).map(([name, { shape }]) => ({ name, shape })),
    async run({ image }) {
      fed.push(image);
      return outputs;
    },
    close: async () => {},
  };
}

/** The tolerances of golden/forward/README.md. */
async function expectMaps(folder: string, maps: Maps, raw: Record<string, Tensor>, labelFile: string, first = 0) {
  const labels = await readLabels(at(folder, labelFile));
  const { height, width } = labels;
  expect(maps.segmentation).toMatchObject({ height, width });
  const { shape, data } = raw.segm;
  const logits = resizePlanar(data, shape[1], shape[2], shape[3], height, width, 'bicubic');
  const predicted = maps.segmentation?.data ?? [];
  let differing = 0;
  for (let i = 0; i < labels.data.length; i++) {
    if (predicted[i] === labels.data[i]) continue;
    differing++;
    const [a, b] = [predicted[i], labels.data[i]].map((c) => logits[(first + c) * height * width + i]);
    expect(Math.abs(a - b), `margin of label at ${i}`).toBeLessThan(2e-3);
  }
  expect(differing / labels.data.length).toBeLessThanOrEqual(2e-4);

  const depth = await readNpy(at(folder, 'depth.npy'));
  expect(depth.shape).toEqual([height, width]);
  expect(
    largest(depth.data.length, (i) => {
      const truth = Number(depth.data[i]);
      return Math.abs((maps.depth?.data[i] ?? Number.NaN) - truth) / Math.max(1, truth / 10);
    }),
  ).toBeLessThanOrEqual(2e-3);

  if (!raw.normal) return;
  const [, channels, h, w] = raw.normal.shape;
  const resized = resizePlanar(raw.normal.data, channels, h, w, height, width, 'bicubic');
  const normals = await readNpy(at(folder, 'normals.npy'));
  const pixels = height * width;
  const order = [0, 2, 1]; // their x, z, y to x, y, z
  expect(
    largest(3 * pixels, (i) => {
      const pixel = Math.floor(i / 3);
      const length = Math.hypot(resized[pixel], resized[pixels + pixel], resized[2 * pixels + pixel]);
      if (length <= 0.05) return 0;
      return Math.abs((maps.normals?.data[3 * pixel + order[i % 3]] ?? Number.NaN) - Number(normals.data[i]));
    }),
  ).toBeLessThanOrEqual(2e-3);
}

/** NaN counts as the largest of all. */
function largest(count: number, valueAt: (i: number) => number): number {
  let max = 0;
  for (let i = 0; i < count; i++) {
    const value = valueAt(i);
    if (!(value <= max)) max = value;
  }
  return max;
}

describe.skipIf(skip)('the predictor around recorded outputs of the reference network', () => {
  it.each(folders)('%s', async (folder) => {
    const raw = await rawOutputs(folder);
    const image = await readRgb(at(folder, 'input.png'));
    const variants: [label: string, channels?: { first: number; count: number }][] = has(folder, 'label.png')
      ? [['label.png']]
      : [
          ['label_nyud40.png', { first: 0, count: 40 }],
          ['label_kitti6.png', { first: 40, count: 6 }],
        ];
    for (const [label, channels] of variants) {
      const fed: Tensor[] = [];
      const card = authorsCard(folder, channels);
      const predictor = networkPredictor({ runtime: recorded(raw, fed), card });
      const { maps } = await predictor.predict({ id: folder, image: async () => image });
      await expectMaps(folder, maps, raw, label, channels?.first);
      expect(fed[0].shape).toEqual([1, 3, image.height, image.width]);
      if (has(folder, 'input_tensor.npy')) {
        const expected = (await readNpy(at(folder, 'input_tensor.npy'))).data;
        expect(largest(expected.length, (i) => Math.abs(fed[0].data[i] - Number(expected[i])))).toBeLessThan(1e-6);
      }
    }
  });
});

const onnxFolders = folders.filter((folder) => has(folder, 'model.onnx'));

describe.skipIf(skip)('ONNX Runtime on the reference network', () => {
  it('has models to run', () => expect(onnxFolders.length).toBeGreaterThan(0));

  it.each(onnxFolders)('%s: image in, maps out', async (folder) => {
    const raw = await rawOutputs(folder);
    const model = { name: join(folder, 'model.onnx'), bytes: readFileSync(at(folder, 'model.onnx')), sha256: '' };
    const runtime = await onnxruntimeNode.open({ model, options: onnxruntimeNode.parseOptions({}) });
    const predictor = networkPredictor({ runtime, card: authorsCard(folder) });
    const image = await readRgb(at(folder, 'input.png'));
    const { maps } = await predictor.predict({ id: folder, image: async () => image });
    await predictor.close();
    await expectMaps(folder, maps, raw, 'label.png');
  });
});
