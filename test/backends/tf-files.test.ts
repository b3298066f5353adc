import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RuntimeBackend } from '../../src/backends/backend.ts';
import { tfjsCpu } from '../../src/backends/tfjs-cpu.ts';
import { tfjsNode } from '../../src/backends/tfjs-node.ts';
import { tfjsWasm } from '../../src/backends/tfjs-wasm.ts';
import { ResourceError } from '../../src/core/errors.ts';
import type { Runtime } from '../../src/core/predictor.ts';
import { needsTfjsNode } from '../helpers/tfjs-node.ts';
import { type GraphModelChoices, headValues, writeGraphModel } from './tf-fixtures.ts';

const scratch = mkdtempSync(join(tmpdir(), 'densebench-tf-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const folder = () => mkdtempSync(join(scratch, 'model-'));

/** As much of a model.json as is damaged here. */
interface Model {
  format: string;
  modelTopology: { node?: unknown[]; model_config?: object };
  weightsManifest: { paths: string[]; weights: { dtype: string }[] }[];
}

const openGraph = (backend: RuntimeBackend, path: string): Promise<Runtime> => {
  const opened = backend.openGraphModel?.({ path, options: backend.parseOptions({}) });
  if (!opened) throw new Error('runs no GraphModel');
  return opened;
};
const written = (choices?: GraphModelChoices) => writeGraphModel(folder(), choices);

/** [1, 5, 8, 3], every pixel of another colour. */
const SIZE = [1, 5, 8, 3] as const;
const colours = Float32Array.from({ length: 5 * 8 * 3 }, (_, i) => ((i * 37) % 101) / 50 - 1);
const colourAt = (row: number, column: number) =>
  Array.from(colours.subarray(3 * (8 * row + column), 3 * (8 * row + column) + 3));
/** Rows 0 and 4, columns 0 and 4: the strided convolution looks at these pixels alone. */
const expectHeads = (outputs: Awaited<ReturnType<Runtime['run']>>, names = (head: string) => head) => {
  for (const head of ['segmentation', 'depth', 'normals'] as const) {
    const wanted = [0, 4].flatMap((row) => [0, 4].flatMap((column) => headValues(head, colourAt(row, column))));
    const { data, shape } = outputs[names(head)];
    expect(shape).toEqual([1, 2, 2, wanted.length / 4]);
    wanted.forEach((value, i) => {
      expect(data[i]).toBeCloseTo(value, 5);
    });
  }
};

const BACKENDS: [string, RuntimeBackend, boolean][] = [
  ['tfjs-cpu', tfjsCpu, false],
  ['tfjs-wasm', tfjsWasm, false],
  ['tfjs-node', tfjsNode, needsTfjsNode().skip],
];

for (const [id, backend, skip] of BACKENDS)
  describe.skipIf(skip)(`GraphModel on ${id}`, () => {
    it('gives what can be computed by hand, by the names of its signature', async () => {
      const runtime = await openGraph(backend, written());
      expect(runtime.inputs).toEqual([{ name: 'image', shape: [1, undefined, undefined, 3] }]);
      expect(runtime.outputs.map(({ name }) => name)).toEqual(['segmentation', 'depth', 'normals']);
      expectHeads(await runtime.run({ image: { data: colours, shape: SIZE } }));
      expect(runtime.card).toMatchObject({ id, device: 'cpu', threads: 1 });
      await runtime.close();
      await runtime.close();
      await expect(runtime.run({ image: { data: colours, shape: SIZE } })).rejects.toThrow('after close()');
    });

    it('names nodes where there is no signature, and reads weights of 8 bits', async () => {
      const runtime = await openGraph(backend, written({ signature: false, quantised: true, shards: 1 }));
      expect(runtime.inputs[0].name).toBe('x');
      expectHeads(await runtime.run({ x: { data: colours, shape: SIZE } }), (head) => `${head}/out`);
      await runtime.close();
    });

    it('frees every tensor of a run, and the weights at the end', async () => {
      const tf = await import('@tensorflow/tfjs-core').then(
        (core) => (core as unknown as { default?: typeof core }).default ?? core,
      );
      const before = tf.memory().numTensors;
      const runtime = await openGraph(backend, written());
      await runtime.run({ image: { data: colours, shape: SIZE } });
      const once = tf.memory().numTensors;
      for (let i = 0; i < 20; i++) await runtime.run({ image: { data: colours, shape: SIZE } });
      expect(tf.memory().numTensors).toBe(once);
      await runtime.close();
      expect(tf.memory().numTensors).toBe(before);
    });

    it('tells an operator that it does not know, and an input that it cannot feed', async () => {
      const unknown = await openGraph(backend, written({ op: 'Conv9D' }));
      const failure = await unknown.run({ image: { data: colours, shape: SIZE } }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ResourceError);
      expect(String(failure)).toMatch(/Conv9D/);
      await unknown.close();
      const dynamic = await openGraph(backend, written({ op: 'Where' }));
      await expect(dynamic.run({ image: { data: colours, shape: SIZE } })).rejects.toThrow(
        /\(Where\) has control flow/,
      );
      await dynamic.close();
      await expect(openGraph(backend, written({ input: 'DT_INT32' }))).rejects.toThrow(/"image" has type int32/);
    });
  });

describe('GraphModel files', () => {
  const damage = (change: (path: string) => void) => {
    const path = written();
    change(path);
    return openGraph(tfjsCpu, path);
  };
  const edit = (change: (model: Model) => void) => (path: string) => {
    const model = JSON.parse(readFileSync(path, 'utf8'));
    change(model);
    writeFileSync(path, JSON.stringify(model));
  };
  const shard = (path: string, number: number) => path.replace('model.json', `group1-shard${number}of2.bin`);
  const cases: [string, (path: string) => void, RegExp][] = [
    ['no model.json', (path) => rmSync(path), /model\.json: there is no such file/],
    ['a missing weight file', (path) => rmSync(shard(path, 2)), /shard2of2\.bin: there is no such file/],
    [
      'a cut weight file',
      (path) => writeFileSync(shard(path, 2), new Uint8Array(3)),
      /hold \d+ bytes, .* asks for \d+/,
    ],
    ['text that is no JSON', (path) => writeFileSync(path, '{"format": '), /not JSON/],
    ['JSON that is no model', (path) => writeFileSync(path, '[1, 2]'), /not a GraphModel/],
    ['null', (path) => writeFileSync(path, 'null'), /not a GraphModel/],
    [
      'a Keras layers model',
      edit((model) => {
        model.format = 'layers-model';
        model.modelTopology = { model_config: {} };
      }),
      /tfjs_graph_model/,
    ],
    [
      'a weight file elsewhere',
      edit((model) => {
        model.weightsManifest[0].paths[0] = '../../other.bin';
      }),
      /outside its folder/,
    ],
    [
      'weights of an unknown type',
      edit((model) => {
        model.weightsManifest[0].weights[0].dtype = 'float8';
      }),
      /type float8/,
    ],
    [
      'a graph with a missing node',
      edit((model) => {
        model.modelTopology.node?.splice(1, 1);
      }),
      /model\.json/,
    ],
  ];
  it.each(cases)('%s is answered with a cause', async (_, change, message) => {
    const failure = await damage(change).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ResourceError);
    expect(String(failure)).toMatch(message);
  });

  it('has one hash over model.json and every weight file', async () => {
    const hashOf = async (path: string) => {
      const runtime = await openGraph(tfjsCpu, path);
      await runtime.close();
      return runtime.card.weightsSha256;
    };
    const path = written();
    const first = await hashOf(path);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashOf(written())).toBe(first);
    const bytes = readFileSync(shard(path, 2));
    bytes[0] ^= 1;
    writeFileSync(shard(path, 2), bytes);
    expect(await hashOf(path)).not.toBe(first);
  });
});
