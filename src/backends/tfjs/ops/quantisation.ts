import type { Tensor } from '@tensorflow/tfjs-core';
import { TensorProto_DataType as DataType } from '../../../formats/generated/onnx_pb.ts';
import type { Tf } from '../engine.ts';
import type { NodeView } from '../node.ts';
import { type Inputs, type Operator, type Operators, planned, tensorLayout } from '../operator.ts';
import { axisIn, type Layout } from '../value.ts';

/**
 * Quantised values are whole numbers held in float32, exact up to 2^24; the arithmetic is that of ONNX in float32.
 * Scale and zero point are scalars, or vectors along the axis of the channels.
 */
function alongAxis(tf: Tf, node: NodeView, inputs: Inputs, index: number, x: Tensor, layout: Layout): Tensor {
  const value = tf.cast(inputs.tensor(index), 'float32');
  if (value.size === 1) return tf.reshape(value, []);
  const axis = axisIn(layout, node.int('axis', 1), x.rank);
  if (value.rank !== 1 || value.size !== x.shape[axis])
    throw new RangeError(`scales [${value.shape.join(', ')}] for ${x.shape[axis]} channels; blocks are not supported`);
  return tf.reshape(
    value,
    x.shape.map((_, i) => (i === axis ? value.size : 1)),
  );
}

/** Rounds half to even, as tf.round does. */
const quantise: Operator = (node, inputs) => {
  const layout = tensorLayout(inputs[0]);
  // Without a zero point the type is that of the attribute, and uint8 where that is absent too.
  const type = inputs[2] ? node.constantType(2) : node.int('output_dtype', 0) || DataType.UINT8;
  const range = RANGES[type ?? 0];
  if (!range)
    throw node.unsupported(`the element type ${type === undefined ? 'of a zero point that is computed' : type}`);
  return planned(layout, [layout, 'plain', 'plain'], inputs, (tf, values) => {
    const x = values.tensor(0);
    const whole = tf.round(tf.div(x, alongAxis(tf, node, values, 1, x, layout)));
    const moved = values.has(2) ? tf.add(whole, alongAxis(tf, node, values, 2, x, layout)) : whole;
    return tf.clipByValue(moved, ...range);
  });
};

const RANGES: Readonly<Record<number, readonly [low: number, high: number]>> = {
  [DataType.UINT8]: [0, 255],
  [DataType.INT8]: [-128, 127],
  [DataType.UINT16]: [0, 65535],
  [DataType.INT16]: [-32768, 32767],
};

const dequantise: Operator = (node, inputs) => {
  const layout = tensorLayout(inputs[0]);
  return planned(layout, [layout, 'plain', 'plain'], inputs, (tf, values) => {
    const given = values.tensor(0);
    const x = tf.cast(given, 'float32');
    const moved = values.has(2) ? tf.sub(x, alongAxis(tf, node, values, 2, x, layout)) : x;
    return tf.mul(moved, alongAxis(tf, node, values, 1, x, layout));
  });
};

export const QUANTISATION: Operators = {
  QuantizeLinear: quantise,
  DequantizeLinear: dequantise,
};
