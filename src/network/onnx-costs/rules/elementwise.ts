import { TensorProto_DataType as DataType } from '../../../formats/generated/onnx_pb.ts';
import { type Call, type Outcome, type Rule, shaped } from '../call.ts';
import { broadcast, checked } from '../value.ts';

const { BOOL, FLOAT, UINT8 } = DataType;

const like =
  (type?: number): Rule =>
  (call) =>
    shaped(call.shape(0), type);

/** Shape and type of the first input, whatever is done to its values. */
const SAME = [
  ...['Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Ceil', 'Cos', 'Cosh', 'Erf', 'Exp', 'Floor', 'Log'],
  ...['Neg', 'Reciprocal', 'Round', 'Sign', 'Sin', 'Sinh', 'Sqrt', 'Tan', 'Tanh', 'Not', 'BitwiseNot', 'Identity'],
  ...['Celu', 'Elu', 'Gelu', 'HardSigmoid', 'HardSwish', 'LeakyRelu', 'Mish', 'PRelu', 'Relu', 'Selu', 'Sigmoid'],
  ...['Softplus', 'Softsign', 'Swish', 'ThresholdedRelu', 'Shrink', 'Clip', 'Hardmax', 'LogSoftmax', 'Softmax'],
  ...['InstanceNormalization', 'GroupNormalization', 'RMSNormalization', 'LRN', 'LpNormalization', 'Trilu', 'CumSum'],
  ...['MeanVarianceNormalization', 'ScatterND', 'ScatterElements', 'Scatter', 'ReverseSequence', 'RotaryEmbedding'],
  // ONNX Runtime's own.
  ...['BiasGelu', 'FastGelu', 'QuickGelu', 'QLinearSigmoid', 'QLinearLeakyRelu', 'QLinearSoftmax'],
  ...['SkipLayerNormalization', 'SkipSimplifiedLayerNormalization'],
];

const BROADCAST = [
  ...['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Mod', 'And', 'Or', 'Xor', 'Min', 'Max', 'Sum', 'Mean', 'BitShift'],
  ...['BitwiseAnd', 'BitwiseOr', 'BitwiseXor'],
];
const COMPARISONS = ['Equal', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual'];

const broadcastAll =
  (type?: number): Rule =>
  (call) =>
    shaped(checked(broadcast(call.inputs.map((_, i) => call.shape(i)))), type);

const broadcastTwo =
  (left: number, right: number): Rule =>
  (call) =>
    shaped(checked(broadcast([call.shape(left), call.shape(right)])));

const where: Rule = (call) => shaped(checked(broadcast([0, 1, 2].map((i) => call.shape(i)))), call.type(1));

/** Mean and inverse deviation, the further outputs, keep the axes before `axis`. */
function layerNormalization(call: Call): Outcome {
  const shape = call.shape(0);
  const axis = call.number('axis', -1);
  const kept = axis < 0 ? shape.length + axis : axis;
  const statistics = shape.map((n, i) => (i < kept ? n : 1));
  return { outputs: [{ shape }, { shape: statistics, type: FLOAT }, { shape: statistics, type: FLOAT }] };
}

const dropout: Rule = (call) => ({ outputs: [{ shape: call.shape(0) }, { shape: call.shape(0), type: BOOL }] });

const castTo: Rule = (call) => shaped(call.shape(0), call.required('to'));

function quantise(call: Call): Outcome {
  return shaped(call.shape(0), (call.type(2) || call.number('output_dtype', 0) || UINT8) as number);
}

const dynamicQuantise: Rule = (call) => ({
  outputs: [
    { shape: call.shape(0), type: UINT8 },
    { shape: [], type: FLOAT },
    { shape: [], type: UINT8 },
  ],
});

const all = (ops: readonly string[], rule: Rule) => Object.fromEntries(ops.map((op) => [op, rule]));

export const ELEMENTWISE_RULES: Readonly<Record<string, Rule>> = {
  ...all(SAME, like()),
  ...all(BROADCAST, broadcastAll()),
  ...all(COMPARISONS, broadcastAll(BOOL)),
  ...all(['IsNaN', 'IsInf'], like(BOOL)),
  ...all(['QLinearAdd', 'QLinearMul'], broadcastTwo(0, 3)),
  ...all(['LayerNormalization', 'SimplifiedLayerNormalization'], layerNormalization),
  BatchNormalization: like(),
  Where: where,
  Dropout: dropout,
  Cast: castTo,
  CastLike: (call) => shaped(call.shape(0), call.type(1)),
  QuantizeLinear: quantise,
  DequantizeLinear: (call) => shaped(call.shape(0), call.type(1)),
  DynamicQuantizeLinear: dynamicQuantise,
};
