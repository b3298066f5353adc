import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine.ts';
import { intsOf, type Operator, type Operators, planned, tensorLayout } from '../operator.ts';
import { axisIn, type Layout, TO_NCHW } from '../value.ts';

type Reduce = (tf: Tf, x: Tensor, axes: number[]) => Tensor;

/** Reduces in the layout at hand; axes that go are dropped at the end, when little is left to turn. */
const reduction =
  (reduce: Reduce): Operator =>
  (node, inputs) => {
    const layout = tensorLayout(inputs[0]);
    const keep = node.int('keepdims', 1) === 1;
    return planned(keep ? layout : 'plain', [layout], inputs, (tf, values) => {
      const x = values.tensor(0);
      const given = intsOf(node, values, 'axes', 1);
      if (!given?.length && node.int('noop_with_empty_axes', 0) === 1) return keep ? x.clone() : inOrder(tf, x, layout);
      const all = x.shape.map((_, axis) => axis);
      const whole = given?.length ? given.map((axis) => axisIn('plain', axis, x.rank)) : all;
      const kept = reduce(
        tf,
        x,
        whole.map((axis) => axisIn(layout, axis, x.rank)),
      );
      if (keep) return kept;
      const turned = inOrder(tf, kept, layout);
      return tf.reshape(
        turned,
        turned.shape.filter((_, axis) => !whole.includes(axis)),
      );
    });
  };

const inOrder = (tf: Tf, x: Tensor, layout: Layout): Tensor =>
  layout === 'nhwc' ? tf.transpose(x, TO_NCHW) : x.clone();

const logSumExp: Reduce = (tf, x, axes) => {
  const top = tf.max(x, axes, true);
  return tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, top)), axes, true)), top);
};

/** Of equal values the first, as ONNX has it. */
const arg =
  (which: 'argMax' | 'argMin'): Operator =>
  (node, inputs) => {
    if (node.int('select_last_index', 0) === 1) throw node.unsupported('select_last_index');
    const layout = tensorLayout(inputs[0]);
    const keep = node.int('keepdims', 1) === 1;
    return planned(keep ? layout : 'plain', [layout], inputs, (tf, values) => {
      const x = values.tensor(0);
      const logical = axisIn('plain', node.int('axis', 0), x.rank);
      const axis = axisIn(layout, logical, x.rank);
      const kept = tf.expandDims(tf[which](x, axis), axis);
      if (keep) return kept;
      const turned = inOrder(tf, kept, layout);
      return tf.reshape(
        turned,
        turned.shape.filter((_, i) => i !== logical),
      );
    });
  };

export const REDUCTIONS: Operators = {
  ReduceMean: reduction((tf, x, axes) => tf.mean(x, axes, true)),
  ReduceSum: reduction((tf, x, axes) => tf.sum(x, axes, true)),
  ReduceMax: reduction((tf, x, axes) => tf.max(x, axes, true)),
  ReduceMin: reduction((tf, x, axes) => tf.min(x, axes, true)),
  ReduceProd: reduction((tf, x, axes) => tf.prod(x, axes, true)),
  ReduceL1: reduction((tf, x, axes) => tf.sum(tf.abs(x), axes, true)),
  ReduceL2: reduction((tf, x, axes) => tf.sqrt(tf.sum(tf.square(x), axes, true))),
  ReduceSumSquare: reduction((tf, x, axes) => tf.sum(tf.square(x), axes, true)),
  ReduceLogSum: reduction((tf, x, axes) => tf.log(tf.sum(x, axes, true))),
  ReduceLogSumExp: reduction(logSumExp),
  ArgMax: arg('argMax'),
  ArgMin: arg('argMin'),
};
