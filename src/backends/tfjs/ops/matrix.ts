import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine.ts';
import { type Operator, type Operators, planned } from '../operator.ts';

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

const matMul: Operator = (_node, inputs) =>
  planned('plain', ['plain', 'plain'], inputs, (tf, values) => multiply(tf, values.tensor(0), values.tensor(1)));

/** NumPy's rules: vectors gain an axis that the result loses again, leading axes broadcast. */
function multiply(tf: Tf, left: Tensor, right: Tensor): Tensor {
  if (left.rank === 0 || right.rank === 0) throw new RangeError('a product of matrices with a scalar');
  const a = left.rank === 1 ? tf.expandDims(left, 0) : left;
  const b = right.rank === 1 ? tf.expandDims(right, 1) : right;
  const result = multiplyMatrices(tf, a, b);
  const shape = [...result.shape];
  if (left.rank === 1) shape.splice(-2, 1);
  if (right.rank === 1) shape.pop();
  return tf.reshape(result, shape);
}

function multiplyMatrices(tf: Tf, a: Tensor, b: Tensor): Tensor {
  const [rows, inner] = a.shape.slice(-2);
  const columns = b.shape[b.rank - 1];
  if (b.rank === 2) {
    const flat = tf.matMul(tf.reshape(a, [product(a.shape) / inner, inner]), b as Tensor2D);
    return tf.reshape(flat, [...a.shape.slice(0, -1), columns]);
  }
  // The kernels pair batches one by one, so both sides are spelt out.
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const spread = (x: Tensor) => {
    const [height, width] = x.shape.slice(-2);
    const same = x.rank - 2 === batch.length && batch.every((n, axis) => n === x.shape[axis]);
    const whole = same ? x : tf.broadcastTo(x, [...batch, height, width]);
    return tf.reshape(whole, [product(batch), height, width]) as Tensor3D;
  };
  return tf.reshape(tf.matMul(spread(a), spread(b)), [...batch, rows, columns]);
}

/** alpha A' B' + beta C. */
const gemm: Operator = (node, inputs) => {
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
  return planned('plain', ['plain', 'plain', 'plain'], inputs, (tf, values) => {
    const [a, b] = [values.tensor(0) as Tensor2D, values.tensor(1) as Tensor2D];
    const matrix = tf.matMul(a, b, node.int('transA', 0) === 1, node.int('transB', 0) === 1);
    const scaled = alpha === 1 ? matrix : tf.mul(matrix, alpha);
    if (!values.has(2)) return scaled;
    const addend = values.tensor(2);
    return tf.add(scaled, beta === 1 ? addend : tf.mul(addend, beta));
  });
};

export const MATRIX: Operators = { MatMul: matMul, Gemm: gemm };
