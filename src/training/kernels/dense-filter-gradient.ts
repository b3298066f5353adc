import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Tf } from '../../backends/tfjs/engine.ts';
import type { Window } from './kernels.ts';

/** What a filter's gradient sums over, as matrices of equally many rows; rows that are no output pixel are 0 in both. */
interface Aligned {
  /** [rows, output channels]. */
  readonly gradient: Tensor2D;
  /** For each place of the window, in reading order, where its inputs lie: row r of it meets row r of the gradient. */
  readonly places: readonly { readonly phase: Tensor4D; readonly row: number }[];
  readonly rows: number;
}

/**
 * Padded and laid out flat, pictures of equal width are shifted by dropping rows, which is a plain copy: no shift wraps
 * around, for the gradient is 0 wherever it would. A strided convolution is one of stride 1 on each of the input's
 * phases, stride * stride coarser pictures.
 */
function align(tf: Tf, gradient: Tensor4D, input: Tensor4D, { kernel, stride }: Window): Aligned {
  const [images, outHeight, outWidth, outChannels] = gradient.shape;
  const [, height, width] = input.shape;
  const padding = (kernel - 1) / 2;
  const reach = Math.floor((kernel - 1) / stride);
  const [gridHeight, gridWidth] = [outHeight + reach, outWidth + reach];
  const padded = tf.pad(input, [
    [0, 0],
    [padding, gridHeight * stride - padding - height],
    [padding, gridWidth * stride - padding - width],
    [0, 0],
  ]);
  const phases = Array.from({ length: stride * stride }, (_, phase) => phaseOf(tf, padded, phase, stride));
  const places = Array.from({ length: kernel * kernel }, (_, place) => {
    const [y, x] = [Math.floor(place / kernel), place % kernel];
    return {
      phase: phases[(y % stride) * stride + (x % stride)],
      row: Math.floor(y / stride) * gridWidth + Math.floor(x / stride),
    };
  });
  const rows = images * gridHeight * gridWidth - reach * (gridWidth + 1);
  const spread = tf.pad(gradient, [
    [0, 0],
    [0, reach],
    [0, reach],
    [0, 0],
  ]);
  const flat = tf.reshape(spread, [-1, outChannels]) as Tensor2D;
  return { gradient: tf.slice(flat, [0, 0], [rows, outChannels]), places, rows };
}

/** Every stride-th pixel of each axis, by a depthwise convolution with a filter that picks: slices with steps are slow. */
function phaseOf(tf: Tf, input: Tensor4D, phase: number, stride: number): Tensor4D {
  if (stride === 1) return input;
  const channels = input.shape[3];
  const picks = new Float32Array(stride * stride * channels).fill(1, phase * channels, (phase + 1) * channels);
  return tf.depthwiseConv2d(input, tf.tensor4d(picks, [stride, stride, channels, 1]), stride, 'valid');
}

/** Of a filter [kernel, kernel, in, out]: for each of its places the product of input^T and gradient. */
export function denseFilterGradient(tf: Tf, gradient: Tensor4D, input: Tensor4D, window: Window): Tensor4D {
  const { kernel } = window;
  const channels = input.shape[3];
  const aligned = align(tf, gradient, input, window);
  const columns = new Map<Tensor4D, Tensor2D>();
  const parts = aligned.places.map(({ phase, row }) => {
    const all = columns.get(phase) ?? (tf.transpose(tf.reshape(phase, [-1, channels])) as Tensor2D);
    columns.set(phase, all);
    return tf.matMul(tf.slice(all, [0, row], [channels, aligned.rows]), aligned.gradient);
  });
  return tf.reshape(tf.concat(parts, 0), [kernel, kernel, channels, gradient.shape[3]]);
}
