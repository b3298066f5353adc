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

export const CROPS = ['none', 'eigen-nyu', 'garg', 'eigen-kitti'] as const;
export type Crop = (typeof CROPS)[number];

export const SCALINGS = ['none', 'median'] as const;
export type Scaling = (typeof SCALINGS)[number];

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
 *   with the nearest point of each pixel (docs/data.md).
 * - `annotated`: KITTI's accumulated and checked depth (Uhrig et al. 2017).
 * - `exact`: of procedural data, at every pixel.
 */
export const DEPTH_TRUTHS = [
  'raw',
  'inpainted',
  'velodyne',
  'velodyne-corrected',
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
  /** `median`: the prediction of each image times median(truth) / median(prediction) over counted pixels, before clamping. */
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

/** A preset leaves open what the data set decides (classes, truth variant). */
export interface ProtocolPreset {
  readonly title: string;
  /** Where the rules come from. */
  readonly source: string;
  readonly depth: Omit<DepthProtocol, 'truth'>;
  readonly normals: NormalsProtocol;
}

/** Every registered preset, by id. A suite names them; `densebench score --protocol` starts from one. */
export const PROTOCOL_PRESETS = {
  'authors-nyud': {
    title: "the paper's NYUDv2 protocol: no crop, no cap, |prediction|, every measured pixel",
    source: 'Nekrasov et al., ICRA 2019, arXiv 1809.04766; RMSE as in DenseTorch',
    depth: { minimumM: 0, maximumM: null, crop: 'none', scaling: 'none', nonFinite: 'abs-strict' },
    normals: { crop: 'none' },
  },
  'eigen-nyu': {
    title: 'Eigen crop, truth in (0.001, 10) m, prediction clamped to it',
    source: 'Eigen et al. 2014, as run by BTS (Lee et al. 2019), AdaBins and ZoeDepth: rows 45..470, columns 41..600',
    depth: { minimumM: 1e-3, maximumM: 10, crop: 'eigen-nyu', scaling: 'none', nonFinite: 'clamp' },
    normals: { crop: 'eigen-nyu' },
  },
} as const satisfies Record<string, ProtocolPreset>;
export type ProtocolId = keyof typeof PROTOCOL_PRESETS;

/**
 * The fingerprint of one figure: a hash of everything that decides its value apart from the data. Figures whose
 * fingerprints differ are never ranked against each other.
 */
export function readingFingerprint(parts: {
  metric: string;
  version: number;
  pooling: string;
  protocol: SegmentationProtocol | DepthProtocol | NormalsProtocol;
}): string {
  return fingerprint({ ...parts, resize: 'prediction brought to the size of the truth', testTimeAugmentation: 'none' });
}
