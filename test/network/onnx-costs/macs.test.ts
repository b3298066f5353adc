import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onnxCosts } from '../../../src/network/onnx-costs/index.ts';
import { DataType, ints, type ModelParts, model, scalar, tensor } from './build.ts';
import { MAC_CASES, type OneNode, S8, U8 } from './mac-cases.ts';

/** Costs of one node from x to y. */
const costsOfOne = (...[op, x, stored = {}, attributes = {}, type = DataType.FLOAT]: OneNode) =>
  onnxCosts(
    model({
      inputs: { x },
      inputTypes: { x: type },
      stored,
      nodes: [[op, ['x', ...Object.keys(stored)], ['y'], attributes]],
    }),
  );

describe('multiply-adds in closed form', () => {
  it.each(MAC_CASES)('%s', (_, kind, wanted, ...one) => {
    const { macs, macsBy, uncounted } = costsOfOne(...one);
    expect(uncounted).toEqual([]);
    expect(macs).toBe(wanted);
    expect(macsBy).toEqual({ convolution: 0, matmul: 0, [kind]: wanted });
  });

  it.each<[string, ...OneNode]>([
    ['interpolation', 'Resize', [1, 3, 7, 9], { roi: tensor([0]), s: tensor([4], [1, 1, 2, 2]) }, { mode: 'linear' }],
    ['pooling', 'AveragePool', [1, 3, 7, 9], {}, { kernel_shape: [3, 3] }],
    ['sums and products', 'Mul', [1, 3, 7, 9], { w: tensor([3, 1, 1]) }],
    ['normalisation', 'LayerNormalization', [1, 3, 7, 9], { w: tensor([9]) }],
    ['an Einsum without a sum over both', 'Einsum', [4, 5], { w: tensor([4, 5]) }, { equation: 'ij,ij->ij' }],
  ])('%s counts nothing', (_, ...one) => {
    expect(costsOfOne(...one)).toMatchObject({ macs: 0, uncounted: [] });
  });

  it('a 1x1 convolution, a Gemm and an Einsum of one product cost alike', () => {
    const size = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(size, size, size, (pixels, from, to) => {
        const conv = costsOfOne('Conv', [1, from, pixels, 1], { w: tensor([to, from, 1, 1]) });
        const gemm = costsOfOne('Gemm', [pixels, from], { w: tensor([from, to]) });
        const einsum = costsOfOne('Einsum', [pixels, from], { w: tensor([from, to]) }, { equation: 'pf,ft->pt' });
        expect([conv.macs, gemm.macs, einsum.macs]).toEqual(Array(3).fill(pixels * from * to));
      }),
      { numRuns: 30 },
    );
  });

  it('attention spelt out costs what the fused operator costs', () => {
    const [batch, length, width, heads] = [2, 7, 12, 3];
    const split = ints(batch, length, heads, width / heads);
    const spelt = onnxCosts(
      model({
        inputs: { x: [batch, length, width] },
        stored: { w: tensor([width, width]), split, merged: ints(0, length, width) },
        nodes: [
          ...['q', 'k', 'v'].flatMap((name): ModelParts['nodes'] => [
            ['MatMul', ['x', 'w'], [`${name}0`]],
            ['Reshape', [`${name}0`, 'split'], [`${name}1`]],
            ['Transpose', [`${name}1`], [name], { perm: name === 'k' ? [0, 2, 3, 1] : [0, 2, 1, 3] }],
          ]),
          ['MatMul', ['q', 'k'], ['scores']],
          ['Softmax', ['scores'], ['weights']],
          ['MatMul', ['weights', 'v'], ['mixed']],
          ['Transpose', ['mixed'], ['back'], { perm: [0, 2, 1, 3] }],
          ['Reshape', ['back', 'merged'], ['y']],
        ],
      }),
    );
    const fused = costsOfOne(
      'com.microsoft/Attention',
      [batch, length, width],
      { w: tensor([width, 3 * width]), b: tensor([3 * width]) },
      { num_heads: heads },
    );
    expect(spelt.uncounted).toEqual([]);
    expect(spelt.macs).toBe(fused.macs);
  });
});

const q = (name: string) => [`${name}_s`, `${name}_z`];
const float: ModelParts = {
  inputs: { x: [1, 3, 16, 20] },
  stored: { w: tensor([8, 3, 3, 3]), b: tensor([8]), d: tensor([8, 1, 3, 3]), head: tensor([8, 5]) },
  nodes: [
    ['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1], strides: [2, 2] }],
    ['Relu', ['c'], ['r']],
    ['Conv', ['r', 'd'], ['e'], { pads: [1, 1, 1, 1], group: 8 }],
    ['GlobalAveragePool', ['e'], ['g']],
    ['Flatten', ['g'], ['f']],
    ['MatMul', ['f', 'head'], ['y']],
  ],
};
const scales = Object.fromEntries(
  ['x', 'w', 'd', 'h', 'a'].flatMap((n) => [
    [`${n}_s`, scalar(0.1)],
    [`${n}_z`, scalar(0, n === 'x' || n === 'a' ? U8 : S8)],
  ]),
);
const integers = {
  w: tensor([8, 3, 3, 3], undefined, S8),
  d: tensor([8, 1, 3, 3], undefined, S8),
  h: tensor([8, 5], undefined, S8),
  b: tensor([8], undefined, DataType.INT32),
};
const operators: ModelParts = {
  inputs: { x: [1, 3, 16, 20] },
  stored: { ...scales, ...integers },
  nodes: [
    ['QuantizeLinear', ['x', ...q('x')], ['x8']],
    ['QLinearConv', ['x8', ...q('x'), 'w', ...q('w'), ...q('a'), 'b'], ['c8'], { pads: [1, 1, 1, 1], strides: [2, 2] }],
    ['QLinearConv', ['c8', ...q('a'), 'd', ...q('d'), ...q('a')], ['e8'], { pads: [1, 1, 1, 1], group: 8 }],
    ['DequantizeLinear', ['e8', ...q('a')], ['e']],
    ['GlobalAveragePool', ['e'], ['g']],
    ['Flatten', ['g'], ['f']],
    ['QuantizeLinear', ['f', ...q('a')], ['f8']],
    ['QLinearMatMul', ['f8', ...q('a'), 'h', ...q('h'), ...q('a')], ['y8']],
    ['DequantizeLinear', ['y8', ...q('a')], ['y']],
  ],
};
const pairs: ModelParts = {
  inputs: { x: [1, 3, 16, 20] },
  stored: { ...scales, ...integers, bias_s: scalar(0.01) },
  nodes: [
    ['QuantizeLinear', ['x', ...q('x')], ['x8']],
    ['DequantizeLinear', ['x8', ...q('x')], ['xf']],
    ['DequantizeLinear', ['w', ...q('w')], ['wf']],
    ['DequantizeLinear', ['b', 'bias_s'], ['bf']],
    ['Conv', ['xf', 'wf', 'bf'], ['c'], { pads: [1, 1, 1, 1], strides: [2, 2] }],
    ['Relu', ['c'], ['r']],
    ['DequantizeLinear', ['d', ...q('d')], ['df']],
    ['Conv', ['r', 'df'], ['e'], { pads: [1, 1, 1, 1], group: 8 }],
    ['GlobalAveragePool', ['e'], ['g']],
    ['Flatten', ['g'], ['f']],
    ['DequantizeLinear', ['h', ...q('h')], ['hf']],
    ['MatMul', ['f', 'hf'], ['y']],
  ],
};

describe('quantised twins', () => {
  const wanted = { convolution: 8 * 8 * 10 * 27 + 8 * 8 * 10 * 9, matmul: 8 * 5 };
  const stored = 8 * 27 + 8 + 8 * 9 + 8 * 5;

  it.each([
    ['float', float],
    ['quantised operators', operators],
    ['quantise and dequantise pairs', pairs],
  ])('%s: the same multiply-adds, the same stored weights', (_, parts) => {
    const { macsBy, storedParams, uncounted, layers } = onnxCosts(model(parts));
    expect({ macsBy, storedParams, uncounted }).toEqual({ macsBy: wanted, storedParams: stored, uncounted: [] });
    const ofLayers = layers
      .filter(({ params }) => params > 0)
      .map(({ op, params }) => [op.replace('QLinear', ''), params]);
    expect(ofLayers).toEqual([
      ['Conv', 8 * 27 + 8],
      ['Conv', 8 * 9],
      ['MatMul', 8 * 5],
    ]);
  });

  it('weights of one byte are a quarter of the bytes, beside their scales', () => {
    const zeroPoints = 5;
    expect(onnxCosts(model(float)).weightBytes).toBe(4 * stored);
    expect(onnxCosts(model(operators)).weightBytes).toBe(stored + 3 * 8 + 5 * 4 + zeroPoints);
  });
});
