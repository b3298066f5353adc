/** The losses as their formulas say, in double precision: sums over annotated cells and how many there are. */
export interface ReferenceLoss {
  readonly sum: number;
  readonly count: number;
}

export function crossEntropy(
  logits: Float64Array,
  channels: number,
  labels: ArrayLike<number>,
  weights?: ArrayLike<number>,
): ReferenceLoss {
  let [sum, count] = [0, 0];
  for (let cell = 0; cell < labels.length; cell++) {
    if (labels[cell] === 255) continue;
    const own = logits.subarray(cell * channels, (cell + 1) * channels);
    const weight = weights?.[labels[cell]] ?? 1;
    const total = own.reduce((powers, logit) => powers + Math.exp(logit), 0);
    sum -= weight * Math.log(Math.exp(own[labels[cell]]) / total);
    count += weight;
  }
  return { sum, count };
}

export function berHu(prediction: Float64Array, target: ArrayLike<number>, limit: number): ReferenceLoss {
  let [sum, count] = [0, 0];
  for (let i = 0; i < prediction.length; i++) {
    if (Number.isNaN(target[i])) continue;
    const error = Math.abs(prediction[i] - target[i]);
    sum += error <= limit ? error : (error ** 2 + limit ** 2) / (2 * limit);
    count++;
  }
  return { sum, count };
}

export function cosine(prediction: Float64Array, target: ArrayLike<number>): ReferenceLoss {
  let [sum, count] = [0, 0];
  for (let at = 0; at < prediction.length; at += 3) {
    if (Number.isNaN(target[at])) continue;
    const [p, n] = [[0, 1, 2].map((i) => prediction[at + i]), [0, 1, 2].map((i) => target[at + i])];
    sum += 1 - (p[0] * n[0] + p[1] * n[1] + p[2] * n[2]) / (Math.hypot(...p) * Math.hypot(...n));
    count++;
  }
  return { sum, count };
}
