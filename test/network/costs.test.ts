import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Graph,
  type ImageSize,
  type LayerCost,
  layerCosts,
  macCount,
  macsByPart,
  paramCount,
  refinenet,
} from '../../src/network/index.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';
import { fixture, networkOf, sizeOf, TASK_SETS } from './golden-costs.ts';

const TYPES: Record<LayerCost['type'], string> = {
  conv: 'Conv2d',
  batchnorm: 'BatchNorm2d',
  relu6: 'ReLU6',
  maxpool: 'MaxPool2d',
};
const PARTS: Record<string, string> = {
  head_segm: 'head_segmentation',
  head_depth: 'head_depth',
  head_normal: 'head_normals',
};
/** Golden rows: name, type, params, input, output, macs. */
const rowsOf = (graph: Graph, size: ImageSize) =>
  layerCosts(graph, size).map((layer) => [
    layer.name,
    TYPES[layer.type],
    layer.params,
    layer.input.join('x'),
    layer.output.join('x'),
    layer.macs,
  ]);

describe('costs against an independent count', () => {
  it('every layer of 40 classes and three tasks, at two sizes', () => {
    const golden = fixture('costs_c40_t3.csv');
    const graph = refinenet({ classes: 40, tasks: TASK_SETS.t3 });
    for (const [at, size] of [sizeOf('640x480'), sizeOf('1200x350')].entries()) {
      const wanted = golden.map(([name, type, params, ...sized]) => {
        const [input, output, macs] = sized.slice(3 * at, 3 * at + 3);
        return [name, type, Number(params), input, output, Number(macs)];
      });
      expect(rowsOf(graph, size)).toEqual(wanted);
    }
  });

  it.each(fixture('head_variants.csv'))('%s: %s parameters, at %s %s MACs', (variant, params, size, macs, ...parts) => {
    const graph = networkOf(variant);
    expect(paramCount(graph)).toBe(Number(params));
    expect(macCount(graph, sizeOf(size))).toBe(Number(macs));
    if (parts.length === 0) return;
    const wanted = parts.map((part) => part.split('=')).map(([name, value]) => [PARTS[name] ?? name, Number(value)]);
    expect(macsByPart(graph, sizeOf(size))).toEqual(Object.fromEntries(wanted));
  });

  it.skipIf(needsShared('golden', 'costs').skip).each([
    ['net_c40_t2', 40, 't2'],
    ['net_c40_t3', 40, 't3'],
    ['net_c46_t2', 46, 't2'],
    ['net_c6_t2', 6, 't2'],
  ] as const)('every layer of %s', (name, classes, tasks) => {
    const golden = JSON.parse(readFileSync(sharedPath('golden', 'costs', `${name}.json`), 'utf8'));
    const graph = refinenet({ classes, tasks: TASK_SETS[tasks] });
    expect(paramCount(graph)).toBe(golden.total_params);
    for (const size of ['640x480', '1200x350']) {
      const { layers, total_macs } = golden.sizes[size];
      const wanted = layers.map((l: Record<string, unknown>) => {
        const [input, output] = [l.input, l.output].map((shape) => (shape as number[]).join('x'));
        return [l.name, l.type, l.params, input, output, l.macs];
      });
      expect(rowsOf(graph, sizeOf(size))).toEqual(wanted);
      expect(macCount(graph, sizeOf(size))).toBe(total_macs);
    }
  });
});
