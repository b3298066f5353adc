import type { Size } from '../backends/postprocess.ts';
import type { ChannelRange, Upsampling } from '../kernels/upsample-argmax.ts';
import { upsampledRows } from '../kernels/upsample-rows.ts';

/** Writes the probabilities of one row of pixels into `out`: planar, class, column. Rows are asked for from the top. */
export type ProbabilityRows = (row: number, out: Float64Array) => void;

export interface ProbabilitySource {
  /** Logits and how they come to the size of what was fed, of which the image is the upper left part. */
  readonly upsampling: Upsampling;
  readonly image: Size;
  /** The channels that the probabilities are over: the slice of the data set. */
  readonly channels: ChannelRange;
  /** The class that each of these channels counts for; probabilities of one class are added up. */
  readonly classOf: readonly number[];
  readonly classes: number;
  /** Whether the image was mirrored; the rows are mirrored back. */
  readonly isMirrored: boolean;
}

/** Softmax of the resized logits. Nothing of the size of the image times the classes is ever held. */
export function probabilityRows(source: ProbabilitySource): ProbabilityRows {
  const { upsampling, image, channels, classOf, classes, isMirrored } = source;
  const fedWidth = upsampling.width;
  const { width } = image;
  const logits = new Float32Array(channels.count * fedWidth);
  const weights = new Float64Array(channels.count);
  const resized = upsampledRows(upsampling, channels);
  const weigh = areProbabilities(upsampling) ? keepShares : exponentials;
  return (row, out) => {
    resized(row, logits);
    out.fill(0, 0, classes * width);
    for (let x = 0; x < width; x++) {
      const sum = weigh(logits, isMirrored ? width - 1 - x : x, fedWidth, weights);
      for (let c = 0; c < channels.count; c++) out[classOf[c] * width + x] += weights[c] / sum;
    }
  };
}

/** exp(logit - largest) of one column; returns their sum. */
function exponentials(logits: Float32Array, x: number, width: number, weights: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < weights.length; c++) largest = Math.max(largest, logits[c * width + x]);
  let sum = 0;
  for (let c = 0; c < weights.length; c++) {
    weights[c] = Math.exp(logits[c * width + x] - largest);
    sum += weights[c];
  }
  return sum;
}

/** What a network with a softmax of its own gives; bicubic resizing may have pushed it below 0. */
function keepShares(shares: Float32Array, x: number, width: number, weights: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < weights.length; c++) {
    weights[c] = Math.max(0, shares[c * width + x]);
    sum += weights[c];
  }
  if (sum > 0) return sum;
  weights.fill(1);
  return weights.length;
}

/** Float16 networks add up to 1 by about three digits. */
const TOLERANCE = 2e-3;

/** Whether the channels of each cell are 0..1 and add up to 1, which logits never do everywhere. */
function areProbabilities({ logits, channels, h, w }: Upsampling): boolean {
  const cells = h * w;
  for (let i = 0; i < cells; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      const value = logits[c * cells + i];
      if (value < 0 || value > 1 + TOLERANCE) return false;
      sum += value;
    }
    if (Math.abs(sum - 1) > TOLERANCE) return false;
  }
  return true;
}
