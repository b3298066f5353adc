import { describe, expect, it } from 'vitest';
import { networkPredictor } from '../../src/backends/network-predictor.ts';
import { ResourceError } from '../../src/core/errors.ts';
import type { Runtime, Tensor } from '../../src/core/predictor.ts';
import { halves } from './maps.ts';
import { tinyCard } from './tiny-onnx.ts';

const input = { mean: [0, 0, 0], std: [1, 1, 1], scale: 1 };
const image = async () => halves(1, 2, [1, 2, 3], [4, 5, 6]);

function stub(outputs: Record<string, Tensor>, changes: Partial<Runtime> = {}) {
  const fed: Record<string, Tensor>[] = [];
  const runtime: Runtime = {
    card: { id: 'stub', version: '1', device: 'none', options: {} },
    inputs: [{ name: 'picture', shape: [1, undefined, undefined, undefined] }],
    outputs: Object.keys(outputs).map((name) => ({ name, shape: [] })),
    run: async (inputs) => {
      fed.push(inputs);
      return outputs;
    },
    close: async () => {},
    ...changes,
  };
  return { runtime, fed };
}

const depth = { depth: { data: Float32Array.of(2, 4), shape: [1, 1, 2] } };
const outputs = { depth: { name: 'depth', unit: 'm' } };

describe('networkPredictor', () => {
  it('feeds the one input by its name, planar or interleaved as the card says', async () => {
    const planar = stub(depth);
    await networkPredictor({ runtime: planar.runtime, card: tinyCard({ input, outputs }) }).predict({ id: 'a', image });
    expect(planar.fed).toEqual([{ picture: { data: Float32Array.of(1, 4, 2, 5, 3, 6), shape: [1, 3, 1, 2] } }]);
    const last = stub(depth);
    const card = tinyCard({ input: { ...input, layout: 'nhwc' }, outputs });
    await networkPredictor({ runtime: last.runtime, card }).predict({ id: 'a', image });
    expect(last.fed).toEqual([{ picture: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [1, 1, 2, 3] } }]);
  });

  it('takes outputs whose channels stand last', async () => {
    const normals = { n: { data: Float32Array.of(1, 0, 0, 0, 0, -2), shape: [1, 1, 2, 3] } };
    const card = tinyCard({
      input: { ...input, layout: 'nhwc' },
      outputs: { normals: { name: 'n', axes: ['x', 'y', 'z'] } },
    });
    const { maps } = await networkPredictor({ runtime: stub(normals).runtime, card }).predict({ id: 'a', image });
    expect([...(maps.normals?.data ?? [])].map((v) => v + 0)).toEqual([1, 0, 0, 0, 0, -1]);
  });

  it('returns the maps of the card alone', async () => {
    const { runtime } = stub({ ...depth, other: depth.depth });
    const predictor = networkPredictor({ runtime, card: tinyCard({ input, outputs }), accuracyUndefined: 'why' });
    expect(predictor).toMatchObject({ tasks: ['depth'], accuracyUndefined: 'why' });
    const { maps } = await predictor.predict({ id: 'a', image });
    expect(Object.keys(maps)).toEqual(['depth']);
  });

  it('refuses a network with another number of inputs than one', () => {
    const shape = [1];
    const { runtime } = stub(depth, {
      inputs: [
        { name: 'a', shape },
        { name: 'b', shape },
      ],
    });
    const make = () => networkPredictor({ runtime, card: tinyCard({ input, outputs }) });
    expect(make).toThrow(ResourceError);
    expect(make).toThrow('2 inputs (a, b)');
  });
});
