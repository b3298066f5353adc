import { certainty, entropyOf } from './of-probabilities.ts';
import type { Score } from './score.ts';

/** Share of the experts whose largest probability, the first on ties, is that of the label. */
export const ensembleVote: Score = {
  title: 'share of the experts that vote for the label',
  needs: 'several',
  row({ width, classes, experts, labels }, out) {
    for (let x = 0; x < width; x++) {
      let votes = 0;
      for (const probabilities of experts) {
        let best = 0;
        for (let c = 1; c < classes; c++) if (probabilities[c * width + x] > probabilities[best * width + x]) best = c;
        if (best === labels[x]) votes++;
      }
      out[x] = votes / experts.length;
    }
  },
};

/**
 * 1 - I / log C, with I = H(mean p) - mean H(p) the mutual information of label and expert (Houlsby et al. 2011, BALD):
 * small where the experts contradict each other, but not where all of them are equally unsure.
 */
export const ensembleInformation: Score = {
  title: '1 less the mutual information of label and expert, as a share of the largest possible',
  needs: 'several',
  row({ width, classes, mean, experts }, out) {
    for (let x = 0; x < width; x++) {
      let own = 0;
      for (const probabilities of experts) own += entropyOf(probabilities, x, width, classes);
      out[x] = certainty(entropyOf(mean, x, width, classes) - own / experts.length, classes);
    }
  },
};
