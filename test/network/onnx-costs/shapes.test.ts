import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeOnnx } from '../../../src/formats/onnx.ts';
import { onnxCosts } from '../../../src/network/onnx-costs/index.ts';
import { type AttributeValue, DataType, floats, ints, model, type NodeLine, scalar, tensor } from './build.ts';

type Stored = Parameters<typeof model>[0]['stored'];
interface Case {
  readonly x: readonly number[];
  readonly nodes: readonly NodeLine[];
  readonly stored?: Stored;
  readonly opset?: number;
  /** The element type of x, float32 unless it says otherwise. */
  readonly type?: number;
}

/** One node from x to y. */
const one = (
  op: string,
  x: readonly number[],
  attributes?: Record<string, AttributeValue>,
  stored: Stored = {},
): Case => ({
  x,
  stored,
  nodes: [[op, ['x', ...Object.keys(stored).map((name) => (name.startsWith('_') ? '' : name))], ['y'], attributes]],
});
const at = (opset: number, given: Case): Case => ({ ...given, opset });

const CASES: Readonly<Record<string, Case>> = {
  'Conv, padded and strided': one(
    'Conv',
    [1, 3, 17, 23],
    { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] },
    { w: tensor([8, 3, 3, 3]) },
  ),
  'Conv, uneven padding': one(
    'Conv',
    [1, 3, 17, 23],
    { pads: [0, 1, 2, 3], strides: [3, 2] },
    { w: tensor([8, 3, 3, 5]) },
  ),
  'Conv, dilated': one('Conv', [1, 4, 19, 21], { dilations: [2, 3], pads: [2, 3, 2, 3] }, { w: tensor([4, 4, 3, 3]) }),
  'Conv, depthwise': one(
    'Conv',
    [2, 6, 9, 9],
    { group: 6, pads: [1, 1, 1, 1] },
    { w: tensor([6, 1, 3, 3]), b: tensor([6]) },
  ),
  'Conv, one dimension': one('Conv', [1, 3, 31], { strides: [4] }, { w: tensor([5, 3, 7]) }),
  'Conv, three dimensions': one('Conv', [1, 2, 5, 6, 7], {}, { w: tensor([3, 2, 2, 2, 2]) }),
  'Conv, SAME_UPPER': one(
    'Conv',
    [1, 3, 17, 22],
    { auto_pad: 'SAME_UPPER', strides: [2, 3] },
    { w: tensor([8, 3, 3, 3]) },
  ),
  'Conv, SAME_LOWER': one(
    'Conv',
    [1, 3, 17, 22],
    { auto_pad: 'SAME_LOWER', strides: [2, 2] },
    { w: tensor([8, 3, 5, 5]) },
  ),
  'Conv, VALID': one('Conv', [1, 3, 17, 22], { auto_pad: 'VALID', strides: [2, 2] }, { w: tensor([8, 3, 5, 5]) }),
  ConvTranspose: one(
    'ConvTranspose',
    [1, 4, 7, 9],
    { strides: [2, 2], pads: [1, 1, 1, 1] },
    { w: tensor([4, 3, 4, 4]) },
  ),
  'ConvTranspose, output padding': one(
    'ConvTranspose',
    [1, 4, 7, 9],
    { strides: [2, 3], output_padding: [1, 2], dilations: [2, 1] },
    { w: tensor([4, 3, 3, 3]) },
  ),
  'ConvTranspose, groups': one(
    'ConvTranspose',
    [1, 4, 7, 9],
    { group: 2, strides: [2, 2] },
    { w: tensor([4, 3, 2, 2]) },
  ),
  'ConvTranspose, SAME_UPPER': one(
    'ConvTranspose',
    [1, 4, 7, 9],
    { auto_pad: 'SAME_UPPER', strides: [2, 2] },
    { w: tensor([4, 3, 3, 3]) },
  ),
  'ConvTranspose, stated size': one(
    'ConvTranspose',
    [1, 4, 7, 9],
    { output_shape: [15, 18], strides: [2, 2] },
    { w: tensor([4, 3, 3, 3]) },
  ),
  MaxPool: one('MaxPool', [1, 3, 17, 23], { kernel_shape: [5, 5], pads: [2, 2, 2, 2] }),
  'MaxPool with indices': {
    x: [1, 3, 17, 23],
    nodes: [['MaxPool', ['x'], ['y', 'i'], { kernel_shape: [2, 2], strides: [2, 2] }]],
  },
  'MaxPool, ceil': one('MaxPool', [1, 3, 16, 23], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  'MaxPool, ceil and padding': one('MaxPool', [1, 3, 5, 4], {
    kernel_shape: [1, 2],
    strides: [2, 3],
    pads: [0, 1, 0, 1],
    ceil_mode: 1,
  }),
  'MaxPool, dilated': one('MaxPool', [1, 3, 16, 23], { kernel_shape: [3, 3], dilations: [2, 2] }),
  'AveragePool, SAME_LOWER': one('AveragePool', [1, 3, 16, 23], {
    kernel_shape: [3, 3],
    strides: [2, 2],
    auto_pad: 'SAME_LOWER',
  }),
  GlobalAveragePool: one('GlobalAveragePool', [2, 3, 16, 23]),
  Gemm: one('Gemm', [5, 7], {}, { w: tensor([7, 3]), b: tensor([3]) }),
  'Gemm, both turned': one('Gemm', [7, 5], { transA: 1, transB: 1 }, { w: tensor([3, 7]) }),
  'MatMul of stacks': one('MatMul', [2, 1, 4, 5], {}, { w: tensor([3, 5, 6]) }),
  'MatMul, matrix and vector': one('MatMul', [4, 5], {}, { w: tensor([5]) }),
  'MatMul, vector and stack': one('MatMul', [5], {}, { w: tensor([2, 5, 6]) }),
  'Einsum of two': one('Einsum', [2, 3, 4, 5], { equation: 'bhqd,bhkd->bhqk' }, { w: tensor([2, 3, 6, 5]) }),
  'Einsum, implicit': one('Einsum', [4, 5], { equation: 'ij, jk' }, { w: tensor([5, 6]) }),
  'Einsum of one': one('Einsum', [4, 5, 6], { equation: 'ijk->kj' }),
  'Add, broadcast': one('Add', [2, 1, 4, 1], {}, { w: tensor([3, 1, 5]) }),
  'Sum of three': one('Sum', [4, 5], {}, { a: tensor([5]), b: tensor([4, 1]) }),
  Greater: one('Greater', [4, 5], {}, { a: tensor([5]) }),
  Where: {
    x: [4, 1],
    stored: { z: scalar(0), o: tensor([1, 3]) },
    nodes: [
      ['Greater', ['x', 'z'], ['c']],
      ['Where', ['c', 'o', 'x'], ['y']],
    ],
  },
  PRelu: one('PRelu', [1, 3, 4, 5], {}, { s: tensor([3, 1, 1]) }),
  Clip: one('Clip', [1, 3, 4, 5], {}, { low: scalar(0), high: scalar(6) }),
  BatchNormalization: one(
    'BatchNormalization',
    [1, 3, 4, 5],
    {},
    { s: tensor([3]), b: tensor([3]), m: tensor([3]), v: tensor([3]) },
  ),
  InstanceNormalization: one('InstanceNormalization', [1, 3, 4, 5], {}, { s: tensor([3]), b: tensor([3]) }),
  LayerNormalization: {
    x: [2, 7, 8],
    stored: { s: tensor([8]) },
    nodes: [['LayerNormalization', ['x', 's'], ['y', 'm', 'i']]],
  },
  Softmax: one('Softmax', [2, 7, 8], { axis: 1 }),
  'Cast to int32': one('Cast', [2, 7], { to: DataType.INT32 }),
  'QuantizeLinear and back': {
    x: [2, 7],
    stored: { s: scalar(0.5), z: scalar(3, DataType.UINT8) },
    nodes: [
      ['QuantizeLinear', ['x', 's', 'z'], ['q']],
      ['DequantizeLinear', ['q', 's', 'z'], ['y']],
    ],
  },
  'QuantizeLinear to int8': one('QuantizeLinear', [2, 7], {}, { s: scalar(0.5), z: scalar(0, DataType.INT8) }),
  DynamicQuantizeLinear: { x: [2, 7], nodes: [['DynamicQuantizeLinear', ['x'], ['q', 's', 'z']]] },
  Transpose: one('Transpose', [2, 3, 4, 5], { perm: [0, 2, 3, 1] }),
  'Transpose, turned round': one('Transpose', [2, 3, 4]),
  'Reshape with 0 and -1': one('Reshape', [2, 3, 4, 5], {}, { s: ints(0, -1, 5) }),
  Flatten: one('Flatten', [2, 3, 4, 5], { axis: 2 }),
  'Flatten, from the end': one('Flatten', [2, 3, 4, 5], { axis: -1 }),
  Squeeze: one('Squeeze', [1, 3, 1, 5], {}, { a: ints(0, -2) }),
  'Squeeze of all': one('Squeeze', [1, 3, 1, 5]),
  'Squeeze, opset 11': at(11, one('Squeeze', [1, 3, 1, 5], { axes: [2] })),
  Unsqueeze: one('Unsqueeze', [3, 5], {}, { a: ints(0, -1) }),
  'Unsqueeze, opset 11': at(11, one('Unsqueeze', [3, 5], { axes: [1] })),
  Concat: one('Concat', [1, 3, 4, 5], { axis: 1 }, { w: tensor([1, 2, 4, 5]) }),
  'Concat, from the end': one('Concat', [1, 3, 4, 5], { axis: -1 }, { w: tensor([1, 3, 4, 2]) }),
  'Split, stated': { x: [2, 10], stored: { s: ints(3, 7) }, nodes: [['Split', ['x', 's'], ['a', 'b'], { axis: 1 }]] },
  'Split, equal': { x: [2, 9], nodes: [['Split', ['x'], ['a', 'b', 'c'], { axis: -1 }]] },
  'Split, uneven, opset 18': {
    opset: 18,
    x: [2, 10],
    nodes: [['Split', ['x'], ['a', 'b', 'c'], { axis: 1, num_outputs: 3 }]],
  },
  'Split, opset 11': { opset: 11, x: [2, 10], nodes: [['Split', ['x'], ['a', 'b'], { axis: 1, split: [4, 6] }]] },
  Slice: one('Slice', [2, 10, 12], {}, { s: ints(1, -3), e: ints(100, 1), a: ints(1, 2), t: ints(2, -2) }),
  'Slice to the very end': one(
    'Slice',
    [10, 12],
    {},
    { s: ints(-4), e: tensor([1], [2 ** 62], DataType.INT64), a: ints(0) },
  ),
  'Slice backwards past the start': one('Slice', [10, 12], {}, { s: ints(-1), e: ints(-100), a: ints(1), t: ints(-3) }),
  'Slice, opset 9': at(9, one('Slice', [10, 12], { starts: [2], ends: [-2], axes: [1] })),
  Pad: one('Pad', [1, 3, 4, 5], {}, { p: ints(0, 0, 1, 2, 0, 0, 3, 4) }),
  'Pad, cut': one('Pad', [1, 3, 4, 5], {}, { p: ints(0, 0, -1, 2, 0, 0, 0, -1) }),
  'Pad of some axes, opset 18': at(
    18,
    one('Pad', [1, 3, 4, 5], {}, { p: ints(1, 2, 3, 4), v: scalar(0), a: ints(2, -1) }),
  ),
  'Pad, opset 9': at(9, one('Pad', [1, 3, 4, 5], { pads: [0, 0, 1, 1, 0, 0, 1, 1] })),
  Tile: one('Tile', [2, 3], {}, { r: ints(2, 4) }),
  Expand: one('Expand', [3, 1], {}, { s: ints(2, 1, 6) }),
  Gather: one('Gather', [5, 6, 7], { axis: 1 }, { i: tensor([2, 2], [0, 1, 2, 3], DataType.INT64) }),
  'Gather of one': one('Gather', [5, 6, 7], { axis: -1 }, { i: scalar(2, DataType.INT64) }),
  GatherElements: one(
    'GatherElements',
    [5, 6],
    { axis: 0 },
    { i: tensor([2, 6], [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1], DataType.INT64) },
  ),
  GatherND: one('GatherND', [5, 6, 7], {}, { i: tensor([4, 2], [0, 1, 2, 3, 4, 0, 1, 2], DataType.INT64) }),
  ReduceMean: one('ReduceMean', [2, 3, 4, 5], { axes: [2, -1] }),
  'ReduceMean, opset 18': at(18, one('ReduceMean', [2, 3, 4, 5], { keepdims: 0 }, { a: ints(1) })),
  'ReduceSum of all': one('ReduceSum', [2, 3, 4], { keepdims: 0 }),
  ReduceL2: one('ReduceL2', [2, 3, 4], { axes: [1] }),
  ArgMax: one('ArgMax', [1, 40, 4, 5], { axis: 1 }),
  'ArgMax, axis dropped': one('ArgMax', [1, 40, 4, 5], { axis: 1, keepdims: 0 }),
  TopK: { x: [3, 10], stored: { k: ints(4) }, nodes: [['TopK', ['x', 'k'], ['v', 'i'], { axis: -1 }]] },
  DepthToSpace: one('DepthToSpace', [1, 12, 4, 5], { blocksize: 2 }),
  SpaceToDepth: one('SpaceToDepth', [1, 3, 4, 6], { blocksize: 2 }),
  'Resize by scales': one('Resize', [1, 3, 7, 9], { mode: 'linear' }, { _roi: floats(), s: floats(1, 1, 2.5, 1.3) }),
  'Resize by sizes': one(
    'Resize',
    [1, 3, 7, 9],
    { mode: 'nearest' },
    { _roi: floats(), _s: floats(), z: ints(1, 3, 11, 20) },
  ),
  'Resize with an empty scale': one(
    'Resize',
    [1, 3, 7, 9],
    { mode: 'nearest' },
    { roi: floats(), s: floats(), z: ints(1, 3, 11, 20) },
  ),
  'Resize down': one('Resize', [1, 3, 7, 9], { mode: 'cubic' }, { _roi: floats(), s: floats(1, 1, 0.5, 0.7) }),
  'Resize of axes, opset 18': at(
    18,
    one('Resize', [1, 3, 7, 9], { mode: 'linear', axes: [2, 3] }, { _roi: floats(), _s: floats(), z: ints(14, 20) }),
  ),
  'Resize, not larger': at(
    18,
    one(
      'Resize',
      [1, 3, 7, 9],
      { mode: 'linear', axes: [2, 3], keep_aspect_ratio_policy: 'not_larger' },
      { _roi: floats(), _s: floats(), z: ints(20, 20) },
    ),
  ),
  'Resize, not smaller': at(
    18,
    one(
      'Resize',
      [1, 3, 7, 9],
      { mode: 'linear', axes: [2, 3], keep_aspect_ratio_policy: 'not_smaller' },
      { _roi: floats(), _s: floats(), z: ints(20, 20) },
    ),
  ),
  'Resize, opset 10': at(10, one('Resize', [1, 3, 7, 9], { mode: 'nearest' }, { s: floats(1, 1, 2, 2) })),
  'Upsample, opset 9': at(9, one('Upsample', [1, 3, 7, 9], { mode: 'nearest' }, { s: floats(1, 1, 2, 3) })),
  'Upsample, opset 7': at(7, one('Upsample', [1, 3, 7, 9], { mode: 'nearest', scales: { floats: [1, 1, 2, 3] } })),
  GridSample: {
    opset: 16,
    x: [1, 3, 7, 9],
    stored: { g: tensor([1, 4, 5, 2]) },
    nodes: [['GridSample', ['x', 'g'], ['y']]],
  },
  OneHot: {
    x: [3, 4],
    type: DataType.INT64,
    stored: { d: scalar(5, DataType.INT64), v: floats(0, 1) },
    nodes: [['OneHot', ['x', 'd', 'v'], ['y'], { axis: 1 }]],
  },
  QLinearConv: {
    x: [1, 3, 8, 9],
    type: DataType.UINT8,
    stored: {
      s: scalar(0.5),
      z: scalar(0, DataType.UINT8),
      w: tensor([4, 3, 3, 3], undefined, DataType.INT8),
      t: scalar(0.1),
      v: scalar(0, DataType.INT8),
    },
    nodes: [['QLinearConv', ['x', 's', 'z', 'w', 't', 'v', 's', 'z'], ['y'], { pads: [1, 1, 1, 1] }]],
  },
  ConvInteger: {
    x: [1, 3, 8, 9],
    type: DataType.UINT8,
    stored: { w: tensor([4, 3, 3, 3], undefined, DataType.UINT8) },
    nodes: [['ConvInteger', ['x', 'w'], ['y']]],
  },
  MatMulInteger: {
    x: [4, 5],
    type: DataType.UINT8,
    stored: { w: tensor([5, 6], undefined, DataType.INT8) },
    nodes: [['MatMulInteger', ['x', 'w'], ['y']]],
  },
  QLinearMatMul: {
    x: [4, 5],
    type: DataType.UINT8,
    stored: {
      s: scalar(0.5),
      z: scalar(0, DataType.UINT8),
      w: tensor([5, 6], undefined, DataType.INT8),
      t: scalar(0.1),
      v: scalar(0, DataType.INT8),
    },
    nodes: [['QLinearMatMul', ['x', 's', 'z', 'w', 't', 'v', 's', 'z'], ['y']]],
  },
  'Attention of ONNX Runtime': {
    x: [2, 7, 12],
    stored: { w: tensor([12, 24]), b: tensor([24]) },
    nodes: [['com.microsoft/Attention', ['x', 'w', 'b'], ['y'], { num_heads: 2 }]],
  },
  MultiHeadAttention: {
    x: [2, 7, 12],
    stored: { k: tensor([2, 9, 12]), v: tensor([2, 9, 16]) },
    nodes: [['com.microsoft/MultiHeadAttention', ['x', 'k', 'v'], ['y'], { num_heads: 4 }]],
  },
  FusedMatMul: {
    x: [2, 5, 4],
    stored: { w: tensor([6, 5]) },
    nodes: [['com.microsoft/FusedMatMul', ['x', 'w'], ['y'], { transA: 1, transB: 1 }]],
  },
  LSTM: {
    x: [6, 2, 5],
    stored: { w: tensor([1, 16, 5]), r: tensor([1, 16, 4]) },
    nodes: [['LSTM', ['x', 'w', 'r'], ['y', 'h', 'c'], { hidden_size: 4 }]],
  },
  'GRU, both ways': {
    x: [6, 2, 5],
    stored: { w: tensor([2, 12, 5]), r: tensor([2, 12, 4]) },
    nodes: [['GRU', ['x', 'w', 'r'], ['y', 'h'], { hidden_size: 4, direction: 'bidirectional' }]],
  },
  // Shape arithmetic as exporters write it.
  'a size halved and doubled': {
    x: [1, 3, 13, 18],
    stored: { i: ints(2), two: ints(2), head: ints(1, 3), w: ints(36) },
    nodes: [
      ['Shape', ['x'], ['s']],
      ['Gather', ['s', 'i'], ['h']],
      ['Div', ['h', 'two'], ['half']],
      ['Mul', ['half', 'two'], ['even']],
      ['Concat', ['head', 'even', 'w'], ['size'], { axis: 0 }],
      ['Resize', ['x', '', '', 'size'], ['y'], { mode: 'nearest' }],
    ],
  },
  'a view kept by its batch': {
    x: [2, 3, 4, 5],
    stored: { zero: scalar(0, DataType.INT64), axes: ints(0), rest: ints(-1) },
    nodes: [
      ['Shape', ['x'], ['s']],
      ['Gather', ['s', 'zero'], ['n']],
      ['Unsqueeze', ['n', 'axes'], ['n1']],
      ['Concat', ['n1', 'rest'], ['size'], { axis: 0 }],
      ['Reshape', ['x', 'size'], ['y']],
    ],
  },
  'Shape from an axis on, through Slice, Cast, Floor and Range': {
    x: [2, 3, 13, 18],
    stored: {
      s: ints(0),
      e: ints(1),
      f: floats(0.5),
      zero: scalar(0, DataType.INT64),
      one: scalar(1, DataType.INT64),
      none: ints(),
    },
    nodes: [
      ['Shape', ['x'], ['hw'], { start: 2 }],
      ['Slice', ['hw', 's', 'e'], ['h']],
      ['Cast', ['h'], ['hf'], { to: DataType.FLOAT }],
      ['Mul', ['hf', 'f'], ['half']],
      ['Floor', ['half'], ['floored']],
      ['Cast', ['floored'], ['count'], { to: DataType.INT64 }],
      ['Squeeze', ['count'], ['n']],
      ['Range', ['zero', 'n', 'one'], ['grid']],
      ['ConstantOfShape', ['hw'], ['blank'], { value: tensor([1], [1], DataType.INT64) }],
      ['Expand', ['grid', 'count'], ['y']],
    ],
  },
};

/** What the graph's values are when ONNX Runtime runs it with everything as an output. */
async function ran({ x, nodes, stored, opset, type = DataType.FLOAT }: Case) {
  const built = model({ inputs: { x }, inputTypes: { x: type }, stored, nodes, opset });
  const session = await ort.InferenceSession.create(encodeOnnx(built), {
    logSeverityLevel: 4,
    graphOptimizationLevel: 'disabled',
  });
  const count = x.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: count }, (_, i) => i % 4);
  const data =
    type === DataType.FLOAT
      ? new ort.Tensor('float32', Float32Array.from(values), [...x])
      : type === DataType.INT64
        ? new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [...x])
        : new ort.Tensor('uint8', Uint8Array.from(values), [...x]);
  const results = await session.run({ x: data });
  await session.release();
  return {
    built,
    results: Object.entries(results).map(([name, value]) => ({ name, shape: value.dims, type: value.type })),
  };
}

describe('shapes and types against ONNX Runtime', () => {
  it.each(Object.entries(CASES))('%s', async (_, given) => {
    const { built, results } = await ran(given);
    const { outputs, uncounted } = onnxCosts(built);
    expect(uncounted).toEqual([]);
    const byName = new Map(outputs.map(({ name, shape, type }) => [name, { shape, type }]));
    for (const { name, shape, type } of results) expect({ name, ...byName.get(name) }).toEqual({ name, shape, type });
  });
});
