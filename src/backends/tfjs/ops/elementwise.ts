import type { Tensor } from '@tensorflow/tfjs-core';
import { TensorProto_DataType as DataType } from '../../../formats/generated/onnx_pb.ts';
import type { Tf } from '../engine.ts';
import { combine, commonKind } from '../host.ts';
import type { NodeView } from '../node.ts';
import { type Inputs, type Operator, type Operators, planned, tensorLayout } from '../operator.ts';
import type { HostValue, Layout } from '../value.ts';

type OnNumbers = (...values: number[]) => number;
type OnTensors = (tf: Tf, values: readonly Tensor[], node: NodeView) => Tensor;

/** Keeps the layout of its input; `numbers` where it also occurs in the arithmetic of shapes. */
function unary(tensors: (tf: Tf, x: Tensor, node: NodeView) => Tensor, numbers?: OnNumbers): Operator {
  return broadcast((tf, [x], node) => tensors(tf, x, node), numbers);
}

/** Of any number of inputs. All go channels last as soon as one is. */
function broadcast(tensors: OnTensors, numbers?: OnNumbers, kindOf = commonKind): Operator {
  return (node, inputs) => {
    const host = numbers !== undefined && inputs.every((input) => input === 'host');
    const layout: Layout = host ? 'host' : inputs.includes('nhwc') ? 'nhwc' : 'plain';
    return {
      wants: inputs.map((input) => input && { layout, broadcast: true }),
      gives: [layout],
      run: (tf, values) => {
        if (!host)
          return [
            tensors(
              tf,
              inputs.map((_, i) => values.tensor(i)),
              node,
            ),
          ];
        const given = inputs.map((_, i) => values.host(i));
        return [combine(given, kindOf(given), numbers)];
      },
    };
  };
}

const compared = () => 'bool' as const;
const fold =
  (join: (tf: Tf, a: Tensor, b: Tensor) => Tensor): OnTensors =>
  (tf, values) =>
    values.reduce((a, b) => join(tf, a, b));

/** ONNX truncates the quotient of integers; TensorFlow.js has only one that rounds down. */
const divide: Operator = broadcast(
  (tf, [a, b]) => {
    if (a.dtype !== 'float32') throw new TypeError('a division of integer tensors, which TensorFlow.js rounds down');
    return tf.div(a, b);
  },
  (a, b) => a / b,
);

const clip: Operator = (node, inputs) => {
  const limits = (values: Inputs, index: number, attribute: string, fallback: number): number => {
    if (node.opset < 11) return node.float(attribute, fallback);
    return values.has(index) ? values.host(index).data[0] : fallback;
  };
  return planned(tensorLayout(inputs[0]), [tensorLayout(inputs[0])], inputs, (tf, values) =>
    tf.clipByValue(
      values.tensor(0),
      limits(values, 1, 'min', Number.NEGATIVE_INFINITY),
      limits(values, 2, 'max', Number.POSITIVE_INFINITY),
    ),
  );
};

const hardSigmoid = (tf: Tf, x: Tensor, alpha: number, beta: number) =>
  tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1);

/** x/2 (1 + erf(x / sqrt 2)), or its approximation by a hyperbolic tangent (Hendrycks and Gimpel, 2016). */
function gelu(tf: Tf, x: Tensor, node: NodeView): Tensor {
  const inner =
    node.text('approximate', 'none') === 'tanh'
      ? tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI)))
      : tf.erf(tf.mul(x, Math.SQRT1_2));
  return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1));
}

const prelu: Operator = broadcast((tf, [x, slope]) => tf.sub(tf.relu(x), tf.mul(slope, tf.relu(tf.neg(x)))));

const cast: Operator = (node, inputs) => {
  const kind = CASTS[node.int('to', 1)];
  if (!kind) throw node.unsupported(`a cast to the element type ${node.int('to', 1)}`);
  const host = inputs[0] === 'host';
  const layout = host ? 'host' : tensorLayout(inputs[0]);
  return planned(layout, [layout], inputs, (tf, values) => {
    if (host) return castNumbers(values.host(0), kind === 'small' ? 'int' : kind);
    const x = values.tensor(0);
    if (kind === 'bool') return tf.notEqual(x, 0);
    if (kind === 'float') return tf.cast(x, 'float32');
    if (kind === 'int') return tf.cast(x, 'int32');
    return tf.mul(tf.sign(x), tf.floor(tf.abs(tf.cast(x, 'float32'))));
  });
};

/**
 * By ONNX element type. Both half precisions and float64 are computed in float32; 8- and 16-bit integers are whole
 * numbers held in float32.
 */
const CASTS: Readonly<Record<number, 'float' | 'int' | 'small' | 'bool'>> = {
  [DataType.FLOAT]: 'float',
  [DataType.FLOAT16]: 'float',
  [DataType.BFLOAT16]: 'float',
  [DataType.DOUBLE]: 'float',
  [DataType.UINT8]: 'small',
  [DataType.INT8]: 'small',
  [DataType.UINT16]: 'small',
  [DataType.INT16]: 'small',
  [DataType.INT32]: 'int',
  [DataType.INT64]: 'int',
  [DataType.BOOL]: 'bool',
};

function castNumbers({ shape, data }: HostValue, kind: HostValue['kind']): HostValue {
  const one = { float: Math.fround, int: Math.trunc, bool: (v: number) => Number(v !== 0) }[kind];
  return { kind, shape, data: data.map(one) };
}

export const ELEMENTWISE: Operators = {
  Relu: unary((tf, x) => tf.relu(x)),
  LeakyRelu: unary((tf, x, node) => tf.leakyRelu(x, node.float('alpha', 0.01))),
  PRelu: prelu,
  Elu: unary((tf, x, node) => {
    const alpha = node.float('alpha', 1);
    return alpha === 1 ? tf.elu(x) : tf.add(tf.relu(x), tf.mul(tf.expm1(tf.minimum(x, 0)), alpha));
  }),
  Selu: unary((tf, x, node) => {
    const [alpha, gamma] = [node.float('alpha', 1.6732631921768188), node.float('gamma', 1.0507010221481323)];
    return tf.mul(tf.add(tf.relu(x), tf.mul(tf.expm1(tf.minimum(x, 0)), alpha)), gamma);
  }),
  Clip: clip,
  Sigmoid: unary((tf, x) => tf.sigmoid(x)),
  HardSigmoid: unary((tf, x, node) => hardSigmoid(tf, x, node.float('alpha', 0.2), node.float('beta', 0.5))),
  HardSwish: unary((tf, x) => tf.mul(x, hardSigmoid(tf, x, 1 / 6, 0.5))),
  Mish: unary((tf, x) => tf.mul(x, tf.tanh(tf.softplus(x)))),
  Softplus: unary((tf, x) => tf.softplus(x)),
  Softsign: unary((tf, x) => tf.div(x, tf.add(tf.abs(x), 1))),
  Tanh: unary((tf, x) => tf.tanh(x)),
  Erf: unary((tf, x) => tf.erf(x)),
  Gelu: unary(gelu),
  Sqrt: unary((tf, x) => tf.sqrt(x), Math.sqrt),
  Exp: unary((tf, x) => tf.exp(x), Math.exp),
  Log: unary((tf, x) => tf.log(x), Math.log),
  Sin: unary((tf, x) => tf.sin(x)),
  Cos: unary((tf, x) => tf.cos(x)),
  Neg: unary(
    (tf, x) => tf.neg(x),
    (x) => -x,
  ),
  Abs: unary((tf, x) => tf.abs(x), Math.abs),
  Sign: unary((tf, x) => tf.sign(x), Math.sign),
  Floor: unary((tf, x) => tf.floor(x), Math.floor),
  Ceil: unary((tf, x) => tf.ceil(x), Math.ceil),
  Round: unary((tf, x) => tf.round(x)),
  Reciprocal: unary(
    (tf, x) => tf.reciprocal(x),
    (x) => 1 / x,
  ),
  Not: unary(
    (tf, x) => tf.logicalNot(x),
    (x) => Number(!x),
  ),
  Add: broadcast(
    (tf, [a, b]) => tf.add(a, b),
    (a, b) => a + b,
  ),
  Sub: broadcast(
    (tf, [a, b]) => tf.sub(a, b),
    (a, b) => a - b,
  ),
  Mul: broadcast(
    (tf, [a, b]) => tf.mul(a, b),
    (a, b) => a * b,
  ),
  Div: divide,
  Pow: broadcast(
    (tf, [a, b]) => tf.pow(a, b),
    (a, b) => a ** b,
  ),
  Min: broadcast(
    fold((tf, a, b) => tf.minimum(a, b)),
    Math.min,
  ),
  Max: broadcast(
    fold((tf, a, b) => tf.maximum(a, b)),
    Math.max,
  ),
  Sum: broadcast(
    fold((tf, a, b) => tf.add(a, b)),
    (...values) => values.reduce((a, b) => a + b),
  ),
  Mean: broadcast((tf, values) =>
    tf.div(
      values.reduce((a, b) => tf.add(a, b)),
      values.length,
    ),
  ),
  Equal: broadcast(
    (tf, [a, b]) => tf.equal(a, b),
    (a, b) => Number(a === b),
    compared,
  ),
  Greater: broadcast(
    (tf, [a, b]) => tf.greater(a, b),
    (a, b) => Number(a > b),
    compared,
  ),
  GreaterOrEqual: broadcast(
    (tf, [a, b]) => tf.greaterEqual(a, b),
    (a, b) => Number(a >= b),
    compared,
  ),
  Less: broadcast(
    (tf, [a, b]) => tf.less(a, b),
    (a, b) => Number(a < b),
    compared,
  ),
  LessOrEqual: broadcast(
    (tf, [a, b]) => tf.lessEqual(a, b),
    (a, b) => Number(a <= b),
    compared,
  ),
  And: broadcast(
    (tf, [a, b]) => tf.logicalAnd(a, b),
    (a, b) => Number(a && b),
    compared,
  ),
  Or: broadcast(
    (tf, [a, b]) => tf.logicalOr(a, b),
    (a, b) => Number(a || b),
    compared,
  ),
  Where: broadcast(
    (tf, [condition, a, b]) => tf.where(tf.cast(condition, 'bool'), a, b),
    (condition, a, b) => (condition ? a : b),
    ([, a, b]) => commonKind([a, b]),
  ),
  Cast: cast,
};
