import { describe, expect, it } from 'vitest';
import type { ModelCard } from '../../src/backends/model-card.ts';
import { networkPredictor } from '../../src/backends/network-predictor.ts';
import { onnxruntimeNode } from '../../src/backends/onnxruntime-node.ts';
import { ResourceError } from '../../src/core/errors.ts';
import type { Prediction } from '../../src/core/predictor.ts';
import type { RgbRaster } from '../../src/core/raster.ts';
import { noise } from './maps.ts';
import { tinyCard, tinyOnnx } from './tiny-onnx.ts';

const free = tinyOnnx({ height: 'h', width: 'w' });
const NONE = { mean: [0, 0, 0], std: [1, 1, 1] };

async function predict(card: ModelCard, image: RgbRaster): Promise<Prediction['maps']> {
  const model = { name: 'tiny', bytes: free, sha256: '' };
  const runtime = await onnxruntimeNode.open({ model, options: onnxruntimeNode.parseOptions({}) });
  try {
    return (await networkPredictor({ runtime, card }).predict({ id: 'a', image: async () => image })).maps;
  } finally {
    await runtime.close();
  }
}

function inBlack(image: RgbRaster, height: number, width: number): RgbRaster {
  const data = new Uint8Array(height * width * 3);
  for (let y = 0; y < image.height; y++)
    data.set(image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3), y * width * 3);
  return { height, width, channels: 3, data };
}

describe('images at their own size', () => {
  it('padded to the stride give what a picture with a black border gives, cut back', async () => {
    const image = noise(10, 13);
    const padded = await predict(tinyCard({ input: { ...NONE, stride: 8 } }), image);
    const bordered = await predict(tinyCard({ input: NONE }), inBlack(image, 16, 16));
    for (const task of ['segmentation', 'depth', 'normals'] as const) {
      const [small, large] = [padded[task]!, bordered[task]!];
      expect([small.height, small.width, small.data.length]).toEqual([10, 13, 10 * 13 * small.channels]);
      for (let y = 0; y < 10; y++) {
        const row = 13 * small.channels;
        const from = y * 16 * large.channels;
        expect(small.data.slice(y * row, (y + 1) * row)).toEqual(large.data.slice(from, from + row));
      }
    }
  });

  it('that fit the stride are as without one', async () => {
    const image = noise(16, 24);
    const [padded, plain] = await Promise.all([
      predict(tinyCard({ input: { ...NONE, stride: 8 } }), image),
      predict(tinyCard({ input: NONE }), image),
    ]);
    expect(padded).toEqual(plain);
  });
});

describe('outputs by their place', () => {
  const outputs = (index: number) => ({ depth: { index, unit: 'm', absolute: true } });

  it('are those of the name', async () => {
    const image = noise(12, 12);
    const byName = await predict(tinyCard({ outputs: { depth: { name: 'depth', unit: 'm', absolute: true } } }), image);
    expect(await predict(tinyCard({ outputs: outputs(1) }), image)).toEqual(byName);
  });

  it('that are not there are refused with those that are', async () => {
    const missing = predict(tinyCard({ outputs: outputs(3) }), noise(12, 12));
    await expect(missing).rejects.toThrow(ResourceError);
    await expect(missing).rejects.toThrow('3, but the file has 3 outputs (0: segmentation, 1: depth, 2: normals)');
  });
});
