import { shiftDecimal } from '../core/decimal.ts';
import type { Better, Pooling } from '../core/reading.ts';

/** How a figure looks in a report, and what it means. Inside the program everything stays a fraction or SI. */
interface FigureStyle {
  readonly label: string;
  /** A fraction that readers know as a percentage. */
  readonly percent?: true;
  readonly decimals: number;
  readonly meaning: string;
  /** The pooling that needs no word; default "pixel". */
  readonly pooling?: Pooling;
}

const IOU = 'intersection over union';
const within = (label: string, degrees: string): FigureStyle => ({
  label,
  percent: true,
  decimals: 2,
  meaning: `share of pixels whose normal is less than ${degrees} degrees off`,
});
const delta = (label: string, power: string): FigureStyle => ({
  label,
  percent: true,
  decimals: 2,
  meaning: `share of pixels where max(prediction / truth, truth / prediction) < 1.25${power}`,
});

const NON_FINITE: FigureStyle = {
  label: 'non-finite',
  decimals: 0,
  meaning: 'counted pixels whose prediction is NaN or infinite',
};

const FIGURES: Readonly<Record<string, FigureStyle>> = {
  'segmentation/mIoU': {
    label: 'mIoU',
    percent: true,
    decimals: 2,
    meaning: `mean ${IOU} over the classes that occur in truth or prediction`,
  },
  'segmentation/mIoU:absent-one': {
    label: 'mIoU (absent = 1)',
    percent: true,
    decimals: 2,
    meaning: `mean ${IOU} over all classes, an absent class counting 1`,
  },
  'segmentation/mIoU:absent-zero': {
    label: 'mIoU (absent = 0)',
    percent: true,
    decimals: 2,
    meaning: `mean ${IOU} over all classes, an absent class counting 0`,
  },
  'segmentation/mIoU:truth-present': {
    label: 'mIoU (in truth)',
    percent: true,
    decimals: 2,
    meaning: `mean ${IOU} over the classes that occur in the truth`,
  },
  'segmentation/pixelAccuracy': {
    label: 'pixel acc.',
    percent: true,
    decimals: 2,
    meaning: 'share of pixels with the right class',
  },
  'segmentation/meanAccuracy': {
    label: 'mean acc.',
    percent: true,
    decimals: 2,
    meaning: 'mean over the classes in the truth of the share of their pixels that were found',
  },
  'segmentation/fwIoU': {
    label: 'fwIoU',
    percent: true,
    decimals: 2,
    meaning: `${IOU} of each class, weighted by how often the truth has it`,
  },
  'segmentation/outOfRange': { label: 'out of range', decimals: 0, meaning: 'predicted ids that are no class' },
  'segmentation/mIoU:open': {
    label: 'mIoU (open)',
    percent: true,
    decimals: 2,
    meaning: `mean ${IOU} when the largest of all data sets' channels is taken; one of another data set is wrong`,
  },
  'segmentation/pixelAccuracy:open': {
    label: 'pixel acc. (open)',
    percent: true,
    decimals: 2,
    meaning: "share of pixels with the right class when the largest of all data sets' channels is taken",
  },
  'segmentation/gap': {
    label: 'gap',
    percent: true,
    decimals: 2,
    meaning: 'mIoU among the classes of its own data set, less mIoU among those of all data sets of the network',
  },
  'segmentation/leak': {
    label: 'leak',
    percent: true,
    decimals: 2,
    meaning: 'share of pixels whose largest channel is of another data set',
  },
  'segmentation/sliceMass': {
    label: 'slice mass',
    pooling: 'image',
    percent: true,
    decimals: 2,
    meaning:
      'share of the softmax over all channels that its own data set gets, mean over the cells of the output, then over images',
  },
  'segmentation/dataSetAccuracy': {
    label: 'data set acc.',
    pooling: 'image',
    percent: true,
    decimals: 2,
    meaning: 'share of images whose own data set has the largest log-sum-exp of the logits',
  },
  'depth/rmse': { label: 'RMSE', decimals: 3, meaning: 'root of the mean squared difference of the depths' },
  'depth/rmseLog': {
    label: 'RMSE log',
    decimals: 3,
    meaning: 'root of the mean squared difference of the natural logarithms of the depths',
  },
  'depth/absRel': { label: 'absRel', decimals: 3, meaning: 'mean of |prediction - truth| / truth' },
  'depth/sqRel': { label: 'sqRel', decimals: 3, meaning: 'mean of (prediction - truth)² / truth' },
  'depth/sqRel:devkit': { label: 'sqRel (devkit)', decimals: 4, meaning: 'mean of (prediction - truth)² / truth²' },
  'depth/log10': { label: 'log10', decimals: 3, meaning: 'mean of |log10 prediction - log10 truth|' },
  'depth/silog': {
    label: 'SILog',
    decimals: 3,
    meaning: 'standard deviation of the difference of natural logarithms (no factor of 100)',
  },
  'depth/irmse': { label: 'iRMSE', decimals: 2, meaning: 'root of the mean squared difference of inverse depths' },
  'depth/mae': { label: 'MAE', decimals: 3, meaning: 'mean of |prediction - truth|' },
  'depth/delta1': delta('δ₁', ''),
  'depth/delta2': delta('δ₂', '²'),
  'depth/delta3': delta('δ₃', '³'),
  'depth/nonFinite': NON_FINITE,
  'depth/nonPositive': {
    label: 'non-positive',
    decimals: 0,
    meaning: 'counted pixels whose prediction is zero or negative',
  },
  'normals/nonFinite': NON_FINITE,
  'normals/meanDeg': { label: 'mean angle', decimals: 2, meaning: 'mean angle between predicted and true normal' },
  'normals/medianDeg': {
    label: 'median angle',
    decimals: 2,
    meaning: 'median angle between predicted and true normal, over all pixels of all images',
  },
  'normals/rmseDeg': {
    label: 'RMSE angle',
    decimals: 2,
    meaning: 'root of the mean squared angle between predicted and true normal',
  },
  'normals/within5': within('< 5°', '5'),
  'normals/within7_5': within('< 7.5°', '7.5'),
  'normals/within11_25': within('< 11.25°', '11.25'),
  'normals/within22_5': within('< 22.5°', '22.5'),
  'normals/within30': within('< 30°', '30'),
  'labels/kept': {
    label: 'kept',
    percent: true,
    decimals: 1,
    meaning: 'share of all pixels that keep their label',
  },
  'labels/coverage': {
    label: 'coverage',
    percent: true,
    decimals: 1,
    meaning: 'share of the pixels with a truth that keep their label',
  },
  'labels/precision': {
    label: 'precision',
    percent: true,
    decimals: 2,
    meaning: 'share of the kept labels that are right',
  },
  'labels/mIoU': {
    label: 'sel. mIoU',
    percent: true,
    decimals: 2,
    meaning: `mean ${IOU} over the kept labels alone`,
  },
  'labels/AURC': {
    label: 'AURC',
    decimals: 4,
    meaning: 'area under the risk-coverage curve: mean error rate of the surest pixels over every coverage',
  },
  'labels/E-AURC': {
    label: 'E-AURC',
    decimals: 4,
    meaning: 'AURC less the least that any ranking of as many errors has',
  },
  'labels/ECE': {
    label: 'ECE',
    decimals: 4,
    meaning: 'expected calibration error, 15 bins: how far the score is from the share of right labels',
  },
};

/** The columns of a table whose suite names none, for each task in this order. */
export const DEFAULT_COLUMNS: readonly string[] = [
  'segmentation/mIoU',
  'depth/rmse',
  'depth/rmseLog',
  'depth/absRel',
  'depth/delta1',
  'normals/meanDeg',
  'normals/medianDeg',
  'normals/within11_25',
];

/** Sorts keys as the registry above has them; keys that it does not know come last. */
export function figureOrder(a: string, b: string): number {
  const order = Object.keys(FIGURES);
  const at = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  return at(a) - at(b);
}

const CLASS_IOU = 'segmentation/IoU:';

/** The class that a per-class figure is about, or undefined. */
export const classOf = (key: string): string | undefined =>
  key.startsWith(CLASS_IOU) ? key.slice(CLASS_IOU.length) : undefined;

function styleOf(key: string): FigureStyle {
  const known = Object.hasOwn(FIGURES, key) ? FIGURES[key] : undefined;
  if (known) return known;
  const name = classOf(key);
  if (name !== undefined) return { label: `IoU ${name}`, percent: true, decimals: 2, meaning: `${IOU} of one class` };
  return { label: key, decimals: 3, meaning: '' };
}

export const POOLED_OVER: Readonly<Record<Pooling, string>> = { pixel: 'pixels', image: 'images', 'image-rms': 'rms' };

const UNIT_WORDS: Readonly<Record<string, string>> = { '1': '', deg: '°' };

export interface FigureHeading {
  readonly label: string;
  /** "" for a plain ratio. */
  readonly unit: string;
  /** What the figure is, for a glossary; "" for one that this version does not know. */
  readonly meaning: string;
}

export function headingOf(key: string, pooling: Pooling, unit: string): FigureHeading {
  const { label, percent, meaning, pooling: usual = 'pixel' } = styleOf(key);
  const pooled = pooling === usual ? '' : pooling === 'image' ? ' (per image)' : ' (rms of images)';
  return { label: `${label}${pooled}`, unit: percent ? '%' : (UNIT_WORDS[unit] ?? unit), meaning };
}

export const arrowOf = (better: Better): string => ({ higher: '↑', lower: '↓', neither: '' })[better];

/** A measured value for people: percent or SI, rounded for its figure. Never prints a small value as zero. */
export function formatMeasured(key: string, value: number): string {
  const { percent, decimals } = styleOf(key);
  return fixed(percent ? shiftDecimal(value, 2) : value, decimals);
}

/** A published value with the digits that were printed, no more. */
export function formatPrinted(key: string, value: number): string {
  return String(styleOf(key).percent ? shiftDecimal(value, 2) : value);
}

/** `decimals` digits after the point; what would round to zero keeps two significant digits instead. */
export function fixed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  if (value !== 0 && Number(text) === 0) return value.toPrecision(2);
  return Number(text) === 0 ? (0).toFixed(decimals) : text;
}

/** 1234567 -> "1 234 567", with spaces that do not break. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f');
