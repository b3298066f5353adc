import type {
  Crop,
  DepthProtocol,
  DepthTruth,
  NonFiniteRule,
  NormalsProtocol,
  Scaling,
  SegmentationProtocol,
  TaskProtocols,
} from './protocol.ts';
import type { Task } from './tasks.ts';

const CROP_WORDS: Readonly<Record<Crop, string>> = {
  none: 'the whole image',
  'eigen-nyu': 'rows 45 to 470 and columns 41 to 600 (Eigen crop, counted from 0)',
  'nyu-valid': "rows 44 to 470 and columns 40 to 600 (valid box of NYUDv2's depth camera, counted from 0)",
  garg: 'rows 0.40810811 to 0.99189189 of the height and columns 0.03594771 to 0.96405229 of the width (Garg crop)',
  'eigen-kitti':
    'rows 0.3324324 to 0.91351351 of the height and columns 0.0359477 to 0.96405229 of the width (Eigen crop)',
  kb: "the 352 rows at the bottom and the 1216 columns in the middle (size of KITTI's benchmark images)",
};

const SCALING_WORDS: Readonly<Record<Scaling, string>> = {
  none: 'predictions are not rescaled',
  median: 'each prediction is scaled by median(truth) / median(prediction) of its image',
  scale: 'each prediction is scaled by the factor that fits its image best (least squares in depth)',
  'scale-shift': 'each prediction is scaled and shifted as fits its image best (least squares in depth)',
  'disparity-scale':
    'each prediction is scaled by the factor that fits its image best (least squares in inverse depth)',
  'disparity-scale-shift':
    'the inverse of each prediction is scaled and shifted as fits its image best (least squares in inverse depth)',
};

const TRUTH_WORDS: Readonly<Record<DepthTruth, string>> = {
  raw: 'raw truth',
  inpainted: 'in-painted truth',
  velodyne: "truth from the laser scan, projected as the field's programs do it",
  'velodyne-corrected': 'truth from the laser scan, the nearest point of each pixel',
  'velodyne-forward': "truth from the laser scan, the scanner's forward distance in place of z-depth",
  annotated: 'annotated truth (accumulated laser scans)',
  exact: 'exact truth of procedural data',
  'as-given': 'truth as given',
};

const NON_FINITE_WORDS: Readonly<Record<NonFiniteRule, string>> = {
  strict:
    'predictions are taken as they are, and one non-finite prediction on a counted pixel leaves the figures undefined',
  'abs-strict':
    'the absolute value of the prediction is taken, and one non-finite prediction on a counted pixel leaves the figures undefined',
  clamp: 'predictions are clamped to the range of the truth (NaN to its minimum)',
  'abs-first':
    'the absolute value of the prediction is taken and clamped to the range of the truth (NaN to its minimum)',
};

function segmentationWords({ classes, ignore, taxonomy }: SegmentationProtocol): string {
  return (
    `${classes} classes (${taxonomy}); every pixel of the whole image whose truth is not ${ignore}; ` +
    `a prediction outside 0..${classes - 1} counts as wrong; one confusion matrix over all images; ` +
    'mIoU is the mean over classes that occur in truth or prediction, so that absent classes are left out'
  );
}

function depthWords({ truth, minimumM, maximumM, crop, fill, scaling, nonFinite }: DepthProtocol): string {
  const range = maximumM === null ? `truth > ${minimumM} m, no cap` : `${minimumM} m < truth < ${maximumM} m`;
  return [
    TRUTH_WORDS[truth],
    CROP_WORDS[crop],
    range,
    ...(fill ? ["predictions of 0 and NaN are missing, and filled as KITTI's devkit does it"] : []),
    SCALING_WORDS[scaling],
    NON_FINITE_WORDS[nonFinite],
  ].join('; ');
}

function normalsWords({ crop }: NormalsProtocol): string {
  return `${CROP_WORDS[crop]}, wherever the truth has a normal; a zero vector counts as 90 degrees off`;
}

/** What a protocol fixes for each of its tasks, in words: which pixels count, and what is done to a prediction first. */
export function protocolWords(protocol: { readonly [T in Task]?: TaskProtocols[T] }): { task: Task; words: string }[] {
  const { segmentation, depth, normals } = protocol;
  return [
    ...(segmentation ? [{ task: 'segmentation' as const, words: segmentationWords(segmentation) }] : []),
    ...(depth ? [{ task: 'depth' as const, words: depthWords(depth) }] : []),
    ...(normals ? [{ task: 'normals' as const, words: normalsWords(normals) }] : []),
  ];
}
