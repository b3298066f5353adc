/** real = scale x (stored - zeroPoint) */
export interface Affine {
  readonly scale: number;
  readonly zeroPoint: number;
}

export interface Range {
  readonly low: number;
  readonly high: number;
}

const UINT8_MAX = 255;
/** The largest float32 below 1. */
const JUST_BELOW_ONE = 1 - 2 ** -24;
/** Biases keep well below the 2^31 of their accumulator, which the products share. */
const BIAS_LIMIT = 2 ** 30;

/** uint8 over a range, which is widened to hold 0: padding and ReLU need an exact 0. A range of nothing gets scale 1. */
export function activationParameters({ low, high }: Range): Affine {
  const [from, to] = [Math.min(0, low), Math.max(0, high)];
  if (from === to) return { scale: 1, zeroPoint: 0 };
  let scale = Math.fround((to - from) / UINT8_MAX);
  // Rounded up, 255 steps would reach past a ReLU6's 6, and the runtime would keep the Clip.
  if (scale * UINT8_MAX > to - from) scale = Math.fround(scale * JUST_BELOW_ONE);
  return { scale, zeroPoint: Math.min(UINT8_MAX, Math.max(0, Math.round(-from / scale))) };
}

export interface QuantisedKernel {
  readonly weights: Int8Array;
  /** One per output channel. */
  readonly weightScales: Float32Array;
  /** In units of inputScale x weightScales[channel]. */
  readonly bias?: Int32Array;
  readonly biasScales?: Float32Array;
}

/**
 * Kernel and bias of a convolution: weights symmetric per output channel, |weight| <= `limit` steps; bias int32. The step
 * of a channel is widened where its bias would not fit an int32, above all where all its weights are 0.
 * @param weights [channels, ...], C order
 */
export function quantiseKernel(
  weights: Float32Array,
  channels: number,
  bias: Float32Array | undefined,
  inputScale: number,
  limit: number,
): QuantisedKernel {
  const perChannel = weights.length / channels;
  const quantised = new Int8Array(weights.length);
  const weightScales = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    const start = c * perChannel;
    let largest = 0;
    for (let i = start; i < start + perChannel; i++) largest = Math.max(largest, Math.abs(weights[i]));
    const forBias = Math.abs(bias?.[c] ?? 0) / (inputScale * BIAS_LIMIT);
    const scale = Math.fround(Math.max(largest / limit, forBias)) || 1;
    weightScales[c] = scale;
    for (let i = start; i < start + perChannel; i++)
      quantised[i] = Math.max(-limit, Math.min(limit, roundHalfEven(weights[i] / scale)));
  }
  if (!bias) return { weights: quantised, weightScales };
  const biasScales = weightScales.map((scale) => Math.fround(scale * inputScale));
  return {
    weights: quantised,
    weightScales,
    bias: Int32Array.from(bias, (value, c) => roundHalfEven(value / biasScales[c])),
    biasScales,
  };
}

/** As QuantizeLinear rounds. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
