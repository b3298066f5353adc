import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Tf } from '../../backends/tfjs/engine.ts';

/**
 * The mean of each channel over all pixels, [1, channels]: as average pooling by one window, which on WebAssembly is
 * twenty times as fast as a reduction or a product with ones.
 */
export function meanOverPixels(tf: Tf, matrix: Tensor2D): Tensor2D {
  const [pixels, channels] = matrix.shape;
  const column = tf.reshape(matrix, [1, pixels, 1, channels]) as Tensor4D;
  return tf.reshape(tf.avgPool(column, [pixels, 1], 1, 'valid'), [1, channels]);
}
