import * as core from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BACKENDS, type BackendId } from '../../../src/backends/index.ts';
import { ResourceError } from '../../../src/core/errors.ts';
import type { Runtime, Tensor } from '../../../src/core/predictor.ts';
import { needsTfjsNode } from '../../helpers/tfjs-node.ts';
import { ints, longs, modelOf, node, size, wave, weights } from '../onnx-case.ts';

const tf = (core as unknown as { default?: typeof core }).default ?? core;

const SHAPE = [1, 3, 8, 10];
const BYTES = modelOf({
  nodes: [
    node('Conv', ['x', 'w1', 'b'], ['a'], ints('pads', [1, 1, 1, 1])),
    node('Relu', ['a'], ['r']),
    node('ReduceMean', ['r'], ['m'], ints('axes', [2, 3])),
    node('Mul', ['r', 'm'], ['s']),
    node('Conv', ['s', 'w2'], ['y']),
  ],
  inputs: { x: SHAPE },
  outputs: { y: undefined, m: undefined },
  stored: [weights('w1', [4, 3, 3, 3]), weights('b', [4]), weights('w2', [2, 4, 1, 1], 5)],
});

const opened: Runtime[] = [];
afterEach(async () => {
  for (const runtime of opened.splice(0)) await runtime.close();
});

async function open(id: BackendId, bytes = BYTES, name = 'a.onnx'): Promise<Runtime> {
  const backend = BACKENDS[id];
  if (backend.kind !== 'runtime') throw new Error(`${id} runs no networks`);
  const runtime = await backend.open({
    model: { name, bytes, sha256: '' },
    options: backend.parseOptions({}) as never,
  });
  opened.push(runtime);
  return runtime;
}

const input = (seed: number) => ({ x: { shape: SHAPE, data: wave(size(SHAPE), seed) } });

describe.each(['tfjs-wasm', 'tfjs-cpu'] as const)('%s', (id) => {
  it('takes no more memory after 100 runs than after one, and gives all of it back', async () => {
    await open(id);
    const before = tf.memory();
    const runtime = await open(id);
    await runtime.run(input(1));
    const { numTensors, numBytes } = tf.memory();
    expect(numTensors).toBeGreaterThan(before.numTensors);
    for (let i = 0; i < 100; i++) await runtime.run(input(i));
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
    await runtime.close();
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  });

  it('keeps nothing of a run that failed', async () => {
    const bytes = modelOf({
      nodes: [node('Conv', ['x', 'w'], ['a']), node('Conv', ['a', 'w'], ['y'])],
      inputs: { x: SHAPE },
      outputs: { y: undefined },
      stored: [weights('w', [4, 3, 1, 1])],
    });
    const runtime = await open(id, bytes, 'wrong.onnx');
    const { numTensors } = tf.memory();
    await expect(runtime.run(input(1))).rejects.toThrow(ResourceError);
    await expect(runtime.run(input(1))).rejects.toThrow('wrong.onnx: Conv node "Conv y"');
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it.each([
    ['ConstantOfShape', [node('ConstantOfShape', ['huge'], ['c']), node('Add', ['x', 'c'], ['y'])]],
    ['Expand', [node('Expand', ['x', 'many'], ['y'])]],
    ['Tile', [node('Tile', ['x', 'huge'], ['y'])]],
    ['Resize', [node('Resize', ['x', '', '', 'huge'], ['y'])]],
    ['Pad', [node('Pad', ['x', 'wide'], ['y'])]],
  ])('refuses %s of a size that a damaged file names', async (op, nodes) => {
    const stored = [
      longs('huge', [1, 3, 1e6, 1e6]),
      longs('many', [1e9, 1, 1, 1, 1]),
      longs('wide', [0, 0, 1e6, 1e6, 0, 0, 1e6, 1e6]),
    ];
    const bytes = modelOf({ nodes, inputs: { x: SHAPE }, outputs: { y: undefined }, stored });
    const work = async () => (await open(id, bytes, 'huge.onnx')).run(input(1));
    await expect(work()).rejects.toThrow(ResourceError);
    await expect(work()).rejects.toThrow(`huge.onnx: ${op} node`);
  });

  it('gives outputs that later runs leave alone', async () => {
    const runtime = await open(id);
    const first = await runtime.run(input(1));
    const copy = Array.from(first.y.data);
    await runtime.run(input(2));
    expect(Array.from(first.y.data)).toEqual(copy);
  });

  it('refuses another shape, another name and a second thread', async () => {
    const runtime = await open(id);
    const wrong = { shape: [1, 3, 8, 11], data: new Float32Array(3 * 88) };
    await expect(runtime.run({ x: wrong })).rejects.toThrow('takes [1, 3, 8, 10], given [1, 3, 8, 11]');
    await expect(runtime.run({ image: wrong })).rejects.toThrow('"x"');
    expect(() => BACKENDS[id].parseOptions({ threads: 2 })).toThrow('option threads');
  });

  it('prints nothing', async () => {
    const spies = (['log', 'warn', 'info', 'error'] as const).map((name) => vi.spyOn(console, name));
    const write = vi.spyOn(process.stdout, 'write');
    await (await open(id)).run(input(1));
    expect(write).not.toHaveBeenCalled();
    write.mockRestore();
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });
});

describe('several backends in one process', () => {
  const native = needsTfjsNode().skip ? [] : (['tfjs-node'] as const);
  const IDS = ['tfjs-wasm', 'onnxruntime-web', ...native, 'tfjs-cpu', 'onnxruntime-node'] as const;

  it('each keep to their own, whatever the others do in between', async () => {
    const runtimes = await Promise.all(IDS.map((id) => open(id)));
    const alone: Record<string, Tensor>[] = [];
    for (const runtime of runtimes) alone.push(await runtime.run(input(3)));
    const together = await Promise.all([...runtimes, ...runtimes].map((runtime) => runtime.run(input(3))));
    // Equal to the last digit, so none ran on another's engine; and the engines do differ in the last digits.
    for (const [i, result] of together.entries()) expect(result).toEqual(alone[i % IDS.length]);
    for (const result of alone)
      expect(result.y.data.every((value, i) => Math.abs(value - alone[0].y.data[i]) < 1e-5)).toBe(true);
  });

  it('run while another one starts', async () => {
    const cpu = await open('tfjs-cpu');
    const wanted = await cpu.run(input(4));
    const [started, , result] = await Promise.all([open('tfjs-wasm'), open('tfjs-cpu'), cpu.run(input(4))]);
    expect(result).toEqual(wanted);
    await started.run(input(4));
    expect(await cpu.run(input(4))).toEqual(wanted);
  });

  it('leave the process as it was: no handler of uncaught errors, no global Worker', async () => {
    const events = ['uncaughtException', 'unhandledRejection'] as const;
    const before = events.map((event) => process.listenerCount(event));
    for (const id of IDS) await open(id);
    expect(events.map((event) => process.listenerCount(event))).toEqual(before);
    expect('Worker' in globalThis).toBe(false);
  });
});
