import { type AttributeValue, DataType, floats, ints, scalar, tensor } from './build.ts';
import { at, one, type ShapeCase } from './shape-cases.ts';

const { BOOL, INT8, INT32, INT64, UINT8 } = DataType;
type Cases = Readonly<Record<string, ShapeCase>>;
type Stored = ShapeCase['stored'];

const casesOf = (ops: readonly string[], make: (op: string) => ShapeCase): Cases =>
  Object.fromEntries(ops.map((op) => [op, make(op)]));
const ofBytes = (given: ShapeCase): ShapeCase => ({ ...given, type: UINT8 });

/** Each operator gets x alone. */
const alone = (opset: number, ops: readonly string[], attributes?: Record<string, AttributeValue>): Cases =>
  casesOf(ops, (op) => at(opset, one(op, [1, 3, 4, 5], attributes)));
/** Each operator gets x and one that is broadcast. */
const withOther = (ops: readonly string[], attributes?: Record<string, AttributeValue>): Cases =>
  casesOf(ops, (op) => one(op, [2, 1, 4, 1], attributes, { w: tensor([3, 1, 5]) }));
const withOtherBytes = (opset: number, ops: readonly string[], attributes?: Record<string, AttributeValue>): Cases =>
  casesOf(ops, (op) => at(opset, ofBytes(one(op, [2, 1, 4], attributes, { w: tensor([3, 1], undefined, UINT8) }))));
/** Of two comparisons of x. */
const logical = (ops: readonly string[]): Cases =>
  casesOf(ops, (op) => ({
    x: [4, 5],
    stored: { a: tensor([5]), b: scalar(2) },
    nodes: [
      ['Greater', ['x', 'a'], ['p']],
      ['Less', ['x', 'b'], ['q']],
      [op, op === 'Not' ? ['p'] : ['p', 'q'], ['y']],
    ],
  }));

const scale = (): Stored => ({ s: scalar(0.5), z: scalar(3, UINT8) });
const quantised = (ops: readonly string[], x: readonly number[], attributes?: Record<string, AttributeValue>): Cases =>
  casesOf(ops, (op) =>
    ofBytes(one(`com.microsoft/${op}`, x, attributes, { ...scale(), t: scalar(0.1), v: scalar(0, UINT8) })),
  );
const quantisedPair = (ops: readonly string[]): Cases =>
  casesOf(ops, (op) => ({
    x: [2, 1, 4],
    type: UINT8,
    stored: { ...scale(), w: tensor([3, 1], undefined, UINT8) },
    nodes: [[`com.microsoft/${op}`, ['x', 's', 'z', 'w', 's', 'z', 's', 'z'], ['y']]],
  }));

const bytes = (...shape: readonly number[]) => tensor(shape, undefined, INT8);
const indices = (shape: readonly number[], ...values: readonly number[]) => tensor(shape, values, INT64);
const updates = { i: indices([2, 6], 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1), u: tensor([2, 6]) };
const angles = { c: tensor([4, 4]), n: tensor([4, 4]) };

/** One case for each operator that shape-cases.ts has none for: its name, inputs and type as ONNX Runtime has them. */
export const PLAIN_CASES: Cases = {
  ...alone(17, ['Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Ceil', 'Cos', 'Cosh', 'Erf', 'Exp', 'Log']),
  ...alone(17, ['Neg', 'Reciprocal', 'Round', 'Sign', 'Sin', 'Sinh', 'Sqrt', 'Tan', 'Tanh', 'Identity', 'Floor']),
  ...alone(17, ['Celu', 'Elu', 'HardSigmoid', 'HardSwish', 'LeakyRelu', 'Relu', 'Selu', 'Sigmoid', 'Softplus']),
  ...alone(17, ['Softsign', 'ThresholdedRelu', 'Shrink', 'Hardmax', 'LogSoftmax', 'LpNormalization']),
  ...alone(17, ['MeanVarianceNormalization', 'IsNaN', 'IsInf']),
  ...alone(17, ['GlobalMaxPool', 'GlobalLpPool']),
  ...alone(17, ['LpPool'], { kernel_shape: [2, 3], strides: [2, 1] }),
  ...alone(17, ['LRN'], { size: 3 }),
  ...alone(18, ['Mish']),
  ...alone(20, ['Gelu']),
  ...alone(24, ['Swish']),
  ...alone(17, ['com.microsoft/QuickGelu']),
  ...withOther(['Sub', 'Pow', 'Min', 'Max', 'Mean', 'Equal', 'Less', 'GreaterOrEqual', 'LessOrEqual']),
  ...withOther(['Mod'], { fmod: 1 }),
  ...withOtherBytes(18, ['BitwiseAnd', 'BitwiseOr', 'BitwiseXor']),
  ...withOtherBytes(17, ['BitShift'], { direction: 'LEFT' }),
  ...logical(['And', 'Or', 'Xor', 'Not']),
  ...casesOf(
    ['Max', 'Min', 'Prod', 'L1', 'LogSum', 'LogSumExp', 'SumSquare'].map((name) => `Reduce${name}`),
    (op) => one(op, [2, 3, 4], { axes: [1] }),
  ),
  ...quantised(['QLinearSigmoid', 'QLinearLeakyRelu', 'QLinearGlobalAveragePool'], [1, 3, 4, 5]),
  ...quantised(['QLinearAveragePool'], [1, 3, 8, 9], { kernel_shape: [3, 3], strides: [2, 2] }),
  ...quantised(['QLinearSoftmax'], [2, 5], { opset: 13 }),
  ...quantisedPair(['QLinearAdd', 'QLinearMul']),
  BitwiseNot: at(18, ofBytes(one('BitwiseNot', [2, 3]))),
  Dropout: { x: [2, 3], nodes: [['Dropout', ['x'], ['y', 'mask']]] },
  CastLike: one('CastLike', [2, 3], {}, { w: tensor([1], [1], INT32) }),
  ArgMin: one('ArgMin', [1, 40, 4, 5], { axis: 1 }),
  Size: one('Size', [3, 4]),
  EyeLike: one('EyeLike', [3, 4]),
  'EyeLike of integers': one('EyeLike', [3, 4], { dtype: INT64 }),
  RandomNormal: {
    x: [2, 3],
    nodes: [
      ['RandomNormal', [], ['r'], { shape: [4, 2] }],
      ['MatMul', ['r', 'x'], ['y']],
    ],
  },
  RandomUniform: {
    x: [2, 3],
    nodes: [
      ['RandomUniform', [], ['r'], { shape: [4, 2] }],
      ['MatMul', ['r', 'x'], ['y']],
    ],
  },
  RandomNormalLike: one('RandomNormalLike', [2, 3]),
  RandomUniformLike: one('RandomUniformLike', [2, 3], { dtype: DataType.DOUBLE }),
  Trilu: one('Trilu', [4, 5]),
  CumSum: one('CumSum', [4, 5], {}, { a: scalar(1, INT64) }),
  ScatterND: one('ScatterND', [5, 6], {}, { i: indices([2, 1], 0, 3), u: tensor([2, 6]) }),
  ScatterElements: one('ScatterElements', [5, 6], {}, updates),
  Scatter: at(10, one('Scatter', [5, 6], {}, updates)),
  ReverseSequence: one('ReverseSequence', [4, 3, 5], {}, { l: indices([3], 4, 2, 1) }),
  AffineGrid: at(20, one('AffineGrid', [2, 2, 3], {}, { s: ints(2, 3, 4, 5) })),
  'AffineGrid, three dimensions': at(20, one('AffineGrid', [2, 3, 4], {}, { s: ints(2, 3, 4, 5, 6) })),
  RoiAlign: at(
    16,
    one('RoiAlign', [1, 3, 9, 9], { output_height: 3, output_width: 4 }, { r: tensor([2, 4]), b: ints(0, 0) }),
  ),
  MaxRoiPool: one('MaxRoiPool', [1, 3, 9, 9], { pooled_shape: [3, 4] }, { r: tensor([1, 5], [0, 0, 0, 4, 4]) }),
  CenterCropPad: at(18, one('CenterCropPad', [3, 9, 9], { axes: [1, 2] }, { s: ints(5, 12) })),
  MaxUnpool: {
    x: [1, 3, 8, 10],
    nodes: [
      ['MaxPool', ['x'], ['p', 'i'], { kernel_shape: [2, 2], strides: [2, 2] }],
      ['MaxUnpool', ['p', 'i'], ['y'], { kernel_shape: [2, 2], strides: [2, 2] }],
    ],
  },
  'MaxUnpool to a stated size': {
    x: [1, 3, 9, 11],
    stored: { s: ints(1, 3, 9, 11) },
    nodes: [
      ['MaxPool', ['x'], ['p', 'i'], { kernel_shape: [2, 2], strides: [2, 2] }],
      ['MaxUnpool', ['p', 'i', 's'], ['y'], { kernel_shape: [2, 2], strides: [2, 2] }],
    ],
  },
  GroupNormalization: at(
    21,
    one('GroupNormalization', [1, 4, 5, 6], { num_groups: 2 }, { s: tensor([4]), b: tensor([4]) }),
  ),
  RMSNormalization: at(23, one('RMSNormalization', [2, 7, 8], {}, { s: tensor([8]) })),
  SimplifiedLayerNormalization: one('SimplifiedLayerNormalization', [2, 7, 8], {}, { s: tensor([8]) }),
  BiasGelu: one('com.microsoft/BiasGelu', [2, 7, 8], {}, { b: tensor([8]) }),
  FastGelu: one('com.microsoft/FastGelu', [2, 7, 8], {}, { b: tensor([8]) }),
  SkipLayerNormalization: one(
    'com.microsoft/SkipLayerNormalization',
    [2, 7, 8],
    {},
    { k: tensor([2, 7, 8]), g: tensor([8]), b: tensor([8]) },
  ),
  SkipSimplifiedLayerNormalization: one(
    'com.microsoft/SkipSimplifiedLayerNormalization',
    [2, 7, 8],
    {},
    { k: tensor([2, 7, 8]), g: tensor([8]) },
  ),
  RotaryEmbedding: one('com.microsoft/RotaryEmbedding', [1, 3, 8], {}, { p: ints(0), ...angles }),
  FusedConv: one('com.microsoft/FusedConv', [1, 3, 8, 9], { activation: 'Relu' }, { w: tensor([4, 3, 3, 3]) }),
  DeformConv: at(
    19,
    one('DeformConv', [1, 3, 8, 9], {}, { w: tensor([4, 3, 3, 3]), o: tensor([1, 18, 6, 7]), b: tensor([4]) }),
  ),
  FusedGemm: one('com.microsoft/FusedGemm', [7, 5], { transA: 1, activation: 'Relu' }, { w: tensor([7, 3]) }),
  'QGemm to floats': ofBytes(
    one('com.microsoft/QGemm', [4, 5], {}, { ...scale(), w: bytes(5, 6), t: scalar(0.1), v: scalar(0, INT8) }),
  ),
  'QGemm to bytes': {
    x: [4, 5],
    type: UINT8,
    stored: { ...scale(), w: bytes(6, 5), t: scalar(0.1), v: scalar(0, INT8) },
    nodes: [['com.microsoft/QGemm', ['x', 's', 'z', 'w', 't', 'v', '', 's', 'z'], ['y'], { transB: 1 }]],
  },
  MatMulIntegerToFloat: ofBytes(
    one('com.microsoft/MatMulIntegerToFloat', [4, 5], {}, { w: bytes(5, 6), s: scalar(0.5), t: scalar(0.1) }),
  ),
  DynamicQuantizeMatMul: one(
    'com.microsoft/DynamicQuantizeMatMul',
    [4, 5],
    {},
    { w: bytes(5, 6), t: scalar(0.1), v: scalar(0, INT8) },
  ),
  MatMulNBits: one(
    'com.microsoft/MatMulNBits',
    [4, 32],
    { K: 32, N: 6, bits: 4, block_size: 32 },
    { w: tensor([6, 1, 16], undefined, UINT8), s: tensor([6]) },
  ),
  QAttention: ofBytes(
    one(
      'com.microsoft/QAttention',
      [2, 7, 12],
      { num_heads: 2 },
      { w: bytes(12, 36), b: tensor([36]), s: scalar(0.5), t: scalar(0.1) },
    ),
  ),
  'Attention of ONNX': at(23, one('Attention', [2, 4, 7, 8], {}, { k: tensor([2, 4, 9, 8]), v: tensor([2, 4, 9, 5]) })),
  RNN: {
    x: [6, 2, 5],
    stored: { w: tensor([1, 4, 5]), r: tensor([1, 4, 4]) },
    nodes: [['RNN', ['x', 'w', 'r'], ['y', 'h'], { hidden_size: 4 }]],
  },
};

/** The first output, whose size is known only when the image is. */
export const DATA_DEPENDENT_CASES: Cases = {
  NonZero: one('NonZero', [3, 4]),
  Unique: one('Unique', [3, 4]),
  Compress: one('Compress', [3, 4], { axis: 0 }, { c: tensor([3], [1, 0, 1], BOOL) }),
  NonMaxSuppression: one(
    'NonMaxSuppression',
    [1, 6, 4],
    {},
    { s: tensor([1, 2, 6]), n: scalar(3, INT64), iou: floats(0.5), t: floats(0.1) },
  ),
};
