import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

/** Height and width, pixels. */
export interface Extent {
  readonly height: number;
  readonly width: number;
}

export interface Window {
  /** Side of the square kernel, odd; the padding is (kernel - 1) / 2 on every side. */
  readonly kernel: number;
  readonly stride: number;
}

/** What batch normalisation gives and what its gradient needs again. */
export interface Normalised {
  readonly output: Tensor2D;
  /** Of the batch, per channel; the variance without Bessel's correction. */
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly saved: readonly Tensor[];
}

/**
 * The operations of the reference network and their gradients on one engine of TensorFlow.js. Pictures are [images,
 * height, width, channels]; where neighbours do not matter, all pixels of a batch are one matrix [pixels, channels].
 * Filters are [kernel, kernel, in, out], of depthwise convolutions [kernel, kernel, channels, 1]. Every call gives new
 * tensors; the caller's tidy() frees them.
 */
export interface TrainingKernels {
  matMul(a: Tensor2D, b: Tensor2D, transposeA?: boolean, transposeB?: boolean): Tensor2D;
  add<T extends Tensor>(a: T, b: Tensor): T;
  multiply<T extends Tensor>(a: T, b: Tensor): T;
  conv(input: Tensor4D, filter: Tensor4D, window: Window): Tensor4D;
  convInputGradient(gradient: Tensor4D, filter: Tensor4D, input: Tensor4D, window: Window): Tensor4D;
  /** Of the filter, as the filter lies. */
  convFilterGradient(gradient: Tensor4D, input: Tensor4D, window: Window): Tensor4D;
  depthwise(input: Tensor4D, filter: Tensor4D, window: Window): Tensor4D;
  depthwiseInputGradient(gradient: Tensor4D, filter: Tensor4D, input: Tensor4D, window: Window): Tensor4D;
  depthwiseFilterGradient(gradient: Tensor4D, input: Tensor4D, window: Window): Tensor4D;
  /** y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, moments over the pixels. */
  batchNorm(input: Tensor2D, gamma: Float32Array, beta: Float32Array): Normalised;
  batchNormGradient(
    gradient: Tensor2D,
    input: Tensor2D,
    gamma: Float32Array,
    normalised: Normalised,
  ): { readonly input: Tensor2D; readonly gamma: Float32Array; readonly beta: Float32Array };
  relu6(input: Tensor2D): Tensor2D;
  /** `output` is what relu6 gave: the gradient passes where it is above 0 and below 6. */
  relu6Gradient(gradient: Tensor2D, output: Tensor2D): Tensor2D;
  /** 5x5, stride 1, as the network's pooling is; `winners` is whatever the gradient needs. */
  maxPool(input: Tensor4D): { readonly output: Tensor4D; readonly winners: Tensor };
  maxPoolGradient(gradient: Tensor4D, winners: Tensor): Tensor4D;
  /** Bilinear with half-pixel centres. */
  upsample(input: Tensor4D, size: Extent): Tensor4D;
  upsampleGradient(gradient: Tensor4D, input: Tensor4D): Tensor4D;
}
