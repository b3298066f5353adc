import type { Score } from './score.ts';

/** p of the label (Hendrycks and Gimpel 2017). */
export const maxProbability: Score = {
  title: 'probability of the label',
  needs: 'one',
  row({ width, mean, labels }, out) {
    for (let x = 0; x < width; x++) out[x] = mean[labels[x] * width + x];
  },
};

/** p of the label less that of the second best; a class that is alone has no second, and p = 1. */
export const margin: Score = {
  title: 'probability of the label less that of the second best',
  needs: 'one',
  row({ width, classes, mean, labels }, out) {
    for (let x = 0; x < width; x++) {
      let second = 0;
      for (let c = 0; c < classes; c++) if (c !== labels[x]) second = Math.max(second, mean[c * width + x]);
      out[x] = mean[labels[x] * width + x] - second;
    }
  },
};

/** 1 - H(p) / log C. */
export const entropy: Score = {
  title: '1 less the entropy of the probabilities, as a share of the largest possible',
  needs: 'one',
  row({ width, classes, mean }, out) {
    for (let x = 0; x < width; x++) out[x] = certainty(entropyOf(mean, x, width, classes), classes);
  },
};

/** H in nats of the probabilities of one column. */
export function entropyOf(probabilities: Float64Array, x: number, width: number, classes: number): number {
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    const p = probabilities[c * width + x];
    if (p > 0) sum -= p * Math.log(p);
  }
  return sum;
}

/** 1 - nats / log C within 0..1, which rounding may leave by a hair; one class alone leaves nothing to doubt. */
export const certainty = (nats: number, classes: number): number =>
  classes < 2 ? 1 : Math.min(1, Math.max(0, 1 - nats / Math.log(classes)));
