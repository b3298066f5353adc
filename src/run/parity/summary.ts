import {
  PARITY_FIGURES,
  PARITY_KEYS,
  type ParityFigureRecord,
  type ParityFigures,
  type ParityRecord,
  type ParityThresholds,
} from '../../core/parity.ts';

/**
 * One entry's parity over its images, in image order.
 * @returns violations for each threshold that is broken, for values that are finite on one side alone, and for images
 * that could not be compared: what was not seen does not hold.
 */
export function summariseParity(
  reference: string,
  wanted: number,
  images: readonly { readonly sample: string; readonly figures: ParityFigures }[],
  thresholds: ParityThresholds,
): ParityRecord {
  const figures = PARITY_KEYS.flatMap((key): ParityFigureRecord[] => {
    const seen = images.flatMap(({ sample, figures }) => {
      const value = figures[key];
      return value === undefined ? [] : [{ sample, value, pixels: figures.pixels ?? 0 }];
    });
    if (seen.length === 0) return [];
    const isHigherBetter = PARITY_FIGURES[key].better === 'higher';
    const worst = seen.reduce((a, b) => ((isHigherBetter ? b.value < a.value : b.value > a.value) ? b : a));
    const pixels = seen.reduce((sum, image) => sum + image.pixels, 0);
    const pooled = seen.reduce((sum, image) => sum + Math.round(image.value * image.pixels), 0) / pixels;
    const threshold = thresholds[key];
    return [
      {
        key,
        value: key === 'labelAgreement' ? pooled : worst.value,
        worst: worst.sample,
        ...(threshold !== undefined && { threshold }),
      },
    ];
  });
  const nonFinite = images.reduce((sum, image) => sum + image.figures.nonFinite, 0);
  return {
    reference,
    images: images.length,
    wanted,
    figures,
    nonFinite,
    violations: [
      ...figures.flatMap(violationOf),
      ...unseen(images, thresholds),
      ...(nonFinite > 0 ? [`${nonFinite} values are finite in one of the two alone`] : []),
      ...(images.length < wanted ? [`only ${images.length} of ${wanted} images could be compared`] : []),
    ],
  };
}

/** A limit on what nobody gives would hold whatever happens. */
function unseen(images: readonly { readonly figures: ParityFigures }[], thresholds: ParityThresholds): string[] {
  const limited = PARITY_KEYS.filter((key) => thresholds[key] !== undefined);
  const missing = limited.filter((key) => images.some(({ figures }) => figures[key] === undefined));
  return missing.map((key) => `${key} has a threshold, but one of the two entries gives no such output`);
}

function violationOf({ key, value, worst, threshold }: ParityFigureRecord): string[] {
  if (threshold === undefined) return [];
  const isHigherBetter = PARITY_FIGURES[key].better === 'higher';
  if (isHigherBetter ? value >= threshold : value <= threshold) return [];
  const words = isHigherBetter ? 'at least' : 'at most';
  return [`${key} ${value} (${words} ${threshold} allowed; worst image ${worst})`];
}
