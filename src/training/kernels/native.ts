import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Engine } from '../../backends/tfjs/engine.ts';
import { BATCHNORM_EPSILON, POOL_KERNEL } from '../../network/graph.ts';
import type { TrainingKernels, Window } from './kernels.ts';
import { scatterPooled } from './scatter.ts';

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** The part of tfjs-node's backend that runs any operator of TensorFlow by its name. */
interface NativeBackend {
  readonly binding: Readonly<Record<string, number>>;
  executeSingleOutput(name: string, attributes: readonly Attribute[], inputs: readonly Tensor[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly Tensor[],
    outputs: number,
  ): Tensor[];
}

/**
 * TensorFlow's own operators. TensorFlow.js composes batch normalisation of a dozen operators and lacks some gradients
 * (half-pixel resizing, explicit paddings); called by name, each is one.
 */
export function nativeKernels({ tf }: Engine): TrainingKernels {
  const backend = tf.backend() as unknown as NativeBackend;
  const { binding } = backend;
  const typeOf = (name: string, type: string): Attribute => ({
    name,
    type: binding.TF_ATTR_TYPE,
    value: binding[type],
  });
  const T = typeOf('T', 'TF_FLOAT');
  const text = (name: string, value: string): Attribute => ({ name, type: binding.TF_ATTR_STRING, value });
  const integer = (name: string, value: number | readonly number[]): Attribute => ({
    name,
    type: binding.TF_ATTR_INT,
    value,
  });
  const flag = (name: string, value: boolean): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value });
  const number = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_FLOAT, value });
  const NHWC = text('data_format', 'NHWC');

  const one = (name: string, attributes: readonly Attribute[], inputs: readonly Tensor[]) =>
    backend.executeSingleOutput(name, attributes, inputs) as Tensor4D;
  /** TensorFlow's SAME pads unevenly at stride 2, the network does not. */
  const windowOf = ({ kernel, stride }: Window): Attribute[] => {
    const padding = (kernel - 1) / 2;
    return [
      T,
      text('padding', 'EXPLICIT'),
      integer('explicit_paddings', [0, 0, padding, padding, padding, padding, 0, 0]),
      integer('strides', [1, stride, stride, 1]),
      integer('dilations', [1, 1, 1, 1]),
      NHWC,
    ];
  };
  const convolution = (window: Window) => [...windowOf(window), flag('use_cudnn_on_gpu', false)];
  const asPicture = (matrix: Tensor2D) => tf.reshape(matrix, [1, matrix.shape[0], 1, matrix.shape[1]]);
  const asMatrix = (picture: Tensor) => tf.reshape(picture, [-1, picture.shape[3] as number]) as Tensor2D;
  const shapeOf = (tensor: Tensor) => tf.tensor1d(tensor.shape, 'int32');
  const filterShape = (kernel: number, input: number, output: number) =>
    tf.tensor1d([kernel, kernel, input, output], 'int32');
  const poolAttributes = (same: Attribute[]) => [
    T,
    ...same,
    text('padding', 'SAME'),
    integer('strides', [1, 1, 1, 1]),
    integer('ksize', [1, POOL_KERNEL, POOL_KERNEL, 1]),
  ];
  const normalisation = [
    T,
    typeOf('U', 'TF_FLOAT'),
    NHWC,
    number('epsilon', BATCHNORM_EPSILON),
    flag('is_training', true),
  ];
  const resizing = [T, flag('align_corners', false), flag('half_pixel_centers', true)];

  return {
    matMul: (a, b, transposeA = false, transposeB = false) =>
      backend.executeSingleOutput(
        'MatMul',
        [T, flag('transpose_a', transposeA), flag('transpose_b', transposeB)],
        [a, b],
      ) as Tensor2D,
    add: (a, b) => backend.executeSingleOutput('AddV2', [T], [a, b]) as typeof a,
    multiply: (a, b) => backend.executeSingleOutput('Mul', [T], [a, b]) as typeof a,
    conv: (input, filter, window) => one('Conv2D', convolution(window), [input, filter]),
    convInputGradient: (gradient, filter, input, window) =>
      one('Conv2DBackpropInput', convolution(window), [shapeOf(input), filter, gradient]),
    convFilterGradient: (gradient, input, window) =>
      one('Conv2DBackpropFilter', convolution(window), [
        input,
        filterShape(window.kernel, input.shape[3], gradient.shape[3]),
        gradient,
      ]),
    depthwise: (input, filter, window) => one('DepthwiseConv2dNative', windowOf(window), [input, filter]),
    depthwiseInputGradient: (gradient, filter, input, window) =>
      one('DepthwiseConv2dNativeBackpropInput', windowOf(window), [shapeOf(input), filter, gradient]),
    depthwiseFilterGradient: (gradient, input, window) =>
      one('DepthwiseConv2dNativeBackpropFilter', windowOf(window), [
        input,
        filterShape(window.kernel, input.shape[3], 1),
        gradient,
      ]),
    batchNorm(input, gamma, beta) {
      const none = tf.zeros([gamma.length]);
      const [output, mean, variance, ...saved] = backend.executeMultipleOutputs(
        'FusedBatchNormV3',
        [...normalisation, number('exponential_avg_factor', 1)],
        [asPicture(input), tf.tensor1d(gamma), tf.tensor1d(beta), none, none],
        6,
      );
      // What it calls the batch's variance has Bessel's correction.
      const count = input.shape[0];
      const biased = (count - 1) / count;
      return {
        output: asMatrix(output),
        mean: mean.dataSync() as Float32Array,
        variance: (variance.dataSync() as Float32Array).map((v) => v * biased),
        saved,
      };
    },
    batchNormGradient(gradient, input, gamma, { saved }) {
      const [dInput, dGamma, dBeta] = backend.executeMultipleOutputs(
        'FusedBatchNormGradV3',
        normalisation,
        [asPicture(gradient), asPicture(input), tf.tensor1d(gamma), ...saved],
        5,
      );
      return {
        input: asMatrix(dInput),
        gamma: dGamma.dataSync() as Float32Array,
        beta: dBeta.dataSync() as Float32Array,
      };
    },
    relu6: (input) => backend.executeSingleOutput('Relu6', [T], [input]) as Tensor2D,
    relu6Gradient: (gradient, output) => backend.executeSingleOutput('Relu6Grad', [T], [gradient, output]) as Tensor2D,
    maxPool(input) {
      const attributes = poolAttributes([typeOf('Targmax', 'TF_INT32'), flag('include_batch_in_index', true)]);
      const [output, winners] = backend.executeMultipleOutputs('MaxPoolWithArgmax', attributes, [input], 2);
      return { output: output as Tensor4D, winners };
    },
    // MaxPoolGrad takes twenty times as long, and MaxPoolGradWithArgmax wants 64-bit places, which JavaScript lacks.
    maxPoolGradient: (gradient, winners) =>
      tf.tensor4d(scatterPooled(gradient.dataSync() as Float32Array, winners.dataSync() as Int32Array), gradient.shape),
    upsample: (input, { height, width }) =>
      one('ResizeBilinear', resizing, [input, tf.tensor1d([height, width], 'int32')]),
    upsampleGradient: (gradient, input) => one('ResizeBilinearGrad', resizing, [gradient, input]),
  };
}
