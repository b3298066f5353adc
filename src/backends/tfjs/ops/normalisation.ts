import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine.ts';
import type { NodeView } from '../node.ts';
import { type Operator, type Operators, planned, tensorLayout } from '../operator.ts';
import { axisIn } from '../value.ts';

const EPSILON = 1e-5;

const batchNormalisation: Operator = (node, inputs) => {
  if (node.int('training_mode', 0) === 1) throw node.unsupported('training_mode');
  // Rank 2 comes as a plain tensor with its channels last already.
  const layout = tensorLayout(inputs[0]);
  return {
    wants: inputs.map((_, i) => (i === 0 ? { layout: layout === 'plain' ? 'nhwc' : layout } : { layout: 'plain' })),
    gives: ['nhwc'],
    run: (tf, values) => {
      const [scale, shift, mean, variance] = [1, 2, 3, 4].map((i) => values.tensor(i) as Tensor1D);
      const x = values.tensor(0) as Tensor4D;
      return [tf.batchNorm(x, mean, variance, shift, scale, node.float('epsilon', EPSILON))];
    },
  };
};

/** (x - mean) / sqrt(variance + epsilon) over `axes`, the variance that of all elements, not of a sample. */
function standardise(tf: Tf, x: Tensor, axes: number[], epsilon: number): Tensor {
  const centred = tf.sub(x, tf.mean(x, axes, true));
  const variance = tf.mean(tf.square(centred), axes, true);
  return tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
}

const layerNormalisation: Operator = (node, inputs) =>
  planned('plain', ['plain', 'plain', 'plain'], inputs, (tf, values) => {
    const x = values.tensor(0);
    const first = axisIn('plain', node.int('axis', -1), x.rank);
    const axes = x.shape.map((_, axis) => axis).slice(first);
    const scaled = tf.mul(standardise(tf, x, axes, node.float('epsilon', EPSILON)), values.tensor(1));
    return values.has(2) ? tf.add(scaled, values.tensor(2)) : scaled;
  });

const instanceNormalisation: Operator = (node, inputs) =>
  planned('nhwc', ['nhwc', 'plain', 'plain'], inputs, (tf, values) => {
    const normal = standardise(tf, values.tensor(0), [1, 2], node.float('epsilon', EPSILON));
    return tf.add(tf.mul(normal, values.tensor(1)), values.tensor(2));
  });

const groupNormalisation: Operator = (node, inputs) => {
  const groups = node.int('num_groups', 1);
  if (node.opset < 21) throw node.unsupported('a scale per group (operator sets before 21)');
  return planned('nhwc', ['nhwc', 'plain', 'plain'], inputs, (tf, values) => {
    const x = values.tensor(0);
    const [n, h, w, c] = x.shape;
    const grouped = tf.reshape(x, [n, h * w, groups, c / groups]);
    const normal = tf.reshape(standardise(tf, grouped, [1, 3], node.float('epsilon', EPSILON)), [n, h, w, c]);
    return tf.add(tf.mul(normal, values.tensor(1)), values.tensor(2));
  });
};

/** Over one axis, or in older operator sets over all from that axis on. */
const softmax =
  (finish: (tf: Tf, shifted: Tensor, axes: number[]) => Tensor): Operator =>
  (node, inputs) => {
    const layout = node.opset < 13 ? 'plain' : tensorLayout(inputs[0]);
    return planned(layout, [layout], inputs, (tf, values) => {
      const x = values.tensor(0);
      const axes = softmaxAxes(node, layout, x);
      return finish(tf, tf.sub(x, tf.max(x, axes, true)), axes);
    });
  };

function softmaxAxes(node: NodeView, layout: 'plain' | 'nhwc' | 'host' | 'hwio', x: Tensor): number[] {
  if (node.opset >= 13) return [axisIn(layout, node.int('axis', -1), x.rank)];
  const first = axisIn('plain', node.int('axis', 1), x.rank);
  return x.shape.map((_, axis) => axis).slice(first);
}

const lpNormalisation: Operator = (node, inputs) => {
  const layout = tensorLayout(inputs[0]);
  const p = node.int('p', 2);
  return planned(layout, [layout], inputs, (tf, values) => {
    const x = values.tensor(0);
    const axis = axisIn(layout, node.int('axis', -1), x.rank);
    const length = p === 1 ? tf.sum(tf.abs(x), axis, true) : tf.sqrt(tf.sum(tf.square(x), axis, true));
    return tf.divNoNan(x, length);
  });
};

export const NORMALISATION: Operators = {
  BatchNormalization: batchNormalisation,
  LayerNormalization: layerNormalisation,
  InstanceNormalization: instanceNormalisation,
  GroupNormalization: groupNormalisation,
  LpNormalization: lpNormalisation,
  Softmax: softmax((tf, shifted, axes) => {
    const powers = tf.exp(shifted);
    return tf.div(powers, tf.sum(powers, axes, true));
  }),
  LogSoftmax: softmax((tf, shifted, axes) => tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), axes, true)))),
};
