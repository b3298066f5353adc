import { TensorProto_DataType as DataType } from '../../../src/formats/generated/onnx_pb.ts';
import type { TensorProto } from '../../../src/formats/onnx.ts';
import {
  type Attribute,
  bits,
  bytes,
  float,
  floats,
  int,
  ints,
  longs,
  type Node,
  node,
  numbers,
  scalarLong,
  tensor,
  text,
  weights,
} from '../onnx-case.ts';

/** A small model; its output is `y` unless `outputs` says otherwise. */
export interface OpCase {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly stored?: readonly TensorProto[];
  readonly opset?: number;
  readonly outputs?: Readonly<Record<string, number | undefined>>;
  /** What the inputs, which lie between -1 and 1, are multiplied by, and what is then added. */
  readonly times?: number;
  readonly plus?: number;
}

const IMAGE = { x: [1, 3, 9, 11] };
const PAIR = { x: [2, 4, 6, 5] };
const INT64 = { y: DataType.INT64 };

function one(
  name: string,
  op: string,
  attributes: Attribute[],
  more: Partial<OpCase> & { extra?: string[] } = {},
): OpCase {
  const { extra = [], inputs = IMAGE, ...rest } = more;
  return {
    name: `${op}: ${name}`,
    nodes: [node(op, [...Object.keys(inputs), ...extra], ['y'], ...attributes)],
    inputs,
    ...rest,
  };
}

const kernel = (n: number, m = n) => ints('kernel_shape', [n, m]);
const pads = (...values: number[]) => ints('pads', values);
const strides = (n: number, m = n) => ints('strides', [n, m]);
const dilations = (n: number, m = n) => ints('dilations', [n, m]);
const wb = (shape: number[], bias?: number) => ({
  extra: bias ? ['w', 'b'] : ['w'],
  stored: [weights('w', shape), ...(bias ? [weights('b', [bias], 3)] : [])],
});

const CONVOLUTIONS: OpCase[] = [
  one('3x3, bias, padded', 'Conv', [kernel(3), pads(1, 1, 1, 1)], wb([5, 3, 3, 3], 5)),
  one('1x1 without bias', 'Conv', [kernel(1)], wb([5, 3, 1, 1])),
  one('strides and uneven pads', 'Conv', [kernel(3, 2), pads(0, 1, 2, 0), strides(2, 3)], wb([4, 3, 3, 2], 4)),
  one('dilations', 'Conv', [kernel(3), pads(2, 1, 2, 1), dilations(2, 1)], wb([4, 3, 3, 3], 4)),
  one('dilations with strides', 'Conv', [kernel(3), pads(2, 3, 2, 3), dilations(2, 3), strides(2)], wb([4, 3, 3, 3])),
  one('depthwise', 'Conv', [kernel(3), pads(1, 1, 1, 1), int('group', 3)], wb([3, 1, 3, 3], 3)),
  one('depthwise, two filters a channel', 'Conv', [kernel(3), int('group', 3), strides(2)], wb([6, 1, 3, 3], 6)),
  one(
    'depthwise, dilations with strides',
    'Conv',
    [kernel(3), int('group', 3), dilations(2), strides(2), pads(2, 2, 2, 2)],
    wb([3, 1, 3, 3], 3),
  ),
  one('two groups', 'Conv', [kernel(3), int('group', 2)], { inputs: PAIR, ...wb([6, 2, 3, 3], 6) }),
  one('SAME_UPPER', 'Conv', [kernel(4, 3), text('auto_pad', 'SAME_UPPER'), strides(2)], wb([4, 3, 4, 3], 4)),
  one('SAME_LOWER', 'Conv', [kernel(4, 3), text('auto_pad', 'SAME_LOWER'), strides(2)], wb([4, 3, 4, 3], 4)),
  one('VALID', 'Conv', [text('auto_pad', 'VALID')], wb([4, 3, 4, 3], 4)),
  {
    name: 'Conv: with the ReLU that follows',
    nodes: [node('Conv', ['x', 'w', 'b'], ['c'], kernel(3)), node('Relu', ['c'], ['y'])],
    inputs: IMAGE,
    stored: wb([5, 3, 3, 3], 5).stored,
  },
  {
    name: 'Conv: with the ReLU6 that follows, depthwise',
    nodes: [node('Conv', ['x', 'w'], ['c'], kernel(3), int('group', 3)), node('Clip', ['c', 'min', 'max'], ['y'])],
    inputs: IMAGE,
    stored: [weights('w', [3, 1, 3, 3]), numbers('min', [], [0]), numbers('max', [], [6])],
    times: 20,
  },
  {
    name: 'Conv: a ReLU whose input others use too',
    nodes: [node('Conv', ['x', 'w'], ['c'], kernel(1)), node('Relu', ['c'], ['r']), node('Add', ['c', 'r'], ['y'])],
    inputs: IMAGE,
    stored: [weights('w', [3, 3, 1, 1])],
  },
  {
    name: 'Conv: weights that are computed from the image',
    nodes: [node('ReduceMean', ['x'], ['m'], ints('axes', [0, 2, 3])), node('Conv', ['x', 'm'], ['y'])],
    inputs: IMAGE,
  },
  one('twice as large', 'ConvTranspose', [kernel(2), strides(2)], wb([3, 4, 2, 2], 4)),
  one('overlapping, padded', 'ConvTranspose', [kernel(4), strides(2), pads(1, 1, 1, 1)], wb([3, 4, 4, 4], 4)),
  one(
    'output padding',
    'ConvTranspose',
    [kernel(3), strides(2), pads(1, 1, 1, 1), ints('output_padding', [1, 1])],
    wb([3, 4, 3, 3]),
  ),
  one('uneven pads', 'ConvTranspose', [kernel(3), strides(2, 3), pads(1, 0, 0, 2)], wb([3, 4, 3, 3])),
  one('dilations', 'ConvTranspose', [kernel(3), dilations(2)], wb([3, 4, 3, 3])),
  one('two groups', 'ConvTranspose', [kernel(3), strides(2), int('group', 2)], {
    inputs: PAIR,
    ...wb([4, 3, 3, 3], 6),
  }),
  one('SAME_UPPER', 'ConvTranspose', [kernel(3), strides(2), text('auto_pad', 'SAME_UPPER')], wb([3, 4, 3, 3])),
  one('output shape', 'ConvTranspose', [kernel(3), strides(2), ints('output_shape', [18, 22])], wb([3, 4, 3, 3])),
];

const POOLING: OpCase[] = [
  one('5x5, stride 1', 'MaxPool', [kernel(5), pads(2, 2, 2, 2)]),
  one('strides, uneven pads', 'MaxPool', [kernel(3, 2), strides(2), pads(0, 1, 1, 0)]),
  one('ceil_mode', 'MaxPool', [kernel(2), strides(2), int('ceil_mode', 1)]),
  one('ceil_mode, padded', 'MaxPool', [kernel(3), strides(2), pads(1, 1, 1, 1), int('ceil_mode', 1)]),
  one('SAME_UPPER', 'MaxPool', [kernel(3), strides(2), text('auto_pad', 'SAME_UPPER')]),
  one('padding not counted', 'AveragePool', [kernel(3), strides(2), pads(1, 1, 1, 1)]),
  one('padding counted', 'AveragePool', [kernel(3), strides(2), pads(1, 1, 1, 1), int('count_include_pad', 1)]),
  one('uneven pads', 'AveragePool', [kernel(3), pads(2, 0, 1, 1)]),
  one('ceil_mode', 'AveragePool', [kernel(2), strides(2), int('ceil_mode', 1)]),
  one('all', 'GlobalAveragePool', []),
  one('all', 'GlobalMaxPool', []),
];

const UNARY = [
  'Relu',
  'Sigmoid',
  'Tanh',
  'Erf',
  'Exp',
  'Neg',
  'Abs',
  'Sign',
  'Floor',
  'Ceil',
  'Round',
  'Sin',
  'Cos',
  'Softplus',
  'Softsign',
  'Elu',
  'Selu',
  'LeakyRelu',
  'HardSigmoid',
];
const ELEMENTWISE: OpCase[] = [
  ...UNARY.map((op) => one('default', op, [], { times: 4 })),
  one('default', 'HardSwish', [], { times: 4, opset: 14 }),
  one('default', 'Mish', [], { times: 4, opset: 18 }),
  one('exact', 'Gelu', [], { times: 4, opset: 20 }),
  one('tanh', 'Gelu', [text('approximate', 'tanh')], { times: 4, opset: 20 }),
  one('above zero', 'Log', [], { plus: 1.5 }),
  one('above zero', 'Sqrt', [], { plus: 1.5 }),
  one('away from zero', 'Reciprocal', [], { plus: 1.5 }),
  one('alpha', 'LeakyRelu', [float('alpha', 0.2)]),
  one('alpha', 'Elu', [float('alpha', 0.5)], { times: 3 }),
  one('alpha and beta', 'HardSigmoid', [float('alpha', 0.3), float('beta', 0.4)], { times: 3 }),
  one('per channel', 'PRelu', [], { extra: ['s'], stored: [weights('s', [3, 1, 1])] }),
  one('limits from inputs', 'Clip', [], {
    extra: ['a', 'b'],
    stored: [numbers('a', [], [-0.5]), numbers('b', [], [0.25])],
  }),
  one('no lower limit', 'Clip', [], { extra: ['', 'b'], stored: [numbers('b', [], [0.25])] }),
  one('limits from attributes', 'Clip', [float('min', -0.5), float('max', 0.1)], { opset: 10 }),
  ...['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max'].flatMap((op) => [
    one('two tensors', op, [], { inputs: { x: [1, 3, 5, 4], z: [1, 3, 5, 4] }, plus: op === 'Div' ? 3 : 0 }),
    one('with a channel vector', op, [], { extra: ['c'], stored: [numbers('c', [3, 1, 1], [0.5, -2, 3])] }),
    one('with a scalar', op, [], { extra: ['c'], stored: [numbers('c', [], [0.5])] }),
    one('a row', op, [], { inputs: { x: [2, 3, 4, 5], z: [5] }, plus: op === 'Div' ? 3 : 0 }),
    one('other ranks', op, [], { inputs: { x: [4, 5], z: [2, 1, 4, 1] }, plus: op === 'Div' ? 3 : 0 }),
  ]),
  one('of three', 'Sum', [], { inputs: { x: [3, 4], z: [3, 4], v: [1, 4] } }),
  one('of two', 'Mean', [], { inputs: { x: [3, 4], z: [3, 4] } }),
  one('squared', 'Pow', [], { extra: ['c'], stored: [numbers('c', [], [2])] }),
  one('to a half', 'Pow', [], { extra: ['c'], stored: [numbers('c', [], [0.5])], plus: 1.5 }),
  {
    name: 'Add: a channels-last value with one of lower rank',
    nodes: [node('Conv', ['x', 'w'], ['c'], kernel(1)), node('Add', ['c', 'z'], ['y'])],
    inputs: { x: [1, 3, 4, 5], z: [4, 1] },
    stored: [weights('w', [2, 3, 1, 1])],
  },
  {
    name: 'Where: by whether equal, or at least, or at most',
    nodes: [
      node('Floor', ['x'], ['f']),
      node('Floor', ['z'], ['g']),
      node('Equal', ['f', 'g'], ['e']),
      node('Where', ['e', 'x', 'z'], ['w']),
      node('GreaterOrEqual', ['f', 'g'], ['a']),
      node('LessOrEqual', ['f', 'g'], ['b']),
      node('Where', ['a', 'x', 'w'], ['v']),
      node('Where', ['b', 'v', 'w'], ['y']),
    ],
    inputs: { x: [6, 7], z: [6, 7] },
    times: 2,
  },
  {
    name: 'Size: of a tensor, as a divisor',
    nodes: [node('Size', ['x'], ['n']), node('Cast', ['n'], ['f'], int('to', 1)), node('Div', ['x', 'f'], ['y'])],
    inputs: { x: [6, 7] },
  },
  {
    name: 'Where: by a comparison',
    nodes: [
      node('Greater', ['x', 'z'], ['g']),
      node('Not', ['g'], ['n']),
      node('Less', ['x', 'limit'], ['l']),
      node('Or', ['n', 'l'], ['o']),
      node('And', ['o', 'n'], ['a']),
      node('Where', ['a', 'x', 'z'], ['y']),
    ],
    inputs: { x: [3, 4], z: [3, 4] },
    stored: [numbers('limit', [], [-0.3])],
  },
  { ...one('to int64', 'Cast', [int('to', 7)], { times: 5 }), outputs: INT64 },
  {
    name: 'Cast: through float16 and back',
    nodes: [node('Cast', ['x'], ['h'], int('to', 10)), node('Cast', ['h'], ['y'], int('to', 1))],
    inputs: { x: [4] },
    times: 0,
    plus: 0.5,
  },
];

const RESIZES: OpCase[] = ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'].flatMap((coordinates) =>
  [
    [23, 17],
    [18, 22],
    [4, 5],
    [1, 3],
  ].flatMap(([height, width]) =>
    ['nearest', 'linear', 'cubic'].map((mode) =>
      one(
        `${mode}, ${coordinates}, to ${height}x${width}`,
        'Resize',
        [text('mode', mode), text('coordinate_transformation_mode', coordinates)],
        {
          extra: ['', '', 'sizes'],
          stored: [longs('sizes', [1, 3, height, width])],
        },
      ),
    ),
  ),
);
RESIZES.push(
  ...['linear', 'cubic', 'nearest'].map((mode) =>
    one(`${mode}, scales that fit no whole size`, 'Resize', [text('mode', mode)], {
      extra: ['', 'scales'],
      stored: [numbers('scales', [4], [1, 1, 1.7, 2.3])],
    }),
  ),
  ...['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'].map((rounding) =>
    one(`nearest, ${rounding}`, 'Resize', [text('mode', 'nearest'), text('nearest_mode', rounding)], {
      extra: ['', 'scales'],
      inputs: { x: [1, 3, 8, 12] },
      stored: [numbers('scales', [4], [1, 1, 0.5, 1.5])],
    }),
  ),
  one(
    'cubic without the outside, other a',
    'Resize',
    [text('mode', 'cubic'), int('exclude_outside', 1), float('cubic_coeff_a', -0.5)],
    {
      extra: ['', '', 'sizes'],
      stored: [longs('sizes', [1, 3, 20, 20])],
    },
  ),
  one('cubic, two images', 'Resize', [text('mode', 'cubic')], {
    inputs: PAIR,
    extra: ['', '', 'sizes'],
    stored: [longs('sizes', [2, 4, 11, 13])],
  }),
  one('old rules', 'Resize', [text('mode', 'linear')], {
    opset: 10,
    extra: ['scales'],
    stored: [numbers('scales', [4], [1, 1, 2, 2])],
  }),
  one('old rules, nearest and smaller', 'Resize', [text('mode', 'nearest')], {
    opset: 10,
    extra: ['scales'],
    stored: [numbers('scales', [4], [1, 1, 0.6, 0.6])],
  }),
  one('nearest', 'Upsample', [text('mode', 'nearest')], {
    opset: 9,
    extra: ['scales'],
    stored: [numbers('scales', [4], [1, 1, 2, 3])],
  }),
  one('linear, by attribute', 'Upsample', [text('mode', 'linear'), floats('scales', [1, 1, 2, 2])], { opset: 8 }),
  {
    name: 'Resize: to the size of another tensor, as exporters write it',
    nodes: [
      node('Shape', ['like'], ['shape']),
      node('Slice', ['shape', 'two', 'four', 'zero'], ['hw']),
      node('Shape', ['x'], ['own']),
      node('Gather', ['own', 'first'], ['nc']),
      node('Concat', ['nc', 'hw'], ['sizes'], int('axis', 0)),
      node('Resize', ['x', '', '', 'sizes'], ['y'], text('mode', 'linear')),
    ],
    inputs: { x: [1, 3, 5, 6], like: [1, 2, 9, 13] },
    stored: [longs('two', [2]), longs('four', [4]), longs('zero', [0]), longs('first', [0, 1])],
  },
  {
    name: 'Resize: by sizes computed from the image',
    nodes: [
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'two'], ['h']),
      node('Unsqueeze', ['h', 'zero'], ['h1']),
      node('Mul', ['h1', 'double'], ['h2']),
      node('Cast', ['h2'], ['f'], int('to', 1)),
      node('Div', ['f', 'third'], ['f3']),
      node('Floor', ['f3'], ['f4']),
      node('Cast', ['f4'], ['n'], int('to', 7)),
      node('Concat', ['batch', 'n', 'n'], ['sizes'], int('axis', 0)),
      node('Resize', ['x', '', '', 'sizes'], ['y'], text('mode', 'nearest')),
    ],
    inputs: IMAGE,
    stored: [
      scalarLong('two', 2),
      longs('zero', [0]),
      longs('double', [2]),
      numbers('third', [1], [3]),
      longs('batch', [1, 3]),
    ],
  },
);

const afterConv = (name: string, nodes: Node[], stored: TensorProto[], outputs?: OpCase['outputs']): OpCase => ({
  name: `channels last: ${name}`,
  nodes: [node('Conv', ['x', 'w'], ['c'], kernel(1)), ...nodes],
  inputs: { x: [2, 3, 5, 6] },
  stored: [weights('w', [4, 3, 1, 1]), ...stored],
  outputs,
});

const SHAPES: OpCase[] = [
  ...[0, 1, 2, 3, -1].flatMap((axis) => [
    afterConv(`Concat along ${axis}`, [node('Concat', ['c', 'c'], ['y'], int('axis', axis))], []),
    afterConv(`Softmax along ${axis}`, [node('Softmax', ['c'], ['y'], int('axis', axis))], []),
    afterConv(`LogSoftmax along ${axis}`, [node('LogSoftmax', ['c'], ['y'], int('axis', axis))], []),
    afterConv(`ArgMax along ${axis}`, [node('ArgMax', ['c'], ['y'], int('axis', axis))], [], INT64),
    afterConv(
      `ArgMin along ${axis}, dropped`,
      [node('ArgMin', ['c'], ['y'], int('axis', axis), int('keepdims', 0))],
      [],
      INT64,
    ),
    afterConv(`ReduceMean along ${axis}`, [node('ReduceMean', ['c'], ['y'], ints('axes', [axis]))], []),
    afterConv(
      `ReduceSum along ${axis}, dropped`,
      [node('ReduceSum', ['c', 'a'], ['y'], int('keepdims', 0))],
      [longs('a', [axis])],
    ),
  ]),
  afterConv('Split in two', [node('Split', ['c'], ['p', 'q'], int('axis', 1)), node('Sub', ['q', 'p'], ['y'])], []),
  afterConv('Split by sizes', [node('Split', ['c', 's'], ['p', 'y'], int('axis', 1))], [longs('s', [1, 3])]),
  afterConv(
    'Slice of channels and rows',
    [node('Slice', ['c', 's', 'e', 'a', 'd'], ['y'])],
    [longs('s', [1, -1]), longs('e', [3, -99]), longs('a', [1, 2]), longs('d', [1, -2])],
  ),
  // A start before the first is the first, also backwards.
  afterConv(
    'Slice backwards from before the first',
    [node('Slice', ['c', 's', 'e', 'a', 'd'], ['y'])],
    [longs('s', [-100]), longs('e', [-1000]), longs('a', [2]), longs('d', [-1])],
  ),
  afterConv(
    'Slice to the end',
    [node('Slice', ['c', 's', 'e', 'a'], ['y'])],
    [longs('s', [2]), longs('e', [Number.MAX_SAFE_INTEGER]), longs('a', [3])],
  ),
  afterConv('Transpose to channels last', [node('Transpose', ['c'], ['y'], ints('perm', [0, 2, 3, 1]))], []),
  afterConv('Transpose otherwise', [node('Transpose', ['c'], ['y'], ints('perm', [3, 1, 0, 2]))], []),
  afterConv('Flatten', [node('Flatten', ['c'], ['y'])], []),
  afterConv('Reshape, one size copied and one free', [node('Reshape', ['c', 's'], ['y'])], [longs('s', [0, -1, 6])]),
  afterConv(
    'Squeeze of a mean',
    [node('GlobalAveragePool', ['c'], ['m']), node('Squeeze', ['m', 'a'], ['y'])],
    [longs('a', [2, -1])],
  ),
  afterConv('Unsqueeze', [node('Unsqueeze', ['c', 'a'], ['y'])], [longs('a', [0, -1])]),
  afterConv('Gather of channels', [node('Gather', ['c', 'i'], ['y'], int('axis', 1))], [longs('i', [3, -4, 1])]),
  afterConv(
    'Pad with a constant',
    [node('Pad', ['c', 'p', 'v'], ['y'])],
    [longs('p', [0, 0, 1, 2, 0, 1, 3, 0]), numbers('v', [], [0.5])],
  ),
  afterConv(
    'Pad with the border',
    [node('Pad', ['c', 'p'], ['y'], text('mode', 'edge'))],
    [longs('p', [0, 0, 1, 2, 0, 0, 3, 0])],
  ),
  afterConv(
    'Pad with a mirror',
    [node('Pad', ['c', 'p'], ['y'], text('mode', 'reflect'))],
    [longs('p', [0, 0, 1, 2, 0, 0, 3, 0])],
  ),
  afterConv('Pad that cuts', [node('Pad', ['c', 'p'], ['y'])], [longs('p', [0, 0, -1, 2, 0, 0, 3, -2])]),
  afterConv('DepthToSpace', [node('DepthToSpace', ['c'], ['y'], int('blocksize', 2))], []),
  afterConv(
    'DepthToSpace, CRD',
    [
      node('Concat', ['c', 'c'], ['cc'], int('axis', 1)),
      node('DepthToSpace', ['cc'], ['y'], int('blocksize', 2), text('mode', 'CRD')),
    ],
    [],
  ),
  afterConv(
    'SpaceToDepth',
    [node('Concat', ['c', 'c'], ['cc'], int('axis', 2)), node('SpaceToDepth', ['cc'], ['y'], int('blocksize', 2))],
    [],
  ),
  afterConv('Identity and Dropout', [node('Identity', ['c'], ['i']), node('Dropout', ['i'], ['y'])], []),
  afterConv(
    'Expand of a mean',
    [node('GlobalAveragePool', ['c'], ['m']), node('Expand', ['m', 's'], ['y'])],
    [longs('s', [2, 1, 5, 6])],
  ),
  afterConv('Tile', [node('Tile', ['c', 's'], ['y'])], [longs('s', [1, 2, 1, 3])]),
  afterConv(
    'a pixel shuffle of six axes',
    [
      node('Reshape', ['c', 's'], ['r']),
      node('Transpose', ['r'], ['t'], ints('perm', [0, 1, 4, 2, 5, 3])),
      node('Reshape', ['t', 'z'], ['y']),
    ],
    [longs('s', [2, 1, 2, 2, 5, 6]), longs('z', [2, 1, 10, 12])],
  ),
  one('of the network in channels last', 'Transpose', [ints('perm', [0, 3, 1, 2])], { inputs: { x: [1, 4, 5, 3] } }),
  one('reversed', 'Transpose', [], { inputs: { x: [2, 3, 4] } }),
  one('from an attribute', 'Squeeze', [ints('axes', [0])], { opset: 11, inputs: { x: [1, 3, 1] } }),
  one('at an axis', 'Flatten', [int('axis', 2)], { inputs: { x: [2, 3, 4, 5] } }),
  one('the first of equals', 'ArgMax', [int('axis', 1)], { inputs: { x: [3, 4] }, times: 0, outputs: INT64 }),
  one('old sets take all axes from one on', 'Softmax', [int('axis', 1)], { opset: 11, inputs: { x: [2, 3, 4] } }),
  ...['ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSumExp'].flatMap(
    (op) => [one('all axes', op, []), one('two axes dropped', op, [ints('axes', [1, -1]), int('keepdims', 0)])],
  ),
  one('above zero', 'ReduceLogSum', [ints('axes', [2])], { plus: 1.5 }),
  one('axes as input', 'ReduceMean', [int('noop_with_empty_axes', 1)], {
    opset: 18,
    extra: ['a'],
    stored: [longs('a', [2, 3])],
  }),
  {
    name: 'Constant: of every kind',
    nodes: [
      node('Constant', [], ['t'], tensor('value', numbers('', [2], [0.5, 2]))),
      node('Constant', [], ['f'], float('value_float', 3)),
      node('Constant', [], ['fs'], floats('value_floats', [1, -1])),
      node('Constant', [], ['is'], ints('value_ints', [2, -1])),
      node('Add', ['x', 't'], ['a']),
      node('Mul', ['a', 'f'], ['m']),
      node('Sub', ['m', 'fs'], ['s']),
      node('Reshape', ['s', 'is'], ['y']),
    ],
    inputs: { x: [3, 2] },
  },
  {
    name: 'ConstantOfShape and Range',
    nodes: [
      node('Shape', ['x'], ['s']),
      node('ConstantOfShape', ['s'], ['ones'], tensor('value', numbers('', [1], [1]))),
      node('Range', ['zero', 'four', 'one'], ['r']),
      node('Cast', ['r'], ['f'], int('to', 1)),
      node('Add', ['ones', 'f'], ['o']),
      node('Mul', ['o', 'x'], ['y']),
    ],
    inputs: { x: [3, 4] },
    stored: [scalarLong('zero', 0), scalarLong('four', 4), scalarLong('one', 1)],
  },
];

const MATRIX: OpCase[] = [
  one('two matrices', 'MatMul', [], { inputs: { x: [4, 5], z: [5, 3] } }),
  one('batches', 'MatMul', [], { inputs: { x: [2, 3, 4, 5], z: [2, 3, 5, 6] } }),
  one('batches that broadcast', 'MatMul', [], { inputs: { x: [2, 1, 4, 5], z: [3, 5, 6] } }),
  one('a batch and a matrix', 'MatMul', [], { inputs: { x: [2, 3, 5], z: [5, 4] } }),
  one('vector and matrix', 'MatMul', [], { inputs: { x: [5], z: [2, 5, 4] } }),
  one('matrix and vector', 'MatMul', [], { inputs: { x: [2, 3, 5], z: [5] } }),
  one('all attributes', 'Gemm', [int('transA', 1), int('transB', 1), float('alpha', 0.5), float('beta', 2)], {
    inputs: { x: [5, 4], z: [3, 5], v: [3] },
  }),
  one('without C', 'Gemm', [], { inputs: { x: [4, 5], z: [5, 3] } }),
  {
    name: 'MatMul: attention',
    nodes: [
      node('Transpose', ['k'], ['kt'], ints('perm', [0, 1, 3, 2])),
      node('MatMul', ['q', 'kt'], ['s']),
      node('Mul', ['s', 'scale'], ['s1']),
      node('Softmax', ['s1'], ['p'], int('axis', -1)),
      node('MatMul', ['p', 'v'], ['y']),
    ],
    inputs: { q: [1, 2, 6, 4], k: [1, 2, 7, 4], v: [1, 2, 7, 3] },
    stored: [numbers('scale', [], [0.5])],
  },
];

const channels4 = ['s', 'b', 'm', 'v'];
const statistics = (n: number) => [
  weights('s', [n], 2),
  weights('b', [n], 3),
  weights('m', [n], 4),
  numbers(
    'v',
    [n],
    Array.from({ length: n }, (_, i) => 0.5 + i),
  ),
];
const NORMALISATION: OpCase[] = [
  one('an image', 'BatchNormalization', [], { extra: channels4, stored: statistics(3) }),
  one('epsilon', 'BatchNormalization', [float('epsilon', 0.1)], { extra: channels4, stored: statistics(3) }),
  afterConv('BatchNormalization', [node('BatchNormalization', ['c', ...channels4], ['y'])], statistics(4)),
  one('an image', 'InstanceNormalization', [float('epsilon', 1e-3)], {
    extra: ['s', 'b'],
    stored: [weights('s', [3]), weights('b', [3], 9)],
    times: 3,
    plus: 1,
  }),
  one('last axis', 'LayerNormalization', [], {
    extra: ['s', 'b'],
    stored: [weights('s', [11]), weights('b', [11], 9)],
    times: 3,
    plus: 1,
  }),
  one('two axes, no bias', 'LayerNormalization', [int('axis', -2)], { extra: ['s'], stored: [weights('s', [9, 11])] }),
  one('groups', 'GroupNormalization', [int('num_groups', 2)], {
    opset: 21,
    inputs: PAIR,
    extra: ['s', 'b'],
    stored: [weights('s', [4]), weights('b', [4], 9)],
  }),
  one('unit vectors', 'LpNormalization', [int('axis', 1)]),
];

const QUANTISATION: OpCase[] = [
  {
    name: 'QuantizeLinear: to uint8 and back',
    nodes: [node('QuantizeLinear', ['x', 's', 'z'], ['q']), node('DequantizeLinear', ['q', 's', 'z'], ['y'])],
    inputs: IMAGE,
    stored: [numbers('s', [], [0.0078125]), bytes('z', [], [100], DataType.UINT8)],
  },
  {
    name: 'QuantizeLinear: to int8 with ties',
    nodes: [node('QuantizeLinear', ['x', 's', 'z'], ['q']), node('DequantizeLinear', ['q', 's', 'z'], ['y'])],
    inputs: { x: [1, 1, 5, 5] },
    stored: [numbers('s', [], [1]), bytes('z', [], [0])],
    times: 0,
    plus: 2.5,
  },
  {
    name: 'QuantizeLinear: along the channels',
    nodes: [
      node('QuantizeLinear', ['x', 's', 'z'], ['q'], int('axis', 1)),
      node('DequantizeLinear', ['q', 's', 'z'], ['y'], int('axis', 1)),
    ],
    inputs: IMAGE,
    stored: [numbers('s', [3], [0.01, 0.02, 0.004]), bytes('z', [3], [3, -7, 0])],
  },
  {
    name: 'DequantizeLinear: weights and bias of a convolution, QDQ all around',
    nodes: [
      node('QuantizeLinear', ['x', 'xs', 'xz'], ['xq']),
      node('DequantizeLinear', ['xq', 'xs', 'xz'], ['xd']),
      node('DequantizeLinear', ['w', 'ws', 'wz'], ['wd'], int('axis', 0)),
      node('DequantizeLinear', ['b', 'bs'], ['bd'], int('axis', 0)),
      node('Conv', ['xd', 'wd', 'bd'], ['c'], kernel(3), pads(1, 1, 1, 1)),
      node('Relu', ['c'], ['r']),
      node('QuantizeLinear', ['r', 'ys', 'yz'], ['q']),
      node('DequantizeLinear', ['q', 'ys', 'yz'], ['y']),
    ],
    inputs: IMAGE,
    stored: [
      numbers('xs', [], [0.0078125]),
      bytes('xz', [], [0]),
      bytes(
        'w',
        [2, 3, 3, 3],
        Array.from({ length: 54 }, (_, i) => ((i * 37) % 255) - 127),
      ),
      numbers('ws', [2], [0.0078125, 0.015625]),
      bytes('wz', [2], [0, 0]),
      bytes('b', [2], [1000, -20], DataType.INT32),
      numbers('bs', [2], [0.0078125 ** 2, 0.0078125 * 0.015625]),
      numbers('ys', [], [0.03125]),
      bytes('yz', [], [-5]),
    ],
  },
  {
    name: 'float16 weights, widened by a Cast',
    nodes: [node('Cast', ['h'], ['w'], int('to', 1)), node('Conv', ['x', 'w'], ['y'])],
    inputs: IMAGE,
    stored: [bits('h', [2, 3, 1, 1], DataType.FLOAT16, [0x3c00, 0xb800, 0x0001, 0x7bff, 0x2e66, 0x83ff])],
  },
];

export const OP_CASES: readonly OpCase[] = [
  ...CONVOLUTIONS,
  ...POOLING,
  ...ELEMENTWISE,
  ...RESIZES,
  ...SHAPES,
  ...MATRIX,
  ...NORMALISATION,
  ...QUANTISATION,
];
