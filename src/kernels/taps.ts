export type ResizeKind = 'bicubic' | 'bilinear';

/** For each output position, the `count` input positions that it mixes and their weights. */
export interface Taps {
  readonly count: 2 | 4;
  /** indices[output * count + k]: input position, edges replicated. */
  readonly indices: Int32Array;
  readonly weights: Float32Array;
}

/** Sharpness of the cubic of Keys (1981), as OpenCV sets it. */
const A = -0.75;

/**
 * Resampling along one axis with half-pixel centres. Where a source position is kept in float32 it is because OpenCV's
 * resize does so: at sizes that are no whole multiples the rounding moves weights visibly.
 */
export function axisTaps(inputLength: number, outputLength: number, kind: ResizeKind): Taps {
  const count = kind === 'bicubic' ? 4 : 2;
  const indices = new Int32Array(outputLength * count);
  const weights = new Float32Array(outputLength * count);
  const step = inputLength / outputLength;
  for (let output = 0; output < outputLength; output++) {
    const source = Math.fround((output + 0.5) * step - 0.5);
    const base = Math.floor(source);
    const offset = Math.fround(source - base);
    const first = kind === 'bicubic' ? base - 1 : base;
    for (let k = 0; k < count; k++) indices[output * count + k] = Math.min(inputLength - 1, Math.max(0, first + k));
    weights.set(kind === 'bicubic' ? cubicWeights(offset) : [1 - offset, offset], output * count);
  }
  return { count, indices, weights };
}

/** Keys' kernel at distances 1 + x, x, 1 - x and 2 - x, the last such that all four add up to 1. */
function cubicWeights(x: number): [number, number, number, number] {
  const near = (d: number) => Math.fround(((A + 2) * d - (A + 3)) * d * d + 1);
  const far = (d: number) => Math.fround(A * (((d - 5) * d + 8) * d - 4));
  const [w0, w1, w2] = [far(1 + x), near(x), near(1 - x)];
  return [w0, w1, w2, Math.fround(1 - w0 - w1 - w2)];
}
