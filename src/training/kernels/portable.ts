import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Engine } from '../../backends/tfjs/engine.ts';
import { BATCHNORM_EPSILON, POOL_KERNEL } from '../../network/graph.ts';
import { denseFilterGradient } from './dense-filter-gradient.ts';
import { depthwiseFilterSums } from './depthwise-filter-sums.ts';
import type { TrainingKernels, Window } from './kernels.ts';
import { winnersOf } from './pooling.ts';
import { scatterPooled } from './scatter.ts';
import { meanOverPixels } from './sums.ts';
import { upsampleBack } from './upsampling.ts';

const CEILING = 6;

/**
 * What every backend of TensorFlow.js has, WebAssembly and plain JavaScript among them. WebAssembly lacks most gradients;
 * they are made of its fast operators (convolutions, products without transposition, sums), and where it has none of
 * loops over typed arrays.
 */
export function portableKernels({ tf }: Engine): TrainingKernels {
  const numbers = (tensor: Tensor) => tensor.dataSync() as Float32Array;
  const row = (values: Float32Array) => tf.tensor2d(values, [1, values.length]);
  /** Transposed first: WebAssembly multiplies transposed matrices twenty times as slowly. */
  const matMul = (a: Tensor2D, b: Tensor2D, transposeA = false, transposeB = false): Tensor2D =>
    tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b);
  const mean = (matrix: Tensor) => meanOverPixels(tf, matrix as Tensor2D);
  const pad = ({ kernel }: Window) => (kernel - 1) / 2;
  const picture = (values: Float32Array, like: Tensor4D) => tf.tensor4d(values, like.shape);

  /**
   * The gradient as pictures of the input's size: between its pixels lie the zeros of the outputs that a stride leaves out.
   */
  const spread = (gradient: Tensor4D, input: Tensor4D, { stride }: Window): Tensor4D => {
    if (stride === 1) return gradient;
    const [images, outHeight, outWidth, channels] = gradient.shape;
    const [, height, width] = input.shape;
    const beside = (flat: Tensor2D) => tf.concat([flat, tf.zeros([flat.shape[0], (stride - 1) * flat.shape[1]])], 1);
    const wide = beside(tf.reshape(gradient, [-1, channels]) as Tensor2D);
    const tall = beside(tf.reshape(wide, [images * outHeight, -1]) as Tensor2D);
    const full = tf.reshape(tall, [images, outHeight * stride, outWidth * stride, channels]) as Tensor4D;
    return tf.slice(full, [0, 0, 0, 0], [images, height, width, channels]);
  };
  const turned = (filter: Tensor4D) => tf.reverse(filter, [0, 1]);

  const kernels: TrainingKernels = {
    matMul,
    add: (a, b) => tf.add(a, b) as typeof a,
    multiply: (a, b) => tf.mul(a, b) as typeof a,
    conv: (input, filter, window) => tf.conv2d(input, filter, window.stride, pad(window)),
    convInputGradient: (gradient, filter, input, window) =>
      tf.conv2d(spread(gradient, input, window), tf.transpose(turned(filter), [0, 1, 3, 2]), 1, pad(window)),
    convFilterGradient: (gradient, input, window) => denseFilterGradient(tf, gradient, input, window),
    depthwise: (input, filter, window) => tf.depthwiseConv2d(input, filter, window.stride, pad(window)),
    depthwiseInputGradient: (gradient, filter, input, window) =>
      tf.depthwiseConv2d(spread(gradient, input, window), turned(filter), 1, pad(window)),
    depthwiseFilterGradient: (gradient, input, window) => {
      const sums = depthwiseFilterSums(numbers(gradient), gradient.shape, numbers(input), input.shape, window);
      return tf.tensor4d(sums, [window.kernel, window.kernel, input.shape[3], 1]);
    },
    batchNorm(input, gamma, beta) {
      // The mean of what is left takes back how float32 rounded the first.
      const first = mean(input);
      const rest = mean(tf.sub(input, first));
      const batchMean = tf.add(first, rest);
      const centred = tf.sub(input, batchMean);
      const variance = numbers(mean(tf.square(centred)));
      const scale = gamma.map((g, c) => g / Math.sqrt(variance[c] + BATCHNORM_EPSILON));
      const output = tf.add(tf.mul(centred, row(scale)), row(beta)) as Tensor2D;
      return { output, mean: numbers(batchMean), variance, saved: [] };
    },
    // dx = gamma / s (dy - mean(dy) - x^ mean(dy x^)) with x^ = (x - mean) / s: Ioffe and Szegedy 2015, section 3.
    batchNormGradient(gradient, input, gamma, { mean: batchMean, variance }) {
      const pixels = input.shape[0];
      const centred = tf.sub(input, row(batchMean));
      const inverse = variance.map((v) => 1 / Math.sqrt(v + BATCHNORM_EPSILON));
      const scale = gamma.map((g, c) => g * inverse[c]);
      const meanGradient = mean(gradient);
      const products = numbers(mean(tf.mul(gradient, centred)));
      const slope = products.map((product, c) => -product * inverse[c] * inverse[c]);
      const own = tf.add(tf.sub(gradient, meanGradient), tf.mul(centred, row(slope)));
      return {
        input: tf.mul(own, row(scale)) as Tensor2D,
        gamma: products.map((product, c) => product * inverse[c] * pixels),
        beta: numbers(meanGradient).map((each) => each * pixels),
      };
    },
    relu6: (input) => tf.relu6(input),
    // The product is above 0 strictly between the limits, and 0 on both.
    relu6Gradient: (gradient, output) => tf.mul(gradient, tf.step(tf.mul(output, tf.sub(CEILING, output)))) as Tensor2D,
    maxPool(input) {
      const rows = tf.maxPool(input, [1, POOL_KERNEL], 1, 'same');
      const output = tf.maxPool(rows, [POOL_KERNEL, 1], 1, 'same');
      const winners = winnersOf(numbers(input), numbers(rows), numbers(output), input.shape);
      return { output, winners: tf.tensor4d(winners, input.shape, 'int32') };
    },
    maxPoolGradient: (gradient, winners) =>
      picture(scatterPooled(numbers(gradient), winners.dataSync() as Int32Array), gradient),
    upsample: (input, { height, width }) => tf.image.resizeBilinear(input, [height, width], false, true),
    upsampleGradient: (gradient, input) => picture(upsampleBack(numbers(gradient), gradient.shape, input.shape), input),
  };
  return tidied(tf, kernels);
}

/** Each operation frees what it made on its way. */
function tidied(tf: Engine['tf'], kernels: TrainingKernels): TrainingKernels {
  const each = Object.entries(kernels as unknown as Record<string, (...inputs: unknown[]) => Tensor>);
  return Object.fromEntries(
    each.map(([name, run]) => [name, (...inputs: unknown[]) => tf.tidy(() => run(...inputs))]),
  ) as unknown as TrainingKernels;
}
