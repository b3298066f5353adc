import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { checkEntry, type OpenContext, openPredictor } from '../../src/backends/open.ts';
import { UsageError } from '../../src/core/errors.ts';
import { needsTfjsNode } from '../helpers/tfjs-node.ts';
import { halves } from './maps.ts';
import { writeGraphModel } from './tf-fixtures.ts';

const SAVED = fileURLToPath(new URL('../fixtures/saved-model/heads', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'densebench-tf-open-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
writeGraphModel(join(work, 'graph'));

const context: OpenContext = {
  cacheDirectory: join(work, 'cache'),
  tasks: ['segmentation', 'depth', 'normals'],
  openTrain: async () => {
    throw new Error('not asked for');
  },
};

/** The card of the network of tiny-onnx.ts, channels last. */
function card(id: string, source: string, labels = '{ name: segmentation }', layout = 'nhwc', rest = ''): string {
  const path = join(work, `${id}.yaml`);
  writeFileSync(
    path,
    `id: ${id}
title: T
licence: MIT
${source}
input: { width: 32, height: 16, layout: ${layout}, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }
outputs:
  segmentation: ${labels}
  depth: { name: depth, unit: m, absolute: true }
  normals: { name: normals, axes: [x, z, y] }
${rest}`,
  );
  return path;
}
const GRAPH = card('graph', 'graphModel: graph/model.json');
const SAVED_CARD = card('saved', `savedModel: ${SAVED}`, '{ name: labels, kind: labels }');

const entry = (model: string, id: string) => ({ id: 'mine', model, backend: { id } });
const absent = needsTfjsNode().skip;

describe('a card that names TensorFlow files', () => {
  for (const [id, model] of [
    ['tfjs-cpu', GRAPH],
    ['tfjs-wasm', GRAPH],
    ['tfjs-node', GRAPH],
    ['tfjs-node', SAVED_CARD],
  ])
    it.skipIf(id === 'tfjs-node' && absent)(`is run by ${id}: ${basename(model)}`, async () => {
      const { predictor } = await openPredictor(entry(model, id), context);
      const image = async () => halves(16, 32, [255, 51, 0], [0, 204, 102]);
      const { maps } = await predictor.predict({ id: 'a', image });
      await predictor.close();
      // The figures of the conformance suite, where they are worked out.
      expect(maps.segmentation?.data).toEqual(Uint8Array.from({ length: 16 * 32 }, (_, i) => (i % 32 < 16 ? 0 : 1)));
      expect(maps.depth?.data[0]).toBeCloseTo(2.5, 5);
      expect(maps.depth?.data[31]).toBeCloseTo(4.1, 5);
      expect(maps.normals?.data[0]).toBeCloseTo(0.6 / Math.hypot(0.6, 1.6), 6);
      expect(maps.normals?.data[2]).toBeCloseTo(-1.6 / Math.hypot(0.6, 1.6), 6);
    });

  it.each([
    [
      GRAPH,
      'onnxruntime-node',
      /entry mine: .*GraphModel .*model\.json\); tfjs-node, tfjs-wasm, tfjs-cpu do, or export it/,
    ],
    [GRAPH, 'onnxruntime-web', /tfjs-node, tfjs-wasm, tfjs-cpu do/],
    [SAVED_CARD, 'onnxruntime-node', /does not run a TensorFlow SavedModel .*; tfjs-node does/],
    [SAVED_CARD, 'tfjs-wasm', /tfjs-node does/],
  ])('%s on %s is refused before anything is opened', (model, id, message) => {
    expect(() => checkEntry(entry(model, id))).toThrow(UsageError);
    expect(() => checkEntry(entry(model, id))).toThrow(message);
  });

  it('is told the layout when it gets it wrong', async () => {
    const model = card('planar', 'graphModel: graph/model.json', undefined, 'nchw');
    await expect(openPredictor(entry(model, 'tfjs-cpu'), context)).rejects.toThrow(
      /takes \[1, any, any, 3\], the card makes \[1, 3, 16, 32\].*input\.layout/,
    );
  });

  it('names outputs as the signature does', async () => {
    const model = card('named', 'graphModel: graph/model.json', '{ name: segmentatoin }');
    await expect(openPredictor(entry(model, 'tfjs-cpu'), context)).rejects.toThrow(/segmentatoin.*segmentation/);
  });

  it('carries the costs that it states', async () => {
    const model = card(
      'costed',
      'graphModel: graph/model.json',
      undefined,
      'nhwc',
      'cost: { params: 24, macs: 576 }\n',
    );
    const { predictor, cost } = await openPredictor(entry(model, 'tfjs-cpu'), context);
    await predictor.close();
    expect(cost).toMatchObject({ params: 24, macs: 576, inputSize: '32x16' });
  });

  it('names one source alone', () => {
    const model = card('two', `graphModel: graph/model.json\nsavedModel: ${SAVED}`);
    expect(() => checkEntry(entry(model, 'tfjs-node'))).toThrow(/exactly one of onnx/);
  });
});
