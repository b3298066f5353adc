/**
 * How far two predictors differ on the same images. Each figure of one image is a plain number; over several images the
 * worst counts, but for the share of equal labels, which is pooled over all pixels.
 */
export const PARITY_FIGURES = {
  logitMax: { label: 'max |logit|', unit: '', better: 'lower', meaning: 'largest difference of two raw logits' },
  logitP999: {
    label: 'p99.9 |logit|',
    unit: '',
    better: 'lower',
    meaning: '99.9 % of the logits of an image differ less',
  },
  labelAgreement: { label: 'labels equal', unit: '%', better: 'higher', meaning: 'pixels with the same class' },
  depthMaxM: { label: 'max |depth|', unit: 'm', better: 'lower', meaning: 'largest difference of two depths' },
  depthP999M: {
    label: 'p99.9 |depth|',
    unit: 'm',
    better: 'lower',
    meaning: '99.9 % of the depths of an image differ less',
  },
  normalsMaxDeg: { label: 'max angle', unit: '°', better: 'lower', meaning: 'largest angle between two normals' },
  normalsP999Deg: {
    label: 'p99.9 angle',
    unit: '°',
    better: 'lower',
    meaning: '99.9 % of the normals of an image differ less',
  },
} as const;
export type ParityFigure = keyof typeof PARITY_FIGURES;
export const PARITY_KEYS = Object.keys(PARITY_FIGURES) as ParityFigure[];

/** One image of one predictor against the reference. */
export interface ParityFigures extends Readonly<Partial<Record<ParityFigure, number>>> {
  /** Values that are finite in one of the two alone; they are in no other figure. */
  readonly nonFinite: number;
  /** Of the label maps. */
  readonly pixels?: number;
}

/** Limits that a figure must keep: at most, or for labelAgreement at least. */
export type ParityThresholds = Readonly<Partial<Record<ParityFigure, number>>>;

export interface ParityFigureRecord {
  readonly key: ParityFigure;
  readonly value: number;
  /** The sample at which this figure is worst. */
  readonly worst: string;
  readonly threshold?: number;
}

/** One entry against the suite's reference entry, on the same images. */
export interface ParityRecord {
  readonly reference: string;
  /** Images compared, and images that should have been. */
  readonly images: number;
  readonly wanted: number;
  readonly figures: readonly ParityFigureRecord[];
  readonly nonFinite: number;
  /** What breaks the thresholds, in words; empty when all hold. */
  readonly violations: readonly string[];
}
