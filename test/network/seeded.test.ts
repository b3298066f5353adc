import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/canonical.ts';
import type { Tensor } from '../../src/core/predictor.ts';
import { TASKS } from '../../src/core/tasks.ts';
import { refinenet, requireWeights, seededWeights, toOnnx, type Weights } from '../../src/network/index.ts';
import { randomStream } from '../../src/network/random.ts';
import { execute } from './execute.ts';

const digest = (weights: Weights) =>
  sha256([...weights].map(([name, { data }]) => `${name} ${sha256(new Uint8Array(data.buffer))}`).join('\n'));

describe('seeded weights', () => {
  const graph = refinenet({ classes: 40, tasks: [...TASKS] });

  it('are the same everywhere', () => {
    // Computed on x64 with Node 20; a platform that disagrees would make results incomparable.
    expect(digest(seededWeights(graph, 1))).toBe('b67b384dc8a645aebc3afa9c7c409aff6d80e02af5ba03409a8f4da0cd59dfd1');
  });

  it('are complete, and shared between networks that share layers', () => {
    const weights = seededWeights(graph, 5);
    expect(() => requireWeights(graph, weights, 'seed 5')).not.toThrow();
    const alone = seededWeights(refinenet({ tasks: ['depth'] }), 5);
    expect(digest(new Map([...weights].filter(([name]) => alone.has(name))))).toBe(digest(alone));
    expect(digest(seededWeights(graph, 6))).not.toBe(digest(weights));
  });

  it('give outputs that are finite and vary from pixel to pixel', async () => {
    const [width, height] = [160, 120];
    const { normal } = randomStream(1, 'picture');
    const blocks = Float32Array.from({ length: 3 * 12 * 9 }, normal);
    const at = (i: number) => {
      const [c, y, x] = [Math.floor(i / (width * height)), Math.floor(i / width) % height, i % width];
      return blocks[(c * 9 + Math.floor(y / 14)) * 12 + Math.floor(x / 14)];
    };
    const image: Tensor = {
      shape: [1, 3, height, width],
      data: Float32Array.from({ length: 3 * width * height }, (_, i) => at(i)),
    };
    const results = await execute(toOnnx(graph, seededWeights(graph, 1), { width, height }), image);
    for (const [task, { data, shape }] of Object.entries(results)) {
      expect(data.every(Number.isFinite), task).toBe(true);
      const area = shape[2] * shape[3];
      for (let channel = 0; channel < shape[1]; channel++) {
        const deviation = deviationOf(data.subarray(channel * area, (channel + 1) * area));
        expect(deviation, `${task} ${channel}`).toBeGreaterThan(0.05);
        expect(deviation, `${task} ${channel}`).toBeLessThan(20);
      }
    }
    expect(new Set(argmax(results.segmentation)).size).toBeGreaterThan(3);
  });

  it('come from streams of mean 0 and variance 1', () => {
    const { normal, uniform } = randomStream(2, 'moments');
    const values = Array.from({ length: 20_000 }, normal);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(deviationOf(values)).toBeCloseTo(1, 1);
    for (let i = 0; i < 1000; i++) expect(uniform()).toSatisfy((value: number) => value >= 0 && value < 1);
  });
});

function deviationOf(values: ArrayLike<number>): number {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  return Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length);
}

function argmax({ data, shape: [, channels, height, width] }: Tensor): number[] {
  const area = height * width;
  return Array.from({ length: area }, (_, pixel) => {
    let best = 0;
    for (let c = 1; c < channels; c++) if (data[c * area + pixel] > data[best * area + pixel]) best = c;
    return best;
  });
}
