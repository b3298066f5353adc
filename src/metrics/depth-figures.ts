import type { DepthProtocol } from '../core/protocol.ts';
import { type Better, type Figure, figure, type Pooling } from '../core/reading.ts';
import type { DepthTally } from './depth.ts';
import { inWords, type Place } from './place.ts';

const M_PER_KM = 1000;

interface Definition {
  readonly name: string;
  readonly unit: string;
  readonly better: Better;
  /** Not defined where a prediction is zero or negative. */
  readonly needsPositive?: true;
  readonly value: (sums: DepthTally) => number;
  /** A root: also read as the root of the mean of squared per-image values. */
  readonly root?: true;
}

/**
 * n counted pixels, g = truth and p = prediction in metres, d = ln p - ln g. Eigen et al. 2014 for absRel, sqRel, rmse,
 * rmseLog and the deltas; the KITTI devkit for silog (a plain root, not x100), irmse and sqRel:devkit (over g^2).
 */
const DEFINITIONS: readonly Definition[] = [
  { name: 'absRel', unit: '1', better: 'lower', value: (s) => s.relative / s.pixels },
  { name: 'sqRel', unit: 'm', better: 'lower', value: (s) => s.squaredRelative / s.pixels },
  { name: 'sqRel:devkit', unit: '1', better: 'lower', value: (s) => s.squaredRelativeDevkit / s.pixels },
  { name: 'rmse', unit: 'm', better: 'lower', value: (s) => Math.sqrt(s.squared / s.pixels), root: true },
  {
    name: 'rmseLog',
    unit: '1',
    better: 'lower',
    needsPositive: true,
    value: (s) => Math.sqrt(s.logSquared / s.pixels),
    root: true,
  },
  {
    name: 'log10',
    unit: '1',
    better: 'lower',
    needsPositive: true,
    value: (s) => s.logAbsolute / s.pixels / Math.LN10,
  },
  { name: 'silog', unit: '1', better: 'lower', needsPositive: true, value: silog },
  {
    name: 'irmse',
    unit: '1/km',
    better: 'lower',
    needsPositive: true,
    value: (s) => Math.sqrt(s.inverseSquared / s.pixels) * M_PER_KM,
  },
  { name: 'mae', unit: 'm', better: 'lower', value: (s) => s.absolute / s.pixels },
  { name: 'delta1', unit: '1', better: 'higher', value: (s) => s.within1 / s.pixels },
  { name: 'delta2', unit: '1', better: 'higher', value: (s) => s.within2 / s.pixels },
  { name: 'delta3', unit: '1', better: 'higher', value: (s) => s.within3 / s.pixels },
];

function silog(s: DepthTally): number {
  const mean = s.log / s.pixels;
  // A constant factor gives 0 in exact arithmetic and may give a small negative number here.
  return Math.sqrt(Math.max(0, s.logSquared / s.pixels - mean * mean));
}

/** Names of the fields of a tally that are counts or sums. */
type Summable = { [K in keyof DepthTally]-?: number extends DepthTally[K] ? K : never }[keyof DepthTally];
const SUMMED: readonly Summable[] = [
  'pixels',
  'nonFinite',
  'nonPositive',
  'leftNonFinite',
  'leftNonPositive',
  'absolute',
  'squared',
  'relative',
  'squaredRelative',
  'squaredRelativeDevkit',
  'log',
  'logAbsolute',
  'logSquared',
  'inverseSquared',
  'within1',
  'within2',
  'within3',
];

/** All depth figures, over pixels and over images. */
export function depthFigures(tallies: Iterable<DepthTally>, protocol: DepthProtocol): Figure[] {
  const total = Object.fromEntries(SUMMED.map((field) => [field, 0])) as Record<Summable, number>;
  const imageSums = DEFINITIONS.map(() => 0);
  const imageSquares = DEFINITIONS.map(() => 0);
  let countedImages = 0;
  let firstNonFinite: Place | undefined;
  let firstNonPositive: Place | undefined;
  let problem: string | undefined;
  for (const tally of tallies) {
    for (const field of SUMMED) total[field] += tally[field];
    firstNonFinite ??= tally.firstNonFinite;
    firstNonPositive ??= tally.firstNonPositive;
    problem ??= tally.problem;
    if (tally.pixels === 0) continue;
    countedImages++;
    DEFINITIONS.forEach(({ value }, k) => {
      const v = value(tally);
      imageSums[k] += v;
      imageSquares[k] += v * v;
    });
  }
  const nothing = problem ?? (total.pixels === 0 ? `no counted pixel: ${noTruth(protocol)}` : undefined);
  const blocked =
    nothing ?? reasonOf(total.leftNonFinite, 'non-finite prediction(s) on counted pixels', firstNonFinite);
  const blockedLog =
    blocked ??
    reasonOf(total.leftNonPositive, 'prediction(s) of zero or less on counted pixels, no logarithm', firstNonPositive);
  const figures = DEFINITIONS.flatMap(({ name, unit, better, needsPositive, value, root }, k) => {
    const reason = needsPositive ? blockedLog : blocked;
    const read = (pooling: Pooling, v: number, count: number) =>
      figure({ key: `depth/${name}`, unit, better, pooling }, v, count, reason);
    return [
      read('pixel', value(total), total.pixels),
      read('image', imageSums[k] / countedImages, countedImages),
      ...(root ? [read('image-rms', Math.sqrt(imageSquares[k] / countedImages), countedImages)] : []),
    ];
  });
  const given = (name: string, count: number): Figure =>
    figure({ key: `depth/${name}`, unit: 'pixels', better: 'lower', pooling: 'pixel' }, count, total.pixels, nothing);
  return [...figures, given('nonFinite', total.nonFinite), given('nonPositive', total.nonPositive)];
}

function reasonOf(count: number, what: string, first: Place | undefined): string | undefined {
  if (count === 0) return undefined;
  return `${count} ${what}${first ? `, the first at ${inWords(first)}` : ''}`;
}

function noTruth({ minimumM, maximumM, crop }: DepthProtocol): string {
  const range = maximumM === null ? `above ${minimumM} m` : `between ${minimumM} and ${maximumM} m`;
  return `no measured truth ${range}${crop === 'none' ? '' : ` inside the crop "${crop}"`}`;
}
