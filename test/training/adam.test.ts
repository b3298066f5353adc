import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/network/graph.ts';
import type { Weights } from '../../src/network/index.ts';
import { adamStep, newAdamState } from '../../src/training/adam.ts';
import { classWeights } from '../../src/training/class-weights.ts';
import { Parameters } from '../../src/training/parameters.ts';
import { learningRateAt } from '../../src/training/schedule.ts';
import { expectClose } from './every-engine.ts';

/** One convolution, 3 -> 2 channels, 1x1, with a bias. */
function oneLayer(filter: readonly number[], bias: readonly number[]): Parameters {
  const builder = new GraphBuilder();
  const node = builder.conv('layer', builder.image, 2, { bias: true });
  const weights: Weights = new Map([
    ['layer.weight', { shape: [2, 3, 1, 1], data: Float32Array.from(filter) }],
    ['layer.bias', { shape: [2], data: Float32Array.from(bias) }],
  ]);
  return new Parameters({ nodes: builder.nodes, outputs: [{ task: 'depth', node }] }, weights);
}

describe('Adam', () => {
  // torch.optim.AdamW of PyTorch 2.13 in float64: betas (0.9, 0.999), eps 1e-8, weight_decay 0.1 on the filter alone, the
  // learning rate set before each step.
  const RATES = [0.01, 0.02, 0.005];
  const FILTER_GRADIENTS = [
    [0.3, -0.1, 0.7, 0.02, -1.5, 0.4],
    [-0.2, 0.5, 0.1, -0.03, 2.5, 0.4],
    [0.9, 0, -0.6, 0.01, 0.5, -0.8],
  ];
  const BIAS_GRADIENTS = [
    [0.5, -2],
    [0.25, 1],
    [-1, 0.125],
  ];
  const FILTERS = [
    [0.4895, -0.239750001, 0.114875, -1.008999995, 2.008, 0.73925],
    [0.48563059, -0.251237584, 0.099273138, -1.002027961, 1.998112776, 0.717771501],
    [0.482214868, -0.253424613, 0.099027066, -1.001458613, 1.99545522, 0.717790862],
  ];
  const BIASES = [
    [0.09, -0.19],
    [0.071356408, -0.184673259],
    [0.072388193, -0.183823906],
  ];

  it('takes the steps of AdamW of PyTorch, with a decay of filters alone', () => {
    const parameters = oneLayer([0.5, -0.25, 0.125, -1, 2, 0.75], [0.1, -0.2]);
    const state = newAdamState(parameters.values.length);
    for (let i = 0; i < 3; i++) {
      // The optimiser sees filters as TensorFlow has them; the expected ones are PyTorch's, so gradients are turned.
      const gradient = new Float32Array(parameters.values.length);
      const own = parameters.within(gradient, 'layer.weight');
      for (let out = 0; out < 2; out++)
        for (let input = 0; input < 3; input++) own[2 * input + out] = FILTER_GRADIENTS[i][3 * out + input];
      parameters.within(gradient, 'layer.bias').set(BIAS_GRADIENTS[i]);
      adamStep(parameters, gradient, state, { step: i + 1, learningRate: RATES[i], weightDecay: 0.1, rateOf: () => 1 });
      const weights = parameters.toWeights();
      expectClose(weights.get('layer.weight')!.data, FILTERS[i], 3e-7);
      expectClose(weights.get('layer.bias')!.data, BIASES[i], 3e-7);
    }
  });

  // By hand: whatever its size, a first gradient moves a value by the learning rate; then m = 0.1 g + 0.9 * 0.1 * 1.
  it('moves by the learning rate at first, and not where nothing ever came', () => {
    const parameters = oneLayer([1, 1, 1, 1, 1, 1], [1, 1]);
    const state = newAdamState(8);
    const gradient = Float32Array.of(1, 1, 1, 1, 1, 1, 1e-3, 0);
    adamStep(parameters, gradient, state, { step: 1, learningRate: 0.25, weightDecay: 0, rateOf: () => 1 });
    expectClose(parameters.of('layer.weight'), [0.75, 0.75, 0.75, 0.75, 0.75, 0.75], 1e-6);
    // 1e-3 / (1e-3 + eps / sqrt(1 - beta2)), eps being added before the correction.
    expectClose(parameters.of('layer.bias'), [1 - 0.25 / (1 + 1e-8 / (1e-3 * Math.sqrt(1 - 0.999))), 1], 1e-6);
    expect(state.first[0]).toBeCloseTo(0.1, 7);
    expect(state.second[0]).toBeCloseTo(0.001, 9);
  });
});

describe('learning rate', () => {
  const at = (step: number, schedule: 'poly' | 'cosine' | 'constant', warmup = 0) =>
    learningRateAt(step, 100, { learningRate: 0.1, schedule, warmup });

  it.each([
    ['constant', 0, 0.1],
    ['constant', 99, 0.1],
    ['poly', 0, 0.1],
    ['poly', 50, 0.1 * 0.5 ** 0.9],
    ['poly', 99, 0.1 * 0.01 ** 0.9],
    ['cosine', 0, 0.1],
    ['cosine', 50, 0.05],
    ['cosine', 75, 0.05 * (1 - Math.SQRT1_2)],
  ] as const)('%s, step %i of 100', (schedule, step, wanted) => {
    expect(at(step, schedule)).toBeCloseTo(wanted, 12);
  });

  it('rises in a line over the warm-up, then falls over what is left', () => {
    expect([0, 1, 9].map((step) => at(step, 'cosine', 0.1))).toEqual([
      expect.closeTo(0.01, 12),
      expect.closeTo(0.02, 12),
      expect.closeTo(0.1, 12),
    ]);
    expect(at(10, 'cosine', 0.1)).toBeCloseTo(0.1, 12);
    expect(at(55, 'cosine', 0.1)).toBeCloseTo(0.05, 12);
    expect(at(55, 'poly', 0.1)).toBeCloseTo(0.1 * 0.5 ** 0.9, 12);
    // All of it warm-up: nothing is divided by 0.
    expect(learningRateAt(1, 2, { learningRate: 1, schedule: 'poly', warmup: 0.5 })).toBe(1);
  });
});

// Median frequency balancing by hand: counts 100, 400, 1600, median 400.
it('weights of classes: the median over their own frequency, softened, within limits', () => {
  const counts = Float64Array.of(400, 100, 0, 1600);
  expect([...classWeights(counts, 1)]).toEqual([1, 4, 1, 0.25]);
  expect([...classWeights(counts, 0.5)]).toEqual([1, 2, 1, 0.5]);
  expect([...classWeights(counts, 0)]).toEqual([1, 1, 1, 1]);
  const extreme = [...classWeights(Float64Array.of(1, 1e6, 1e12), 1)];
  expect(extreme).toEqual([10, 1, Math.fround(0.1)]);
  expect([...classWeights(new Float64Array(2), 1)]).toEqual([1, 1]);
});
