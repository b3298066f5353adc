import { describe, expect, it } from 'vitest';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import type { Tensor } from '../../src/core/predictor.ts';
import { TASKS } from '../../src/core/tasks.ts';
import { decodeOnnx } from '../../src/formats/onnx.ts';
import { HEADS, type NetworkConfig, onnxCosts, refinenet, seededWeights, toOnnx } from '../../src/network/index.ts';
import { randomStream } from '../../src/network/random.ts';
import { evaluateGraph } from './evaluate-graph.ts';
import { execute, relativeL2 } from './execute.ts';

const SMALL: NetworkConfig = {
  classes: 5,
  tasks: [...TASKS],
  stem: 4,
  rows: [
    [1, 4, 1, 1],
    [2, 6, 2, 2],
    [2, 8, 1, 2],
    [2, 8, 2, 2],
    [2, 10, 1, 1],
    [2, 12, 1, 2],
    [2, 16, 1, 1],
  ],
  decoderWidth: 8,
};

function image(width: number, height: number): Tensor {
  const { normal } = randomStream(3, 'image');
  return { shape: [1, 3, height, width], data: Float32Array.from({ length: 3 * height * width }, normal) };
}

describe('toOnnx', () => {
  const variants: [string, NetworkConfig][] = [
    ...Object.keys(HEADS).map((head): [string, NetworkConfig] => [`head ${head}`, { ...SMALL, head } as NetworkConfig]),
    ['dense crp1', { ...SMALL, crp1: 'dense' }],
    ['separate trunks', { ...SMALL, trunk: 'separate' }],
    ['depth alone', { ...SMALL, classes: undefined, tasks: ['depth'] }],
  ];
  it.each(variants)('%s: runs as the graph is defined, at an odd size', async (_, config) => {
    const graph = refinenet(config);
    const weights = seededWeights(graph, 11);
    const input = image(45, 37);
    const results = await execute(toOnnx(graph, weights, { width: 45, height: 37 }), input);
    const wanted = evaluateGraph(graph, weights, input);
    expect(Object.keys(results)).toEqual(Object.keys(wanted));
    for (const [task, values] of Object.entries(wanted)) {
      expect(results[task].shape.slice(2)).toEqual([10, 12]);
      expect(relativeL2(results[task].data, values), task).toBeLessThan(1e-5);
    }
  });

  it.each([
    [1226, 370, 93, 307],
    [1200, 350, 88, 300],
    [1, 1, 1, 1],
  ])('gives a quarter of %ix%i, rounded up', async (width, height, rows, columns) => {
    const graph = refinenet(SMALL);
    const results = await execute(toOnnx(graph, seededWeights(graph, 1), { width, height }), image(width, height));
    expect(results.segmentation.shape).toEqual([1, 5, rows, columns]);
    expect(results.depth.shape).toEqual([1, 1, rows, columns]);
    expect(results.normals.shape).toEqual([1, 3, rows, columns]);
  });

  it('writes the same bytes for the same network, and no batch normalisation', () => {
    const write = (seed: number) => {
      const graph = refinenet(SMALL);
      return toOnnx(graph, seededWeights(graph, seed), { width: 64, height: 48 });
    };
    expect(Buffer.compare(write(7), write(7))).toBe(0);
    expect(Buffer.compare(write(7), write(8))).not.toBe(0);
    const model = decodeOnnx(write(7), 'small.onnx');
    expect([model.irVersion, model.opsetImport[0].version]).toEqual([8n, 17n]);
    const operators = new Set(model.graph!.node.map(({ opType }) => opType));
    expect([...operators].sort()).toEqual(['Add', 'Clip', 'Conv', 'MaxPool', 'Resize']);
    const values = model.graph!.node.flatMap(({ output }) => output);
    expect(new Set(values).size).toBe(values.length);
  });

  it('stores folded parameters: one bias for each gamma and beta', () => {
    const graph = refinenet(SMALL);
    const model = decodeOnnx(toOnnx(graph, seededWeights(graph, 7), { width: 64, height: 48 }), 'small.onnx');
    const wanted = graph.nodes.reduce((sum, node) => {
      if (node.op === 'batchnorm') return sum + node.channels;
      if (node.op !== 'conv') return sum;
      const { outChannels, inChannels, kernel, groups, bias } = node;
      return sum + (outChannels * inChannels * kernel ** 2) / groups + (bias ? outChannels : 0);
    }, 0);
    expect(onnxCosts(model).storedParams).toBe(wanted);
  });

  it('refuses weights of another network and impossible sizes', () => {
    const graph = refinenet(SMALL);
    const weights = seededWeights(graph, 1);
    const size = { width: 32, height: 32 };
    const other = refinenet({ ...SMALL, classes: 6 });
    expect(() => toOnnx(other, weights, size)).toThrow(ResourceError);
    expect(() => toOnnx(other, weights, size)).toThrow(
      '"segm.weight" is 5x8x3x3 (360 values), the network needs 6x8x3x3',
    );
    expect(() => toOnnx(refinenet({ ...SMALL, tasks: ['depth'] }), weights, size)).toThrow(
      '"pre_segm.weight" is not a tensor',
    );
    const renamed = new Map([...weights].map(([name, tensor]) => [`module.${name}`, tensor]));
    expect(() => toOnnx(graph, renamed, size)).toThrow(
      /"layer1.0.weight" is missing, "module.layer1.0.weight" is not a tensor of this network \(and \d+ more\)/,
    );
    for (const width of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => toOnnx(graph, weights, { width, height: 32 })).toThrow(UsageError);
  });
});
