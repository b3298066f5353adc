import type { Parameters } from './parameters.ts';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** What an optimiser remembers between steps, laid out as the parameters' values are. */
export interface AdamState {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

export const newAdamState = (values: number): AdamState => ({
  first: new Float32Array(values),
  second: new Float32Array(values),
});

/**
 * One step of Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019), which filters have and
 * vectors (biases, gamma, beta) have not.
 * @param step counted from 1
 * @param rateOf what the learning rate of a tensor is multiplied by
 */
export function adamStep(
  parameters: Parameters,
  gradient: Float32Array,
  { first, second }: AdamState,
  {
    step,
    learningRate,
    weightDecay,
    rateOf,
  }: {
    readonly step: number;
    readonly learningRate: number;
    readonly weightDecay: number;
    readonly rateOf: (name: string) => number;
  },
): void {
  const { values } = parameters;
  const corrected = Math.sqrt(1 - BETA2 ** step) / (1 - BETA1 ** step);
  for (const { name, offset, length } of parameters.learnable) {
    const ownRate = learningRate * rateOf(name);
    const rate = ownRate * corrected;
    const kept = parameters.shapeOf(name).length === 4 ? 1 - ownRate * weightDecay : 1;
    for (let i = offset; i < offset + length; i++) {
      const g = gradient[i];
      first[i] += (1 - BETA1) * (g - first[i]);
      second[i] += (1 - BETA2) * (g * g - second[i]);
      values[i] = values[i] * kept - (rate * first[i]) / (Math.sqrt(second[i]) + EPSILON);
    }
  }
}
