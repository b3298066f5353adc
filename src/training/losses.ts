import { IGNORE_LABEL } from '../core/raster.ts';

/** A sum over annotated cells and how many there are. */
export interface LossSum {
  readonly sum: number;
  readonly count: number;
}

/**
 * Cross-entropy of the softmax over `channels`, cell by cell; cells of IGNORE_LABEL count for nothing.
 * @param logits [cells, channels]
 * @param labels channel of each cell
 * @param gradient of the SUM, written over; [cells, channels]
 * @param weights of each class; without them all are 1. `count` is then the sum of the weights of the cells.
 */
export function crossEntropy(
  logits: Float32Array,
  channels: number,
  labels: Uint8Array,
  gradient: Float32Array,
  weights?: Float32Array,
): LossSum {
  let [sum, count] = [0, 0];
  gradient.fill(0);
  for (let cell = 0, at = 0; cell < labels.length; cell++, at += channels) {
    const label = labels[cell];
    if (label === IGNORE_LABEL) continue;
    const weight = weights ? weights[label] : 1;
    let largest = logits[at];
    for (let c = 1; c < channels; c++) if (logits[at + c] > largest) largest = logits[at + c];
    let total = 0;
    for (let c = 0; c < channels; c++) {
      const power = Math.exp(logits[at + c] - largest);
      gradient[at + c] = power;
      total += power;
    }
    const share = weight / total;
    for (let c = 0; c < channels; c++) gradient[at + c] *= share;
    gradient[at + label] -= weight;
    sum += weight * (Math.log(total) + largest - logits[at + label]);
    count += weight;
  }
  return { sum, count };
}

/** The share of the largest error at which berHu turns from linear to quadratic: Laina et al., 3DV 2016. */
const BERHU_SHARE = 0.2;

/** c of berHu: 0.2 times the largest absolute error of the batch, `predictions` and `targets` by group. */
export function berHuLimit(predictions: readonly Float32Array[], targets: readonly Float32Array[]): number {
  let largest = 0;
  for (const [group, prediction] of predictions.entries())
    for (let i = 0; i < prediction.length; i++) {
      const error = Math.abs(prediction[i] - targets[group][i]);
      // NaN, not measured, is never larger.
      if (error > largest) largest = error;
    }
  return BERHU_SHARE * largest;
}

/**
 * Reversed Huber loss (Laina et al. 2016): |e| up to `limit`, (e^2 + limit^2) / (2 limit) beyond; e = prediction -
 * target, whatever unit both have. Cells whose target is NaN count for nothing. `gradient` is of the sum, with the limit
 * held constant.
 */
export function berHu(prediction: Float32Array, target: Float32Array, limit: number, gradient: Float32Array): LossSum {
  let [sum, count] = [0, 0];
  gradient.fill(0);
  for (let i = 0; i < prediction.length; i++) {
    const error = prediction[i] - target[i];
    if (Number.isNaN(error)) continue;
    const size = Math.abs(error);
    if (size <= limit || limit === 0) {
      sum += size;
      gradient[i] = Math.sign(error);
    } else {
      sum += (error * error + limit * limit) / (2 * limit);
      gradient[i] = error / limit;
    }
    count++;
  }
  return { sum, count };
}

/** Keeps the direction of a vanishing output finite. */
const SHORTEST = 1e-6;

/**
 * 1 - cosine of the angle between the output and the true normal, [cells, 3] both; the output need not be of unit
 * length. Cells whose target is NaN count for nothing. `gradient` is of the sum.
 */
export function cosineLoss(prediction: Float32Array, target: Float32Array, gradient: Float32Array): LossSum {
  let [sum, count] = [0, 0];
  gradient.fill(0);
  for (let at = 0; at < prediction.length; at += 3) {
    const [nx, ny, nz] = [target[at], target[at + 1], target[at + 2]];
    if (Number.isNaN(nx + ny + nz)) continue;
    const [x, y, z] = [prediction[at], prediction[at + 1], prediction[at + 2]];
    const length = Math.max(SHORTEST, Math.sqrt(x * x + y * y + z * z));
    const cosine = (x * nx + y * ny + z * nz) / length;
    gradient[at] = (-nx + (cosine * x) / length) / length;
    gradient[at + 1] = (-ny + (cosine * y) / length) / length;
    gradient[at + 2] = (-nz + (cosine * z) / length) / length;
    sum += 1 - cosine;
    count++;
  }
  return { sum, count };
}
