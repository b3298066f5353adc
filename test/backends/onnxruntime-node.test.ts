import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withFixedInput } from '../../src/backends/fix-input.ts';
import { networkPredictor } from '../../src/backends/network-predictor.ts';
import { onnxruntimeNode } from '../../src/backends/onnxruntime-node.ts';
import { sha256 } from '../../src/core/canonical.ts';
import { DensebenchError, ResourceError, UsageError } from '../../src/core/errors.ts';
import { halves, noise } from './maps.ts';
import { tinyCard, tinyOnnx } from './tiny-onnx.ts';

const NAME = 'some/model.onnx';
const open = (bytes: Uint8Array, options: object = {}) =>
  onnxruntimeNode.open({
    model: { name: NAME, bytes, sha256: sha256(bytes) },
    options: onnxruntimeNode.parseOptions(options),
  });

describe('onnxruntime-node', () => {
  it('describes model and session', async () => {
    const bytes = tinyOnnx({ height: 8, width: 12 });
    const runtime = await open(bytes, { threads: 2 });
    expect(runtime.card).toEqual({
      id: 'onnxruntime-node',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      device: 'cpu',
      threads: 2,
      weightsSha256: sha256(bytes),
      options: { threads: 2, spinning: false, optimisation: 'all', device: 'cpu' },
    });
    expect(runtime.inputs).toEqual([{ name: 'image', shape: [1, 3, 8, 12] }]);
    expect(runtime.outputs.map(({ name }) => name)).toEqual(['segmentation', 'depth', 'normals']);
    await runtime.close();
  });

  it.each(['all', 'extended', 'basic', 'disabled'])('gives the same at optimisation %s', async (optimisation) => {
    const run = async (level: string) => {
      const runtime = await open(tinyOnnx({ height: 8, width: 8 }), { optimisation: level });
      const data = Float32Array.from({ length: 192 }, (_, i) => (i % 17) / 8);
      const outputs = await runtime.run({ image: { data, shape: [1, 3, 8, 8] } });
      await runtime.close();
      return outputs;
    };
    expect(await run(optimisation)).toEqual(await run('all'));
  });

  it('fixes free dimensions to the shape that will be run, and leaves them free without one', async () => {
    const bytes = tinyOnnx({ height: 'height', width: 'width' });
    const fixed = await open(withFixedInput(bytes, [1, 3, 8, 12], NAME));
    expect(fixed.inputs[0].shape).toEqual([1, 3, 8, 12]);
    const other = { data: new Float32Array(48), shape: [1, 3, 4, 4] };
    await expect(fixed.run({ image: other })).rejects.toThrow(ResourceError);
    await fixed.close();
    const free = await open(bytes);
    expect(free.inputs[0].shape).toEqual([1, 3, undefined, undefined]);
    for (const [height, width] of [
      [4, 8],
      [9, 5],
    ]) {
      const { depth } = await free.run({
        image: { data: new Float32Array(3 * height * width), shape: [1, 3, height, width] },
      });
      expect(depth.shape).toEqual([1, 1, Math.ceil(height / 4), Math.ceil(width / 4)]);
    }
    await free.close();
    const settled = tinyOnnx({ height: 8, width: 8 });
    expect(withFixedInput(settled, [1, 3, 4, 4], NAME)).toBe(settled);
    expect(withFixedInput(bytes, [3, 4, 4], NAME)).toBe(bytes);
  });

  it('hands integer outputs on as numbers', async () => {
    const runtime = await open(tinyOnnx({ height: 8, width: 8, stride: 1, argmax: true }));
    const outputs = await runtime.run({
      image: { data: Float32Array.from({ length: 192 }, (_, i) => (i % 64) - 32), shape: [1, 3, 8, 8] },
    });
    expect(outputs.segmentation.data).toBeInstanceOf(Float32Array);
    expect(outputs.segmentation.shape).toEqual([1, 1, 8, 8]);
    await runtime.close();
  });

  it.each(['cuda', 'tensorrt', 'coreml', 'dml'])('uses device %s, or fails by its name', async (device) => {
    const outcome = await open(tinyOnnx({ height: 8, width: 8 }), { device }).then(
      async (runtime) => {
        await runtime.close();
        return runtime.card.device;
      },
      (error: unknown) => error,
    );
    if (typeof outcome === 'string') return expect(outcome).toBe(device);
    expect(outcome).toBeInstanceOf(ResourceError);
    expect((outcome as Error).message).toMatch(new RegExp(`${NAME}: .*"${device}".*device: cpu`));
  });

  it('does not know devices that do not exist, nor zero threads', () => {
    expect(() => onnxruntimeNode.parseOptions({ device: 'cudaa' })).toThrow('did you mean "cuda"?');
    expect(() => onnxruntimeNode.parseOptions({ device: 'cudaa' })).toThrow(UsageError);
    expect(() => onnxruntimeNode.parseOptions({ threads: 0 })).toThrow(/threads.*got 0/);
  });

  it('says which model is damaged, whatever the damage', async () => {
    const bytes = tinyOnnx({ height: 8, width: 8 });
    for (const broken of [new Uint8Array(0), new Uint8Array(500), bytes.slice(0, bytes.length / 2)]) {
      await expect(open(broken)).rejects.toThrow(ResourceError);
      await expect(open(broken)).rejects.toThrow(`${NAME}: onnxruntime-node cannot load this model`);
    }
    // On another device it is still the model that is at fault.
    await expect(open(new Uint8Array(500), { device: 'cuda' })).rejects.toThrow('cannot load this model');
  });

  it('survives any cut, with errors that a user can read', async () => {
    const bytes = tinyOnnx({ height: 8, width: 8 });
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        const error = await open(bytes.slice(0, length)).then(
          (runtime) => runtime.close(),
          (e: unknown) => e,
        );
        if (error !== undefined) expect(error).toBeInstanceOf(DensebenchError);
      }),
      { numRuns: 40 },
    );
  });

  it('fails by name when fed the wrong input', async () => {
    const runtime = await open(tinyOnnx({ height: 8, width: 8 }));
    const wrong = { data: new Float32Array(3), shape: [1, 3, 1, 1] };
    await expect(runtime.run({ image: wrong })).rejects.toThrow(`${NAME}: onnxruntime-node could not run it`);
    await expect(runtime.run({ picture: wrong })).rejects.toThrow(ResourceError);
    await runtime.close();
    await expect(runtime.run({ image: wrong })).rejects.toThrow('after close()');
  });
});

describe('the predictor around it', () => {
  const predict = async (card = tinyCard(), size = { height: 8, width: 8 }, image = noise(size.height, size.width)) => {
    const runtime = await open(tinyOnnx(size));
    try {
      return await networkPredictor({ runtime, card }).predict({ id: 's1', image: async () => image });
    } finally {
      await runtime.close();
    }
  };

  it('resizes images to the input of the card, and maps back to the image', async () => {
    const input = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], width: 32, height: 16 };
    const image = halves(32, 64, [255, 51, 0], [0, 204, 102]);
    const { maps } = await predict(tinyCard({ input }), { height: 16, width: 32 }, image);
    expect(maps.segmentation).toMatchObject({ height: 32, width: 64 });
    expect([...(maps.segmentation?.data ?? [])].slice(0, 64)).toEqual(
      Array.from({ length: 64 }, (_, x) => (x < 32 ? 0 : 1)),
    );
    expect(maps.depth?.data[0]).toBeCloseTo(2.5, 5);
  });

  it('swaps channels for bgr, mean and std in the order of the network', async () => {
    const input = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], colourOrder: 'bgr' };
    const flat = halves(8, 8, [255, 51, 0], [255, 51, 0]);
    const { maps } = await predict(tinyCard({ input }), { height: 8, width: 8 }, flat);
    // Channels: B = -2, G = -1.2, R = 2: the logits are +-(-2 + 1.2), the depth |0.5 (-2) + 0.25 (2) - 3|.
    expect(maps.segmentation?.data[0]).toBe(1);
    expect(maps.depth?.data[0]).toBeCloseTo(3.5, 5);
  });

  it('measures its stages by the clock it is given, reading the image left out', async () => {
    const runtime = await open(tinyOnnx({ height: 8, width: 8 }));
    let nowMs = 0;
    const clock = () => {
      nowMs += 1;
      return nowMs ** 2;
    };
    const predictor = networkPredictor({ runtime, card: tinyCard(), now: clock });
    const image = async () => {
      nowMs += 100;
      return noise(8, 8);
    };
    const { timesMs } = await predictor.predict({ id: 'a', image });
    await predictor.close();
    expect(timesMs).toEqual({
      prepare: 102 ** 2 - 101 ** 2,
      infer: 103 ** 2 - 102 ** 2,
      postprocess: 104 ** 2 - 103 ** 2,
    });
  });

  it.each([
    [
      'an output that is not there',
      { outputs: { depth: { name: 'depht', unit: 'm' } } },
      /outputs\.depth\.name.*did you mean "depth"/,
    ],
    [
      "an input size that is not the model's",
      { input: { mean: [0, 0, 0], std: [1, 1, 1], width: 16, height: 8 } },
      /takes \[1, 3, 8, 8\], the card makes \[1, 3, 8, 16\]/,
    ],
    [
      "a layout that is not the model's",
      { input: { mean: [0, 0, 0], std: [1, 1, 1], width: 8, height: 8, layout: 'nhwc' } },
      /the card makes \[1, 8, 8, 3\]/,
    ],
    [
      'too few channels',
      { outputs: { normals: { name: 'depth', axes: ['x', 'y', 'z'] } } },
      /outputs\.normals: .* 1 channels; normals has 3/,
    ],
    [
      'too many channels',
      { outputs: { depth: { name: 'normals', unit: 'm' } } },
      /outputs\.depth: .* 3 channels; depth has 1/,
    ],
    ['labels that are logits', { outputs: { segmentation: { name: 'segmentation', kind: 'labels' } } }, /kind: logits/],
  ])('refuses %s', async (_, changes, message) => {
    await expect(predict(tinyCard(changes))).rejects.toThrow(ResourceError);
    await expect(predict(tinyCard(changes))).rejects.toThrow(message);
  });

  it('refuses an image that a network of fixed size cannot take, naming both', async () => {
    const run = predict(tinyCard(), { height: 8, width: 8 }, noise(8, 12));
    await expect(run).rejects.toThrow(/sample s1 of 12x8 .*takes \[1, 3, 8, 8\]/);
  });
});
