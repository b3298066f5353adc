import type { DepthRaster } from '../../../core/raster.ts';
import { median, robustDeviation } from '../../../stats/quantile.ts';
import type { DepthPixels } from '../evidence/depth.ts';
import type { Mistake, NotTestable, Try } from '../mistake.ts';
import { correlation, fitInverse } from './fits.ts';

type Depth = Mistake<'depth'>;

const MM = 'millimetres taken for metres';
/** Factors that bring a prediction to metres, and the mistake behind each. */
const UNITS: readonly (readonly [factor: number, words: string])[] = [
  [1e-3, MM],
  [1e-2, 'centimetres taken for metres'],
  [1e-1, 'decimetres taken for metres'],
  [1 / 256, 'the stored value of a x256 PNG taken for metres'],
  [1 / 5000, 'the stored value of a x5000 PNG taken for metres'],
  [1 / 800, 'the stored value of a x800 PNG taken for metres'],
  [1e3, 'metres divided by 1000 once too often'],
  [1e2, 'metres divided by 100 once too often'],
  [1e1, 'metres divided by 10 once too often'],
  [256, 'metres divided by 256 once too often'],
  [5000, 'metres divided by 5000 once too often'],
  [800, 'metres divided by 800 once too often'],
  [1000 / 5000, 'a x5000 PNG read as millimetres'],
  [5000 / 1000, 'a PNG of millimetres read as x5000'],
  [1000 / 256, 'a x256 PNG read as millimetres'],
  [256 / 1000, 'a PNG of millimetres read as x256'],
];
/** How near the middle ratio must be to a known factor, as a difference of logarithms: a network may be biased by as much. */
const NEAR = 0.12;
/** A smaller factor may be the bias of the network. */
const SMALLEST_FACTOR = Math.log(1.25);

/** Depth in another unit: a known factor. */
export const unit: Depth = {
  title: 'depth in another unit',
  least: 0.5,
  tries(evidence, { scaling }) {
    if (scaling !== 'none') return SCALED_ANYWAY;
    const { middle, spread, follows } = ratiosOf(evidence.images);
    const [factor, words] = nearestUnit(middle);
    const away = Math.abs(middle - Math.log(factor));
    return [
      {
        words: `prediction x ${shown(factor)}: ${words}`,
        mend: scaledBy(factor),
        doubt:
          away > NEAR
            ? `truth is ${shown(Math.exp(middle))} times the prediction, near no known unit`
            : spread > Math.min(0.5, Math.abs(Math.log(factor)) / 3)
              ? 'the ratio of truth to prediction differs too much from pixel to pixel'
              : disagrees(follows),
      },
    ];
  },
};

/** Any other factor that is the same everywhere. */
export const constantFactor: Depth = {
  title: 'depth off by a constant factor',
  least: 0.3,
  tries({ images }, { scaling }) {
    if (scaling !== 'none') return SCALED_ANYWAY;
    const { middle, spread, between, follows } = ratiosOf(images);
    const size = Math.abs(middle);
    return [
      {
        words: `prediction x ${shown(Math.exp(middle))}`,
        mend: scaledBy(Math.exp(middle)),
        doubt:
          size < SMALLEST_FACTOR
            ? `a factor of ${shown(Math.exp(middle))} may be the bias of the network`
            : spread > size / 2 || between > size / 2
              ? 'the ratio of truth to prediction is not the same everywhere'
              : disagrees(follows),
      },
    ];
  },
};

/** Each image in a scale of its own, as networks trained on video alone give it. */
export const medianScaling: Depth = {
  title: 'each image in a scale of its own (median scaling forgotten)',
  least: 0.4,
  tries({ images }, protocol) {
    if (protocol.scaling !== 'none') return SCALED_ANYWAY;
    const { spread, between, follows } = ratiosOf(images);
    return [
      {
        words: 'each prediction x median(truth) / median(prediction)',
        mend: () => ({ protocol: { ...protocol, scaling: 'median' } }),
        doubt:
          images.length < 3
            ? `whether the scale changes from image to image cannot be seen on ${images.length}`
            : between < 0.1 || between < 2 * spread
              ? 'the scale changes no more from image to image than inside an image'
              : disagrees(follows),
      },
    ];
  },
};

/** 1 / z, or disparity, scored as z. */
export const inverse: Depth = {
  title: 'inverse depth or disparity taken for depth',
  least: 0.3,
  tries({ images }) {
    const scale = Math.exp(median(valuesOf(images, (g, p) => Math.log(g * p)).filter(Number.isFinite)) || 0);
    const doubt = opposes(images);
    return [
      { words: '1 / prediction', mend: each((p) => 1 / p), doubt },
      { words: `${shown(scale)} / prediction`, mend: each((p) => scale / p), doubt },
      {
        words: '1 / (a x prediction + b), a and b fitted to each image',
        mend: (given, index) => {
          const fit = fitInverse(images[index]);
          return each((p) => 1 / (fit.a * p + fit.b))(given, index);
        },
        doubt,
      },
    ];
  },
};

const BASES: readonly (readonly [base: number, words: string])[] = [
  [Math.E, 'exp(prediction)'],
  [10, '10 ^ prediction'],
  [2, '2 ^ prediction'],
];

/** The logarithm of depth scored as depth. */
export const logDepth: Depth = {
  title: 'log depth taken for depth',
  least: 0.3,
  tries: ({ images }) =>
    BASES.map(([base, words]) => {
      const off = median(valuesOf(images, (g, p) => Math.abs(Math.log(g) - p * Math.log(base)))) || 0;
      const now = median(valuesOf(images, (g, p) => (p > 0 ? Math.abs(Math.log(g / p)) : 10))) || 0;
      return {
        words,
        mend: each((p) => base ** p),
        doubt:
          off > 0.3 || off > now / 2
            ? `half of the pixels would be off by a factor of ${shown(Math.exp(off))} or more`
            : disagrees(median(images.map(({ truthM, prediction }) => correlation(truthM.map(Math.log), prediction)))),
      };
    }),
};

const SCALED_ANYWAY: NotTestable = {
  reason: 'the protocol aligns each prediction with its truth, and no factor shows',
};

interface Ratios {
  /** Median of ln(truth / prediction), and its robust deviation inside an image and between images. */
  readonly middle: number;
  readonly spread: number;
  readonly between: number;
  /** Median over the images of the correlation of ln prediction with ln truth. */
  readonly follows: number;
}

/** Of pixels with a positive prediction; NaN where there are none. */
function ratiosOf(images: readonly DepthPixels[]): Ratios {
  const logs = images
    .map(({ truthM, prediction }) => Array.from(truthM, (g, i) => Math.log(g / prediction[i])).filter(Number.isFinite))
    .filter(({ length }) => length > 0);
  if (logs.length === 0) return { middle: Number.NaN, spread: Number.NaN, between: Number.NaN, follows: Number.NaN };
  return {
    middle: median(logs.flat()),
    spread: median(logs.map(robustDeviation)),
    between: robustDeviation(logs.map(median)),
    follows: median(images.map(logCorrelation)),
  };
}

function logCorrelation({ truthM, prediction }: DepthPixels): number {
  const kept = Array.from(prediction.keys()).filter((i) => prediction[i] > 0);
  return correlation(
    kept.map((i) => Math.log(truthM[i])),
    kept.map((i) => Math.log(prediction[i])),
  );
}

/** Written so that NaN is a doubt, too. */
const disagrees = (correlation: number) =>
  correlation > 0.3 ? undefined : 'the predictions do not get larger where the truth does';

function opposes(images: readonly DepthPixels[]): string | undefined {
  const found = images.length
    ? median(images.map(({ truthM, prediction }) => correlation(truthM.map(Math.log), prediction)))
    : 0;
  return found < -0.5 ? undefined : 'the predictions do not get smaller where the truth gets larger';
}

const valuesOf = (images: readonly DepthPixels[], value: (truthM: number, prediction: number) => number): number[] =>
  images.flatMap(({ truthM, prediction }) => Array.from(truthM, (g, i) => value(g, prediction[i])));

function nearestUnit(middle: number): readonly [number, string] {
  const away = (factor: number) => Math.abs(middle - Math.log(factor));
  return UNITS.reduce((best, candidate) => (away(candidate[0]) < away(best[0]) ? candidate : best));
}

const scaledBy = (factor: number) => each((p) => p * factor);

/** Where mending gives nothing finite, the prediction stays: it would not be better. */
function each(mended: (prediction: number) => number): Try<'depth'>['mend'] {
  return ({ prediction: { height, width, data } }) => {
    const result = new Float64Array(data.length);
    for (let i = 0; i < data.length; i++) {
      const value = mended(data[i]);
      result[i] = Number.isFinite(value) ? value : data[i];
    }
    const prediction: DepthRaster = { height, width, channels: 1, data: result };
    return { prediction };
  };
}

const shown = (value: number) => String(Number(value.toPrecision(3)));
