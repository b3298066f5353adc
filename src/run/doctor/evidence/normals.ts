import type { NormalsProtocol } from '../../../core/protocol.ts';
import type { Case } from '../mistake.ts';
import { countedNormals } from './counted.ts';

/** Some counted pixels of one image: truth and prediction as x y z, x y z, ..., as given. */
export interface NormalPixels {
  readonly truth: Float64Array;
  readonly prediction: Float64Array;
}

export function normalPixels(given: Case<'normals'>, protocol: NormalsProtocol): NormalPixels {
  const { data } = given.prediction;
  const pixels = countedNormals(given, protocol).filter((i) =>
    Number.isFinite(data[3 * i] + data[3 * i + 1] + data[3 * i + 2]),
  );
  const vectors = (of: ArrayLike<number>) =>
    Float64Array.from({ length: 3 * pixels.length }, (_, k) => of[3 * pixels[Math.floor(k / 3)] + (k % 3)]);
  return { truth: vectors(given.truth.data), prediction: vectors(data) };
}
