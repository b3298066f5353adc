import type { Score } from './score.ts';

/**
 * With q the probabilities for the mirrored image, mirrored back: the mean (p + q) / 2 of the label where the largest of
 * q is the label too, else 0. A place that the network sees otherwise in the mirror is not to be trusted, however sure.
 */
export const flipAgreement: Score = {
  title: 'mean probability of the label in the image and its mirror image, 0 where the two disagree',
  needs: 'mirror',
  row({ width, classes, mean, mirrored, labels }, out) {
    if (!mirrored) throw new Error('flip-agreement needs the prediction of the mirrored image');
    for (let x = 0; x < width; x++) {
      const label = labels[x];
      const own = mirrored[label * width + x];
      let agrees = true;
      // Ties go to the lower class, as they do for the labels.
      for (let c = 0; c < classes; c++) {
        const other = mirrored[c * width + x];
        if (other > own || (other === own && c < label)) agrees = false;
      }
      out[x] = agrees ? (mean[label * width + x] + own) / 2 : 0;
    }
  },
};
