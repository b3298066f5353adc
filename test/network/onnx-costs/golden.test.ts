import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeOnnx } from '../../../src/formats/onnx.ts';
import { type Graph, onnxCosts, refinenet, tensorSpecs, toOnnx } from '../../../src/network/index.ts';
import { needsShared, sharedPath } from '../../helpers/shared.ts';
import { fixture, networkOf, sizeOf, TASK_SETS } from '../golden-costs.ts';

const costsOf = (graph: Graph, size: string) => {
  const blank = tensorSpecs(graph).map(({ name, shape }) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    return [name, { shape, data }] as const;
  });
  const model = decodeOnnx(toOnnx(graph, new Map(blank), sizeOf(size)), 'test');
  return onnxCosts(model);
};

describe('ONNX files of the reference network against an independent count', () => {
  it.each(fixture('head_variants.csv'))('%s: %s parameters, at %s %s MACs', (variant, _, size, macs) => {
    const costs = costsOf(networkOf(variant), size);
    expect(costs.macsBy).toEqual({ convolution: Number(macs), matmul: 0 });
    expect(costs.macs).toBe(Number(macs));
    expect(costs.uncounted).toEqual([]);
    expect(costs.layers.reduce((sum, { params }) => sum + params, 0)).toBe(costs.storedParams);
  });

  it.skipIf(needsShared('golden', 'costs').skip).each([
    ['net_c40_t2', 40, 't2'],
    ['net_c40_t3', 40, 't3'],
    ['net_c46_t2', 46, 't2'],
    ['net_c6_t2', 6, 't2'],
  ] as const)('every convolution of %s', (name, classes, tasks) => {
    const golden = JSON.parse(readFileSync(sharedPath('golden', 'costs', `${name}.json`), 'utf8'));
    const graph = refinenet({ classes, tasks: TASK_SETS[tasks] });
    for (const size of ['640x480', '1200x350']) {
      const wanted = golden.sizes[size].layers
        .filter(({ type }: { type: string }) => type === 'Conv2d')
        .map(({ name: layer, output, macs }: Record<string, unknown>) => [layer, [1, ...(output as number[])], macs]);
      const { layers } = costsOf(graph, size);
      const found = layers
        .filter(({ op }) => op === 'Conv')
        .map((layer) => [layer.name, layer.outputShape, layer.macs]);
      // An output bears its task's name instead of its layer's.
      const isOutput = new Set(['segmentation', 'depth', 'normals']);
      expect(
        found.map(([layer, ...rest], i) => [isOutput.has(layer as string) ? wanted[i][0] : layer, ...rest]),
      ).toEqual(wanted);
    }
  });
});
