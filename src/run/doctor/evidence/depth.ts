import type { DepthProtocol } from '../../../core/protocol.ts';
import type { Case } from '../mistake.ts';
import { countedDepth } from './counted.ts';

/** Some counted pixels of one image whose prediction is finite. */
export interface DepthPixels {
  readonly pixel: Int32Array;
  readonly truthM: Float64Array;
  readonly prediction: Float64Array;
}

export function depthPixels(given: Case<'depth'>, protocol: DepthProtocol): DepthPixels {
  const pixel = countedDepth(given, protocol).filter((i) => Number.isFinite(given.prediction.data[i]));
  return {
    pixel,
    truthM: Float64Array.from(pixel, (i) => given.truth.data[i]),
    prediction: Float64Array.from(pixel, (i) => given.prediction.data[i]),
  };
}
