import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onnxCosts } from '../../../src/network/onnx-costs/index.ts';
import { type AttributeValue, DataType, ints, type ModelParts, model, scalar, tensor } from './build.ts';

const U8 = DataType.UINT8;
const S8 = DataType.INT8;
type Stored = NonNullable<ModelParts['stored']>;

/** Costs of one node from x to y. */
const costsOfOne = (
  op: string,
  x: readonly number[],
  stored: Stored = {},
  attributes: Record<string, AttributeValue> = {},
  type: number = DataType.FLOAT,
) =>
  onnxCosts(
    model({
      inputs: { x },
      inputTypes: { x: type },
      stored,
      nodes: [[op, ['x', ...Object.keys(stored)], ['y'], attributes]],
    }),
  );

describe('multiply-adds in closed form', () => {
  it.each<[name: string, kind: 'convolution' | 'matmul', wanted: number, ...Parameters<typeof costsOfOne>]>([
    [
      'Conv: Cout Hout Wout Cin k k',
      'convolution',
      8 * 9 * 12 * 3 * 3 * 3,
      'Conv',
      [1, 3, 17, 23],
      { w: tensor([8, 3, 3, 3]) },
      { pads: [1, 1, 1, 1], strides: [2, 2] },
    ],
    ['a batch multiplies', 'convolution', 5 * 4 * 3 * 7 * 7, 'Conv', [5, 3, 7, 7], { w: tensor([4, 3, 1, 1]) }],
    [
      'depthwise',
      'convolution',
      6 * 9 * 9 * 3 * 3,
      'Conv',
      [1, 6, 9, 9],
      { w: tensor([6, 1, 3, 3]), b: tensor([6]) },
      { pads: [1, 1, 1, 1], group: 6 },
    ],
    [
      'groups',
      'convolution',
      8 * 9 * 9 * 2 * 3 * 3,
      'Conv',
      [1, 4, 9, 9],
      { w: tensor([8, 2, 3, 3]) },
      { pads: [1, 1, 1, 1], group: 2 },
    ],
    [
      'dilation changes the size alone',
      'convolution',
      2 * 5 * 5 * 3 * 3,
      'Conv',
      [1, 1, 9, 9],
      { w: tensor([2, 1, 3, 3]) },
      { dilations: [2, 2] },
    ],
    [
      'ConvTranspose: Cin Hin Win Cout k k',
      'convolution',
      4 * 7 * 9 * 3 * 4 * 4,
      'ConvTranspose',
      [1, 4, 7, 9],
      { w: tensor([4, 3, 4, 4]) },
      { strides: [2, 2], pads: [1, 1, 1, 1] },
    ],
    [
      'ConvTranspose, groups',
      'convolution',
      4 * 7 * 9 * 3 * 2 * 2,
      'ConvTranspose',
      [1, 4, 7, 9],
      { w: tensor([4, 3, 2, 2]) },
      { strides: [2, 2], group: 2 },
    ],
    [
      'QLinearConv',
      'convolution',
      4 * 6 * 7 * 3 * 3 * 3,
      'QLinearConv',
      [1, 3, 8, 9],
      {
        s: scalar(1),
        z: scalar(0, U8),
        w: tensor([4, 3, 3, 3], undefined, S8),
        t: scalar(1),
        v: scalar(0, S8),
        s2: scalar(1),
        z2: scalar(0, U8),
      },
      {},
      U8,
    ],
    [
      'ConvInteger',
      'convolution',
      4 * 6 * 7 * 3 * 3 * 3,
      'ConvInteger',
      [1, 3, 8, 9],
      { w: tensor([4, 3, 3, 3], undefined, U8) },
      {},
      U8,
    ],
    ['Gemm', 'matmul', 5 * 7 * 3, 'Gemm', [7, 5], { w: tensor([3, 7]), b: tensor([3]) }, { transA: 1, transB: 1 }],
    ['MatMul of stacks, broadcast', 'matmul', 2 * 3 * 4 * 5 * 6, 'MatMul', [2, 1, 4, 5], { w: tensor([3, 5, 6]) }],
    ['MatMulInteger', 'matmul', 4 * 5 * 6, 'MatMulInteger', [4, 5], { w: tensor([5, 6], undefined, S8) }, {}, U8],
    [
      'QLinearMatMul',
      'matmul',
      4 * 5 * 6,
      'QLinearMatMul',
      [4, 5],
      {
        s: scalar(1),
        z: scalar(0, U8),
        w: tensor([5, 6], undefined, S8),
        t: scalar(1),
        v: scalar(0, S8),
        s2: scalar(1),
        z2: scalar(0, U8),
      },
      {},
      U8,
    ],
    [
      'Einsum: all sizes',
      'matmul',
      2 * 3 * 4 * 5 * 6,
      'Einsum',
      [2, 3, 4, 5],
      { w: tensor([2, 3, 6, 5]) },
      { equation: 'bhqd,bhkd->bhqk' },
    ],
    [
      'MatMulNBits',
      'matmul',
      4 * 32 * 6,
      'com.microsoft/MatMulNBits',
      [4, 32],
      { w: tensor([6, 1, 16], undefined, U8), s: tensor([6]) },
      { K: 32, N: 6, bits: 4, block_size: 32 },
    ],
    // Projections B S D 3D, then S x S over the width, twice.
    [
      'Attention of ONNX Runtime',
      'matmul',
      2 * 7 * 12 * 36 + 2 * (2 * 7 * 7 * 12),
      'com.microsoft/Attention',
      [2, 7, 12],
      { w: tensor([12, 36]), b: tensor([36]) },
      { num_heads: 2 },
    ],
    [
      'MultiHeadAttention',
      'matmul',
      2 * 7 * 9 * (12 + 16),
      'com.microsoft/MultiHeadAttention',
      [2, 7, 12],
      { k: tensor([2, 9, 12]), v: tensor([2, 9, 16]) },
      { num_heads: 4 },
    ],
    [
      'Attention of ONNX',
      'matmul',
      2 * 4 * 7 * 9 * (8 + 5),
      'Attention',
      [2, 4, 7, 8],
      { k: tensor([2, 4, 9, 8]), v: tensor([2, 4, 9, 5]) },
    ],
    // Two key heads serve four query heads.
    [
      'Attention of ONNX, grouped heads',
      'matmul',
      2 * 4 * 7 * 9 * (3 + 5),
      'Attention',
      [2, 7, 12],
      { k: tensor([2, 9, 6]), v: tensor([2, 9, 10]) },
      { q_num_heads: 4, kv_num_heads: 2 },
    ],
    // Four gates of 4 units at each of 6 steps and 2 images, input of 5.
    [
      'LSTM',
      'matmul',
      6 * 2 * 16 * (5 + 4),
      'LSTM',
      [6, 2, 5],
      { w: tensor([1, 16, 5]), r: tensor([1, 16, 4]) },
      { hidden_size: 4 },
    ],
  ])('%s', (_, kind, wanted, ...one) => {
    const { macs, macsBy, uncounted } = costsOfOne(...one);
    expect(uncounted).toEqual([]);
    expect(macs).toBe(wanted);
    expect(macsBy).toEqual({ convolution: 0, matmul: 0, [kind]: wanted });
  });

  it.each<[string, ...Parameters<typeof costsOfOne>]>([
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
