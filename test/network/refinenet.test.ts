import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { scaleChannels } from '../../src/network/encoder.ts';
import {
  type NetworkConfig,
  networkConfigSchema,
  paramCount,
  refinenet,
  tensorSpecs,
} from '../../src/network/index.ts';
import { needsShared } from '../helpers/shared.ts';
import { configOf, floatTensorsOf, readManifest } from './golden-checkpoint.ts';

const NAMES = ['n40t2', 'n6t2', 'n40t3', 'n46t2', 'tiny40t3', 'tiny6t2', 'nano6t3'];

describe('refinenet', () => {
  describe.each(NAMES)('of checkpoint %s', (name) => {
    it.skipIf(needsShared('golden', 'checkpoints', `${name}.manifest.json`).skip)('has its tensors', () => {
      const manifest = readManifest(name);
      const graph = refinenet(configOf(manifest));
      const byName = (tensors: readonly { name: string; shape: readonly number[] }[]) =>
        Object.fromEntries(tensors.map((tensor) => [tensor.name, tensor.shape]));
      expect(byName(tensorSpecs(graph))).toEqual(byName(floatTensorsOf(manifest)));
      expect(paramCount(graph)).toBe(manifest.params);
    });
  });

  it('orders heads as the network runs them, whatever the order of the tasks', () => {
    const graph = refinenet({ classes: 3, tasks: ['normals', 'depth', 'segmentation'] });
    expect(graph.outputs.map(({ task }) => task)).toEqual(['segmentation', 'depth', 'normals']);
  });

  it("has the paper's defaults", () => {
    expect(paramCount(refinenet({ classes: 40 }))).toBe(3_070_057);
  });

  it('scales the backbone to multiples of eight channels', () => {
    expect([16, 24, 32, 96, 160, 320].map((channels) => scaleChannels(channels, 0.35))).toEqual([
      8, 8, 16, 32, 56, 112,
    ]);
    expect([16, 24, 32, 320].map((channels) => scaleChannels(channels, 1.4))).toEqual([24, 32, 48, 448]);
    expect(scaleChannels(6, 1)).toBe(6);
    expect(paramCount(refinenet({ classes: 40, width: 0.5 }))).toBeLessThan(paramCount(refinenet({ classes: 40 })));
  });

  const faults: [unknown, string][] = [
    [{ tasks: ['segmentation'] }, 'classes: segmentation needs the number of classes'],
    [{ classes: 0 }, 'classes: '],
    [{ classes: 256 }, 'classes: '],
    [{ classes: 40, tasks: [] }, 'tasks: '],
    [{ classes: 40, tasks: ['depth', 'depth'] }, 'tasks: a task is named twice'],
    [{ classes: 40, tasks: ['flow'] }, 'tasks.0: '],
    [{ classes: 40, head: 'sparse' }, 'head: '],
    [{ classes: 40, rows: [[1, 16, 1, 1]] }, 'rows: needs 7 rows'],
    [{ classes: 40, rows: Array(7).fill([1, 8, 1, 2]) }, 'rows: the stride of rows 5 and 7 must be 1'],
    [{ classes: 40, rows: Array(7).fill([1, 8, 1, 3]) }, 'rows.0.3: '],
    [{ classes: 40, decoderWidth: 256e6 }, 'decoderWidth: '],
    [{ classes: 40, decoderwidth: 8 }, 'decoderwidth'],
  ];
  it.each(faults)('refuses %j', (config, message) => {
    expect(() => refinenet(config as NetworkConfig)).toThrow(UsageError);
    expect(() => refinenet(config as NetworkConfig)).toThrow(message);
    expect(networkConfigSchema.safeParse(config).success).toBe(false);
  });
});
