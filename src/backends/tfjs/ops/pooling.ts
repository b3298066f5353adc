import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { NodeView } from '../node.ts';
import { type Operator, type Operators, planned } from '../operator.ts';
import { explicit, paddingFor, paddingWord, type Window, windowOf } from './window.ts';

type PoolWindow = Window & { readonly kernel: readonly [number, number] };

function poolWindow(node: NodeView): PoolWindow & { readonly ceil: boolean } {
  const window = windowOf(node);
  if (!window.kernel) throw node.unsupported('a pooling without kernel_shape');
  if (window.dilations.some((n) => n !== 1)) throw node.unsupported('dilations in a pooling');
  return { ...window, kernel: window.kernel, ceil: node.int('ceil_mode', 0) === 1 };
}

/** What TensorFlow.js is asked for; `padding` matters where it has no word for it. */
function poolingOf(window: PoolWindow, x: Tensor4D, ceil: boolean) {
  const image = [x.shape[1], x.shape[2]] as const;
  const padding = paddingFor(window, window.kernel, image, ceil);
  return {
    size: [...window.kernel] as [number, number],
    step: [...window.strides] as [number, number],
    padding: explicit(padding),
    word: paddingWord(padding, window, image),
  };
}

const maxPool: Operator = (node, layouts) => {
  const { ceil, ...window } = poolWindow(node);
  return planned('nhwc', ['nhwc'], layouts, (tf, inputs) => {
    const x = inputs.tensor(0) as Tensor4D;
    const { size, step, padding, word } = poolingOf(window, x, ceil);
    if (word) return tf.maxPool(x, size, step, word);
    return tf.maxPool(tf.pad(x, padding, Number.NEGATIVE_INFINITY) as Tensor4D, size, step, 'valid');
  });
};

const averagePool: Operator = (node, layouts) => {
  const { ceil, ...window } = poolWindow(node);
  const countPadding = node.int('count_include_pad', 0) === 1;
  if (ceil && countPadding) throw node.unsupported('count_include_pad together with ceil_mode');
  return planned('nhwc', ['nhwc'], layouts, (tf, inputs) => {
    const x = inputs.tensor(0) as Tensor4D;
    const { size, step, padding, word } = poolingOf(window, x, ceil);
    // With 'same' TensorFlow.js divides by the pixels inside the image alone.
    if (word === 'valid' || (word && !countPadding)) return tf.avgPool(x, size, step, word);
    const padded = tf.avgPool(tf.pad(x, padding) as Tensor4D, size, step, 'valid');
    if (countPadding) return padded;
    const inside = tf.pad(tf.ones([1, x.shape[1], x.shape[2], 1]), padding) as Tensor4D;
    return tf.div(padded, tf.avgPool(inside, size, step, 'valid'));
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
