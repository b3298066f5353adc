import { fingerprint } from './canonical.ts';
import type { Task } from './tasks.ts';

/**
 * What decides which pixels count and how a prediction is treated before it is compared. All of it is fixed when a
 * tally is made; pooling and the absent-class rule are chosen when a tally is read.
 */
export interface SegmentationProtocol {
  /** C: valid train ids are 0..C-1. */
  readonly classes: number;
  /** Truth of this id is not counted. */
  readonly ignore: number;
  /** Name of the class list, e.g. "nyud40"; "unknown" equals nothing. */
  readonly taxonomy: string;
}

/**
 * Boxes of pixels; src/metrics/crop.ts has their numbers.
 * - `eigen-nyu`: Eigen's crop of NYUDv2, as Python programs run it.
 * - `nyu-valid`: where NYUDv2's toolbox has projected depth; GeoNet's crop. The same numbers, counted from 1.
 * - `garg`, `eigen-kitti`: fractions of a KITTI image.
 * - `kb`: the size of KITTI's benchmark images, cut at the bottom in the middle.
 */
export const CROPS = ['none', 'eigen-nyu', 'nyu-valid', 'garg', 'eigen-kitti', 'kb'] as const;
export type Crop = (typeof CROPS)[number];

/**
 * How the prediction p of each image is aligned with the truth g before it is clamped, over the counted pixels:
 * - `median`: p x median(g) / median(p).
 * - `scale`, `scale-shift`: s p, s p + t, least squares in depth.
 * - `disparity-scale`, `disparity-scale-shift`: 1 / (s / p), 1 / (s / p + t), least squares in inverse depth.
 */
export const SCALINGS = ['none', 'median', 'scale', 'scale-shift', 'disparity-scale', 'disparity-scale-shift'] as const;
export type Scaling = (typeof SCALINGS)[number];

/** `devkit`: predictions of 0 and NaN are missing, and filled as KITTI's depth devkit does it. */
export const FILLS = ['none', 'devkit'] as const;
type Fill = (typeof FILLS)[number];

/**
 * - `strict`: a non-finite prediction on a counted pixel makes the depth readings undefined; nothing is clamped.
 * - `abs-strict`: |prediction|, then `strict` (the authors' post-processing).
 * - `clamp`: below the minimum and -Inf -> minimum, above the maximum and +Inf -> maximum, NaN -> minimum (BTS).
 * - `abs-first`: |prediction|, then `clamp`.
 */
export const NON_FINITE_RULES = ['strict', 'abs-strict', 'clamp', 'abs-first'] as const;
export type NonFiniteRule = (typeof NON_FINITE_RULES)[number];

/**
 * - `raw`, `inpainted`: NYUDv2's depth as the camera measured it, and with its holes filled by the data set's authors.
 * - `velodyne`, `velodyne-corrected`: KITTI's laser scan projected into the image, as the field's programs do it, and
 *   with the nearest point of each pixel; `velodyne-forward`: the first, but the scanner's own forward distance in place
 *   of z-depth, which is what monodepth2 exports (docs/data.md).
 * - `annotated`: KITTI's accumulated and checked depth (Uhrig et al. 2017).
 * - `exact`: of procedural data, at every pixel.
 */
export const DEPTH_TRUTHS = [
  'raw',
  'inpainted',
  'velodyne',
  'velodyne-corrected',
  'velodyne-forward',
  'annotated',
  'exact',
  'as-given',
] as const;
export type DepthTruth = (typeof DEPTH_TRUTHS)[number];

export interface DepthProtocol {
  /** Which depth of the data set is the truth. */
  readonly truth: DepthTruth;
  /** A truth counts if minimumM < truth, strictly. Metres. */
  readonly minimumM: number;
  /** ... and truth < maximumM, strictly; null = no cap. Metres. */
  readonly maximumM: number | null;
  readonly crop: Crop;
  /** Left out = none: fingerprints from before there was a filling stay true. */
  readonly fill?: Exclude<Fill, 'none'>;
  readonly scaling: Scaling;
  readonly nonFinite: NonFiniteRule;
}

export interface NormalsProtocol {
  readonly crop: Crop;
}

export interface TaskProtocols {
  segmentation: SegmentationProtocol;
  depth: DepthProtocol;
  normals: NormalsProtocol;
}

/** One protocol of a run: a name and what it fixes for each task that it covers. */
export type Protocol = { readonly id: string } & { readonly [T in Task]?: TaskProtocols[T] };

/**
 * The fingerprint of one figure: a hash of everything that decides its value apart from the data. Figures whose
 * fingerprints differ are never ranked against each other.
 */
export function readingFingerprint(parts: {
  metric: string;
  version: number;
  pooling: string;
  protocol: SegmentationProtocol | DepthProtocol | NormalsProtocol;
  /** Of Figure. */
  among?: string;
}): string {
  return fingerprint({ ...parts, resize: 'prediction brought to the size of the truth', testTimeAugmentation: 'none' });
}
