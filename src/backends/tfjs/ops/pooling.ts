import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { NodeView } from '../node.ts';
import { type Operator, type Operators, planned } from '../operator.ts';
import { explicit, paddingFor, type Window, windowOf } from './window.ts';

function poolWindow(node: NodeView): Window & { readonly kernel: readonly [number, number]; readonly ceil: boolean } {
  const window = windowOf(node);
  if (!window.kernel) throw node.unsupported('a pooling without kernel_shape');
  if (window.dilations.some((n) => n !== 1)) throw node.unsupported('dilations in a pooling');
  return { ...window, kernel: window.kernel, ceil: node.int('ceil_mode', 0) === 1 };
}

const maxPool: Operator = (node, layouts) => {
  const { kernel, strides, ceil, ...window } = poolWindow(node);
  return planned('nhwc', ['nhwc'], layouts, (tf, inputs) => {
    const x = inputs.tensor(0) as Tensor4D;
    const padding = paddingFor({ kernel, strides, ...window }, kernel, [x.shape[1], x.shape[2]], ceil);
    return tf.maxPool(x, [...kernel] as [number, number], [...strides] as [number, number], explicit(padding));
  });
};

const averagePool: Operator = (node, layouts) => {
  const { kernel, strides, ceil, ...window } = poolWindow(node);
  const countPadding = node.int('count_include_pad', 0) === 1;
  if (ceil && countPadding) throw node.unsupported('count_include_pad together with ceil_mode');
  return planned('nhwc', ['nhwc'], layouts, (tf, inputs) => {
    const x = inputs.tensor(0) as Tensor4D;
    const padding = explicit(paddingFor({ kernel, strides, ...window }, kernel, [x.shape[1], x.shape[2]], ceil));
    const size = [...kernel] as [number, number];
    const step = [...strides] as [number, number];
    // TensorFlow.js divides by the pixels inside the image alone.
    if (!countPadding) return tf.avgPool(x, size, step, padding);
    return tf.avgPool(tf.pad(x, padding) as Tensor4D, size, step, 'valid');
  });
};

const globalPool =
  (how: 'mean' | 'max'): Operator =>
  (_node, layouts) =>
    planned('nhwc', ['nhwc'], layouts, (tf, inputs) => tf[how](inputs.tensor(0), [1, 2], true));

export const POOLING: Operators = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalPool('mean'),
  GlobalMaxPool: globalPool('max'),
};
