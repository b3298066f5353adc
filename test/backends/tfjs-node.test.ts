import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as core from '@tensorflow/tfjs-core';
import { build } from 'esbuild';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { cannotLoad, tfjsNode } from '../../src/backends/tfjs-node.ts';
import { sha256 } from '../../src/core/canonical.ts';
import { ResourceError } from '../../src/core/errors.ts';
import { needsTfjsNode } from '../helpers/tfjs-node.ts';
import { headValues } from './tf-fixtures.ts';
import { tinyOnnx } from './tiny-onnx.ts';

const tf = (core as unknown as { default?: typeof core }).default ?? core;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SAVED = join(ROOT, 'test', 'fixtures', 'saved-model', 'heads');
const { skip } = needsTfjsNode();
const uncountable = !existsSync('/proc/self/task');
if (uncountable) console.log('SKIPPED: threads are counted in /proc, which Linux alone has');
const options = tfjsNode.parseOptions({});
const openSaved = (path: string) => tfjsNode.openSavedModel?.({ path, options }) ?? Promise.reject(new Error('none'));

const scratch = mkdtempSync(join(tmpdir(), 'densebench-tfjs-node-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const copy = () => {
  const folder = mkdtempSync(join(scratch, 'saved-'));
  cpSync(SAVED, folder, { recursive: true });
  return folder;
};

const colours = Float32Array.from({ length: 5 * 8 * 3 }, (_, i) => ((i * 37) % 101) / 50 - 1);
const image = { data: colours, shape: [1, 5, 8, 3] };
const seen = [0, 4].flatMap((row) =>
  [0, 4].map((column) => colours.slice(3 * (8 * row + column), 3 * (8 * row + column) + 3)),
);

describe.skipIf(skip)('tfjs-node', () => {
  it('says which TensorFlow ran, and refuses another number of threads in the same process', async () => {
    const bytes = tinyOnnx({ height: 8, width: 8 });
    const model = { name: 'tiny.onnx', bytes, sha256: sha256(bytes) };
    const runtime = await tfjsNode.open({ model, options });
    expect(runtime.card.version).toMatch(/^4\.\d+\.\d+ \(TensorFlow 2\.\d+\.\d+\)$/);
    expect(runtime.card.threads).toBe(1);
    await runtime.close();
    const failure = await tfjsNode
      .open({ model, options: tfjsNode.parseOptions({ threads: 2 }) })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ResourceError);
    expect(String(failure)).toMatch(/has threads: 1 in this process, which cannot become threads: 2/);
  });

  it('takes no more memory after 50 runs than after one, gives it back, and prints nothing', async () => {
    const spies = (['log', 'warn', 'info', 'error'] as const).map((name) => vi.spyOn(console, name));
    const writes = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write'));
    const bytes = tinyOnnx({ height: 8, width: 8 });
    const model = { name: 'tiny.onnx', bytes, sha256: '' };
    const planar = { image: { data: new Float32Array(3 * 8 * 8), shape: [1, 3, 8, 8] } };
    const before = tf.memory().numTensors;
    const [onnx, saved] = [await tfjsNode.open({ model, options }), await openSaved(SAVED)];
    const runBoth = async () => [await onnx.run(planar), await saved.run({ image })];
    await runBoth();
    const { numTensors, numBytes } = tf.memory();
    for (let i = 0; i < 50; i++) await runBoth();
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
    await onnx.close();
    await saved.close();
    expect(tf.memory().numTensors).toBe(before);
    for (const spy of [...spies, ...writes]) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });

  it('runs a SavedModel by the names of its signature, class ids of int64 too', async () => {
    const runtime = await openSaved(SAVED);
    expect(runtime.inputs).toEqual([{ name: 'image', shape: [1, undefined, undefined, 3] }]);
    expect(runtime.outputs.map(({ name }) => name).sort()).toEqual(['depth', 'labels', 'normals', 'segmentation']);
    const outputs = await runtime.run({ image });
    for (const head of ['segmentation', 'depth', 'normals'] as const) {
      const wanted = seen.flatMap((colour) => headValues(head, Array.from(colour)));
      expect(outputs[head].shape).toEqual([1, 2, 2, wanted.length / 4]);
      wanted.forEach((value, i) => {
        expect(outputs[head].data[i]).toBeCloseTo(value, 5);
      });
    }
    expect(outputs.labels.shape).toEqual([1, 2, 2, 1]);
    expect(Array.from(outputs.labels.data)).toEqual(seen.map(([r, g]) => (g > r ? 1 : 0)));
    await runtime.close();
    await runtime.close();
    await expect(runtime.run({ image })).rejects.toThrow('after close()');
  });

  it('has one hash over all files of a SavedModel', async () => {
    const hashOf = async (path: string) => {
      const runtime = await openSaved(path);
      await runtime.close();
      return runtime.card.weightsSha256;
    };
    const folder = copy();
    const first = await hashOf(SAVED);
    expect(await hashOf(folder)).toBe(first);
    writeFileSync(join(folder, 'note.txt'), 'x');
    expect(await hashOf(folder)).not.toBe(first);
  });

  const cases: [string, (folder: string) => void, RegExp][] = [
    ['no such folder', (folder) => rmSync(folder, { recursive: true }), /cannot be read/],
    ['a folder without saved_model.pb', (folder) => rmSync(join(folder, 'saved_model.pb')), /no saved_model\.pb/],
    ['a cut saved_model.pb', (folder) => truncateSync(join(folder, 'saved_model.pb'), 9000), /SavedModel|saved_model/],
    ['an empty saved_model.pb', (folder) => truncateSync(join(folder, 'saved_model.pb'), 0), /it has no graph/],
    [
      'no variables',
      (folder) => rmSync(join(folder, 'variables'), { recursive: true }),
      /cannot (load|run)|could not run/,
    ],
    [
      'cut variables',
      (folder) => {
        const variables = join(folder, 'variables');
        for (const name of readdirSync(variables)) truncateSync(join(variables, name), 20);
      },
      /cannot load/,
    ],
    [
      'another signature',
      (folder) => {
        const file = join(folder, 'saved_model.pb');
        writeFileSync(
          file,
          Buffer.from(readFileSync(file, 'latin1').replace('serving_default', 'serving_elsewhe'), 'latin1'),
        );
      },
      /no signature "serving_default" .*it has serve: serving_elsewhe/,
    ],
  ];
  it.each(cases)('answers %s with a cause', async (_, damage, message) => {
    const folder = copy();
    damage(folder);
    const failure = await openSaved(folder)
      .then((runtime) => runtime.run({ image }))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ResourceError);
    expect(String(failure)).toMatch(message);
  });

  it.skipIf(uncountable)('gives TensorFlow the threads that were asked for', async () => {
    const cache = join(ROOT, 'node_modules', '.cache');
    const folder = mkdtempSync(join(cache, 'densebench-threads-'));
    try {
      await build({
        entryPoints: [join(ROOT, 'src', 'backends', 'tfjs-node.ts')],
        outfile: join(folder, 'backend.mjs'),
        bundle: true,
        platform: 'node',
        format: 'esm',
        packages: 'external',
        logLevel: 'error',
      });
      const measure = (threads: number) => {
        const script = `
          const { readdirSync } = await import('node:fs');
          const { tfjsNode } = await import(${JSON.stringify(pathToFileURL(join(folder, 'backend.mjs')).href)});
          const before = readdirSync('/proc/self/task').length;
          const options = tfjsNode.parseOptions({ threads: ${threads} });
          const runtime = await tfjsNode.openSavedModel({ path: ${JSON.stringify(SAVED)}, options });
          const data = new Float32Array(600 * 600 * 3);
          const image = { data, shape: [1, 600, 600, 3] };
          await runtime.run({ image });
          const started = readdirSync('/proc/self/task').length - before;
          const [cpu, wall] = [process.cpuUsage(), performance.now()];
          for (let i = 0; i < 20; i++) await runtime.run({ image });
          const { user, system } = process.cpuUsage(cpu);
          console.log(JSON.stringify({ started, load: (user + system) / 1000 / (performance.now() - wall) }));`;
        const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
          encoding: 'utf8',
        });
        expect(stderr).toBe('');
        return JSON.parse(stdout) as { started: number; load: number };
      };
      const [one, three] = [1, 3].map(measure);
      expect(three.started - one.started).toBe(2);
      // However busy the machine is: one thread uses no more than one core.
      expect(one.load).toBeLessThan(1.2);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('tfjs-node that cannot be loaded', () => {
  it('says how to install it, when absent and when its native part is', async () => {
    const absent = Object.assign(new Error("Cannot find package '@tensorflow/tfjs-node' imported from x"), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    expect(cannotLoad(absent).message).toMatch(/it is not installed.*npm install @tensorflow\/tfjs-node.*tfjs-native/);
    const blocked = new Error('The native addon can not be found at path: /x/tfjs_binding.node. \nPlease run command');
    expect(cannotLoad(blocked).message).toMatch(/tfjs_binding\.node.*tfjs-native\.mjs/);
    expect(cannotLoad(blocked).message).not.toMatch('Please run');
  });
});
