import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { onEngine, type Tf } from '../src/backends/tfjs/engine.ts';
import { messageOf } from '../src/core/errors.ts';
import { Random } from '../src/core/random.ts';
import { type NetworkConfig, refinenet, seededWeights } from '../src/network/index.ts';
import {
  startTrainingEngine,
  TRAINING_ENGINES,
  type TrainingEngine,
  type TrainingEngineId,
} from '../src/training/engines.ts';
import type { TrainingKernels, Window } from '../src/training/kernels/kernels.ts';
import { Parameters } from '../src/training/parameters.ts';
import { trainingPass } from '../src/training/passes.ts';

const SIZES = [
  { width: 96, height: 64 },
  { width: 160, height: 120 },
];
const BATCH = 8;
const ROUNDS = 12;
/** The base of the ratios: TensorFlow's own operators. */
const NATIVE: TrainingEngineId = 'tfjs-node';
/** A hundred times as slow as the others. */
const SLOW: ReadonlySet<string> = new Set(['tfjs-cpu']);

const NETWORK: NetworkConfig = {
  classes: 16,
  tasks: ['segmentation', 'depth', 'normals'],
  width: 0.35,
  decoderWidth: 32,
};

type Operations = readonly (readonly [name: string, run: () => unknown])[];

/**
 * Milliseconds of each operation of training and of a whole pass on each engine, the fastest of several rounds, and how
 * often the native engine's time goes into them. --all: on the engine in plain JavaScript too.
 */
export async function main(args: readonly string[]): Promise<void> {
  const engines: TrainingEngine[] = [];
  for (const id of Object.keys(TRAINING_ENGINES) as TrainingEngineId[]) {
    if (SLOW.has(id) && !args.includes('--all')) continue;
    try {
      engines.push(await startTrainingEngine(id, 1));
    } catch (error) {
      console.log(`left out: ${messageOf(error)}`);
    }
  }
  for (const size of SIZES) {
    console.log(`\n${BATCH} images of ${size.width}x${size.height}, ms`);
    console.log(`${'operation'.padEnd(36)}${engines.map(({ id }) => id.padStart(12)).join('')}   / ${NATIVE}`);
    const times = new Map<string, number[]>();
    for (const engine of engines)
      await onEngine(engine.engine, (tf) => {
        const measured: [string, number][] = [];
        tf.tidy(() => {
          for (const [name, run] of operations(tf, engine.kernels, size)) measured.push([name, fastest(tf, run)]);
        });
        measured.push(['whole pass', fastest(tf, wholePass(engine, size))]);
        for (const [name, ms] of measured) times.set(name, [...(times.get(name) ?? []), ms]);
      });
    const native = engines.findIndex(({ id }) => id === NATIVE);
    for (const [name, each] of times) {
      const ratios = each.filter((_, i) => native >= 0 && i !== native).map((ms) => (ms / each[native]).toFixed(1));
      const columns = each.map((ms) => ms.toFixed(2).padStart(12)).join('');
      console.log(`${name.padEnd(36)}${columns}   ${ratios.join(', ')}`);
    }
  }
}

function fastest(tf: Tf, run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    tf.tidy(() => void run());
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** With the channels and the coarseness that they have in a small network. */
function operations(tf: Tf, kernels: TrainingKernels, size: (typeof SIZES)[number]): Operations {
  const random = new Random(1);
  const values = (length: number) => Float32Array.from({ length }, () => random.uniform(-1, 1));
  const pictures = (coarseness: number, channels: number): Tensor4D => {
    const [height, width] = [size.height, size.width].map((side) => Math.ceil(side / coarseness));
    return tf.tensor4d(values(BATCH * height * width * channels), [BATCH, height, width, channels]);
  };
  const filter = (kernel: number, input: number, output: number) =>
    tf.tensor4d(values(kernel * kernel * input * output), [kernel, kernel, input, output]);
  const flat = (tensor: Tensor4D) => tf.reshape(tensor, [-1, tensor.shape[3]]) as Tensor2D;

  const dense = (place: string, input: Tensor4D, outChannels: number, window: Window): Operations => {
    const weights = filter(window.kernel, input.shape[3], outChannels);
    const output = kernels.conv(input, weights, window);
    return [
      [`${place}`, () => kernels.conv(input, weights, window)],
      [`${place}: d input`, () => kernels.convInputGradient(output, weights, input, window)],
      [`${place}: d filter`, () => kernels.convFilterGradient(output, input, window)],
    ];
  };
  const depthwise = (place: string, input: Tensor4D, window: Window): Operations => {
    const weights = filter(window.kernel, input.shape[3], 1);
    const output = kernels.depthwise(input, weights, window);
    return [
      [`${place}`, () => kernels.depthwise(input, weights, window)],
      [`${place}: d input`, () => kernels.depthwiseInputGradient(output, weights, input, window)],
      [`${place}: d filter`, () => kernels.depthwiseFilterGradient(output, input, window)],
    ];
  };
  const pointwise = (place: string, input: Tensor2D, outChannels: number): Operations => {
    const weights = tf.tensor2d(values(input.shape[1] * outChannels), [input.shape[1], outChannels]);
    const output = kernels.matMul(input, weights);
    return [
      [`${place}`, () => kernels.matMul(input, weights)],
      [`${place}: d input`, () => kernels.matMul(output, weights, false, true)],
      [`${place}: d filter`, () => kernels.matMul(input, output, true, false)],
    ];
  };
  const expanded = pictures(4, 48);
  const pixels = flat(expanded);
  const ones = new Float32Array(48).fill(1);
  const normalised = kernels.batchNorm(pixels, ones, ones);
  const decoded = pictures(4, 32);
  const { winners } = kernels.maxPool(decoded);
  const coarse = pictures(8, 32);
  const fine = { height: decoded.shape[1], width: decoded.shape[2] };
  return [
    ...dense('stem 3x3/2, 3 to 16', pictures(1, 3), 16, { kernel: 3, stride: 2 }),
    ...dense('head 3x3, 32 to 16', decoded, 16, { kernel: 3, stride: 1 }),
    ...depthwise('depthwise 3x3, 48', expanded, { kernel: 3, stride: 1 }),
    ...depthwise('depthwise 3x3/2, 48', pictures(2, 48), { kernel: 3, stride: 2 }),
    ...pointwise('pointwise, 8 to 48', flat(pictures(4, 8)), 48),
    ['batch norm, 48', () => kernels.batchNorm(pixels, ones, ones)],
    ['batch norm, 48: gradients', () => kernels.batchNormGradient(pixels, pixels, ones, normalised)],
    ['relu6, 48', () => kernels.relu6(pixels)],
    ['relu6, 48: d input', () => kernels.relu6Gradient(pixels, pixels)],
    ['max pool 5x5, 32', () => kernels.maxPool(decoded)],
    ['max pool 5x5, 32: d input', () => kernels.maxPoolGradient(decoded, winners)],
    ['upsample, 32', () => kernels.upsample(coarse, fine)],
    ['upsample, 32: d input', () => kernels.upsampleGradient(decoded, coarse)],
  ];
}

/** Forward and backward of a small network, without losses and optimiser, which are the same everywhere. */
function wholePass({ engine, kernels }: TrainingEngine, { width, height }: (typeof SIZES)[number]): () => unknown {
  const random = new Random(2);
  const graph = refinenet(NETWORK);
  const parameters = new Parameters(graph, seededWeights(graph, 1));
  const data = Float32Array.from({ length: BATCH * height * width * 3 }, () => random.uniform(-2, 2));
  return () =>
    trainingPass(engine, kernels, { graph, parameters }, [{ images: BATCH, height, width, data }], (outputs) =>
      outputs.map((group) =>
        Object.fromEntries(Object.entries(group).map(([task, raw]) => [task, raw.data.map((value) => value / 1000)])),
      ),
    );
}
