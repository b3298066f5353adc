import type { Tensor2D } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import type { Tf } from '../../src/backends/tfjs/engine.ts';
import { randomStream } from '../../src/network/random.ts';
import { expectClose, numbersOf, onEveryEngine } from './every-engine.ts';
import {
  convolve,
  depthwise,
  dot,
  maxPool,
  momentsOf,
  multiplyMatrices,
  normalise,
  numericGradient,
  type Pictures,
  relu6,
  upsample,
} from './reference.ts';

/** Rounded to float32, so that engine and reference start from the same numbers. */
function draw(length: number, name: string): Float64Array {
  const { normal } = randomStream(7, name);
  return Float64Array.from({ length }, () => Math.fround(normal()));
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
const drawPictures = (shape: Pictures['shape'], name = 'input'): Pictures => ({
  shape,
  data: draw(sizeOf(shape), name),
});
const singles = (values: Float64Array) => Float32Array.from(values);
const tensor4 = (tf: Tf, { shape, data }: Pictures) => tf.tensor4d(singles(data), [...shape]);
const tensor2 = (tf: Tf, data: Float64Array, columns: number): Tensor2D =>
  tf.tensor2d(singles(data), [data.length / columns, columns]);

const PICTURES: Pictures['shape'][] = [
  [1, 1, 1, 2],
  [2, 5, 7, 3],
  [1, 6, 4, 1],
  [2, 4, 6, 4],
  [1, 3, 8, 9],
];
const WINDOWS = [1, 3, 5].flatMap((kernel) => [1, 2].map((stride) => ({ kernel, stride })));
const WINDOWED = PICTURES.flatMap((shape) => WINDOWS.map((window) => ({ shape, ...window })));

onEveryEngine('operations', ({ id, run }) => {
  it.each(WINDOWED)('convolution $kernel x $kernel, stride $stride, of $shape', async ({ shape, ...window }) => {
    const outChannels = 3;
    const input = drawPictures(shape);
    const filter = draw(window.kernel ** 2 * shape[3] * outChannels, 'filter');
    const wanted = convolve(input, filter, outChannels, window);
    const gradient = drawPictures(wanted.shape, 'gradient');
    const [output, ofInput, ofFilter] = await run((kernels, tf) => {
      const x = tensor4(tf, input);
      const w = tf.tensor4d(singles(filter), [window.kernel, window.kernel, shape[3], outChannels]);
      const g = tensor4(tf, gradient);
      const made = kernels.conv(x, w, window);
      const back = kernels.convInputGradient(g, w, x, window);
      const own = kernels.convFilterGradient(g, x, window);
      expect([made.shape, back.shape, own.shape]).toEqual([wanted.shape, shape, w.shape]);
      return [made, back, own].map(numbersOf);
    });
    expectClose(output, wanted.data);
    const loss = (x: Float64Array, w: Float64Array) =>
      dot(convolve({ shape, data: x }, w, outChannels, window).data, gradient.data);
    expectClose(
      ofInput,
      numericGradient((x) => loss(x, filter), input.data),
    );
    expectClose(
      ofFilter,
      numericGradient((w) => loss(input.data, w), filter),
    );
  });

  it.each(WINDOWED)('depthwise $kernel x $kernel, stride $stride, of $shape', async ({ shape, ...window }) => {
    const input = drawPictures(shape);
    const filter = draw(window.kernel ** 2 * shape[3], 'filter');
    const wanted = depthwise(input, filter, window);
    const gradient = drawPictures(wanted.shape, 'gradient');
    const [output, ofInput, ofFilter] = await run((kernels, tf) => {
      const x = tensor4(tf, input);
      const w = tf.tensor4d(singles(filter), [window.kernel, window.kernel, shape[3], 1]);
      const g = tensor4(tf, gradient);
      const made = kernels.depthwise(x, w, window);
      const back = kernels.depthwiseInputGradient(g, w, x, window);
      const own = kernels.depthwiseFilterGradient(g, x, window);
      expect([made.shape, back.shape, own.shape]).toEqual([wanted.shape, shape, w.shape]);
      return [made, back, own].map(numbersOf);
    });
    expectClose(output, wanted.data);
    const loss = (x: Float64Array, w: Float64Array) =>
      dot(depthwise({ shape, data: x }, w, window).data, gradient.data);
    expectClose(
      ofInput,
      numericGradient((x) => loss(x, filter), input.data),
    );
    expectClose(
      ofFilter,
      numericGradient((w) => loss(input.data, w), filter),
    );
  });

  it.each([
    [5, 3, 4],
    [1, 7, 1],
    [6, 1, 2],
    [9, 8, 8],
  ])('products of matrices, %i x %i by %i columns, each transposed or not', async (rows, inner, columns) => {
    const [a, b] = [draw(rows * inner, 'a'), draw(inner * columns, 'b')];
    const wanted = multiplyMatrices(a, b, inner);
    const results = await run((kernels, tf) => {
      const [left, right] = [tensor2(tf, a, inner), tensor2(tf, b, columns)];
      return [false, true].flatMap((turnA) =>
        [false, true].map((turnB) =>
          numbersOf(
            kernels.matMul(turnA ? tf.transpose(left) : left, turnB ? tf.transpose(right) : right, turnA, turnB),
          ),
        ),
      );
    });
    expect(results).toHaveLength(4);
    for (const result of results) expectClose(result, wanted);
  });

  it('sums and products, of equal shapes and with one row', async () => {
    const [a, b, row] = [draw(15, 'a'), draw(15, 'b'), draw(3, 'row')];
    const results = await run((kernels, tf) => {
      const [x, y] = [a, b].map((data) => tensor2(tf, data, 3));
      return [
        kernels.add(x, y),
        kernels.add(x, tf.tensor1d(singles(row))),
        kernels.multiply(x, y),
        kernels.multiply(x, tensor2(tf, row, 3)),
      ].map(numbersOf);
    });
    expectClose(
      results[0],
      a.map((value, i) => value + b[i]),
    );
    expectClose(
      results[1],
      a.map((value, i) => value + row[i % 3]),
    );
    expectClose(
      results[2],
      a.map((value, i) => value * b[i]),
    );
    expectClose(
      results[3],
      a.map((value, i) => value * row[i % 3]),
    );
  });

  it.each([
    [35, 3, 0],
    [4, 5, 0],
    [64, 1, 0],
    // A mean far above the spread, which sums of squares in float32 would lose.
    [60, 4, 30],
  ])('batch normalisation of %i pixels, %i channels, about %i', async (pixels, channels, about) => {
    const input = draw(pixels * channels, 'input').map((value) => Math.fround(value + about));
    const [gamma, beta] = [draw(channels, 'gamma'), draw(channels, 'beta')];
    const gradient = draw(pixels * channels, 'gradient');
    const back = await run((kernels, tf) => {
      const [x, g] = [input, gradient].map((data) => tensor2(tf, data, channels));
      const normalised = kernels.batchNorm(x, singles(gamma), singles(beta));
      const { mean, variance } = normalised;
      const {
        input: ofInput,
        gamma: ofGamma,
        beta: ofBeta,
      } = kernels.batchNormGradient(g, x, singles(gamma), normalised);
      return { output: numbersOf(normalised.output), mean, variance, ofInput: numbersOf(ofInput), ofGamma, ofBeta };
    });
    const tolerance = about ? 3e-4 : 2e-5;
    expectClose(back.output, normalise(input, gamma, beta), tolerance);
    const moments = momentsOf(input, channels);
    expectClose(back.mean, moments.mean);
    expectClose(back.variance, moments.variance, tolerance);
    const loss = (x: Float64Array, c: Float64Array, b: Float64Array) => dot(normalise(x, c, b), gradient);
    expectClose(
      back.ofInput,
      numericGradient((x) => loss(x, gamma, beta), input),
      tolerance,
    );
    expectClose(
      back.ofGamma,
      numericGradient((c) => loss(input, c, beta), gamma),
      tolerance,
    );
    expectClose(
      back.ofBeta,
      numericGradient((b) => loss(input, gamma, b), beta),
      tolerance,
    );
  });

  it('relu6: the gradient passes between the limits and stops at both', async () => {
    const input = Float64Array.of(-7, -1, -0.5, 0, 0.25, 3, 5.75, 6, 6.5, 100, 1e-30, Math.fround(6 - 5e-7));
    const gradient = draw(input.length, 'gradient');
    const [output, back] = await run((kernels, tf) => {
      const made = kernels.relu6(tensor2(tf, input, 3));
      return [made, kernels.relu6Gradient(tensor2(tf, gradient, 3), made)].map(numbersOf);
    });
    expectClose(output, relu6(input));
    const numeric = numericGradient((x) => dot(relu6(x), gradient), input, 1e-7);
    const isAtLimit = (i: number) => input[i] === 0 || input[i] === 6 || i >= 10;
    const wanted = numeric.map((value, i) => (isAtLimit(i) ? 0 : value));
    for (const i of [10, 11]) wanted[i] = gradient[i];
    expectClose(back, wanted, 1e-6);
  });

  const poolings: [Pictures['shape']][] = [...PICTURES, [2, 9, 12, 5] as const, [1, 2, 3, 2] as const].map((shape) => [
    shape,
  ]);
  it.each(poolings)('max pooling of %j', async (shape) => {
    // No two are equal: finite differences want one winner.
    const order = draw(sizeOf(shape), 'order');
    const ranks = [...order.keys()].sort((a, b) => order[a] - order[b]);
    const input = { shape, data: Float64Array.from(ranks, (rank) => rank / 8 - 3) };
    const gradient = drawPictures(shape, 'gradient');
    const [output, back] = await run((kernels, tf) => {
      const pooled = kernels.maxPool(tensor4(tf, input));
      return [pooled.output, kernels.maxPoolGradient(tensor4(tf, gradient), pooled.winners)].map(numbersOf);
    });
    expectClose(output, maxPool(input).data);
    expectClose(
      back,
      numericGradient((data) => dot(maxPool({ shape, data }).data, gradient.data), input.data),
    );
  });

  it.each(poolings)('max pooling of %j with ties: the first in reading order has it all', async (shape) => {
    const input = { shape, data: draw(sizeOf(shape), 'ties').map((value) => Math.max(0, Math.round(value))) };
    const gradient = drawPictures(shape, 'gradient');
    const [output, back] = await run((kernels, tf) => {
      const pooled = kernels.maxPool(tensor4(tf, input));
      return [pooled.output, kernels.maxPoolGradient(tensor4(tf, gradient), pooled.winners)].map(numbersOf);
    });
    const wanted = maxPool(input);
    expectClose(output, wanted.data);
    const scattered = new Float64Array(input.data.length);
    wanted.winners.forEach((place, i) => {
      scattered[place] += gradient.data[i];
    });
    expectClose(back, scattered);
  });

  it.each([
    [3, 4, 6, 8],
    [3, 4, 5, 7],
    [3, 4, 3, 4],
    [1, 1, 2, 3],
    [2, 5, 4, 9],
    [4, 3, 7, 6],
  ])('up-sampling from %i x %i to %i x %i', async (height, width, rows, columns) => {
    const input = drawPictures([2, height, width, 3]);
    const wanted = upsample(input, rows, columns);
    const gradient = drawPictures(wanted.shape, 'gradient');
    const [output, back] = await run((kernels, tf) => {
      const x = tensor4(tf, input);
      const made = kernels.upsample(x, { height: rows, width: columns });
      expect(made.shape).toEqual(wanted.shape);
      return [made, kernels.upsampleGradient(tensor4(tf, gradient), x)].map(numbersOf);
    });
    expectClose(output, wanted.data);
    const loss = (data: Float64Array) => dot(upsample({ shape: input.shape, data }, rows, columns).data, gradient.data);
    expectClose(back, numericGradient(loss, input.data));
  });

  // Native operators take sizes as tensors, which wait for the caller's tidy().
  it.skipIf(id === 'tfjs-node')('leave no tensors behind but their results', async () => {
    const kept = await run((kernels, tf) => {
      const x = tensor4(tf, drawPictures([2, 6, 8, 4]));
      const w = tensor4(tf, drawPictures([3, 3, 4, 4]));
      const d = tensor4(tf, drawPictures([3, 3, 4, 1]));
      const matrix = tf.reshape(x, [-1, 4]) as Tensor2D;
      const ones = new Float32Array(4).fill(1);
      const window = { kernel: 3, stride: 2 };
      const y = kernels.conv(x, w, window);
      const { winners } = kernels.maxPool(x);
      const normalised = kernels.batchNorm(matrix, ones, ones);
      const before = tf.memory().numTensors;
      kernels.convInputGradient(y, w, x, window);
      kernels.convFilterGradient(y, x, window);
      kernels.depthwiseInputGradient(y, d, x, window);
      kernels.depthwiseFilterGradient(y, x, window);
      kernels.relu6Gradient(matrix, matrix);
      kernels.maxPoolGradient(x, winners);
      kernels.upsampleGradient(x, y);
      kernels.batchNormGradient(matrix, matrix, ones, normalised);
      return tf.memory().numTensors - before;
    });
    expect(kept).toBe(8);
  });
});
