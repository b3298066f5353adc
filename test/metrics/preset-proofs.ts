import type { ProtocolId } from '../../src/core/protocol-presets.ts';
import type { DepthRaster } from '../../src/core/raster.ts';
import type { Pooling } from '../../src/core/reading.ts';
import type { Task } from '../../src/core/tasks.ts';
import { readDepth } from '../../src/formats/maps.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';
import { type GoldenImage, goldenImages, goldenNumbers, lacksCase } from './golden.ts';

type Wanted = Readonly<Record<string, number>>;

/** What another program printed for images, as our figures ("key" or "key@pooling"). */
export interface Proof {
  readonly task: Task;
  /** The program, or what stands for it. */
  readonly by: string;
  readonly skip: boolean;
  readonly images: () => Promise<readonly GoldenImage<Task>[]>;
  readonly want: () => Wanted | Promise<Wanted>;
  readonly classes?: number;
  /** Allowed difference of a figure whose wanted value is given: relative unless `absolute`. */
  readonly within: (name: string) => { readonly relative?: number; readonly absolute?: number };
}

type Numbers = ReturnType<typeof goldenNumbers>;
const relative = (tolerance: number) => () => ({ relative: tolerance });
const golden = (task: Task, name: string) => ({
  task,
  skip: lacksCase(task, name),
  images: () => goldenImages(task, name) as Promise<GoldenImage<Task>[]>,
});

// ---- segmentation

function segmentation(by: string, fields: Wanted | ((numbers: Numbers) => Wanted), tolerance: number): Proof[] {
  return ['nyud40_large', 'kitti6', 'constant_prediction', 'perfect', 'all_ignored_middle'].map((name) => ({
    ...golden('segmentation', name),
    by: `${by}: ${name}`,
    classes: name === 'kitti6' ? 6 : 40,
    want: () => (typeof fields === 'function' ? fields(goldenNumbers('segmentation', name)) : fields),
    within: relative(tolerance),
  }));
}
const DENSETORCH_MIOU = segmentation(
  "the authors' engine/miou.pyx",
  (numbers) => ({ 'segmentation/mIoU': numbers.authors_densetorch.mean_iou }),
  1e-12,
);

const MMEVAL = segmentation(
  'mmeval MeanIoU',
  ({ mmeval_MeanIoU: { aAcc, mIoU, mAcc } }) => ({
    'segmentation/pixelAccuracy': aAcc,
    'segmentation/mIoU': mIoU,
    'segmentation/meanAccuracy': mAcc,
  }),
  1e-12,
);

// ---- depth

const DEPTH_FIELDS: Readonly<Record<string, string>> = {
  'depth/absRel': 'abs_rel',
  'depth/sqRel': 'sq_rel',
  'depth/sqRel:devkit': 'sq_rel_devkit',
  'depth/rmse': 'rmse',
  'depth/rmseLog': 'rmse_log',
  'depth/log10': 'log10',
  'depth/silog': 'silog',
  'depth/mae': 'mae',
  'depth/delta1': 'd1',
  'depth/delta2': 'd2',
  'depth/delta3': 'd3',
};
/** Golden fields as figures over images; BTS and its kin print silog x100. */
function perImage(fields: Readonly<Record<string, number>>): Wanted {
  const all = { ...fields, ...(fields.silog_x100 !== undefined && { silog: fields.silog_x100 / 100 }) } as Wanted;
  return Object.fromEntries(
    Object.entries(DEPTH_FIELDS).flatMap(([key, field]) => (field in all ? [[`${key}@image`, all[field]]] : [])),
  );
}

const bts = (name: string, variant: string): Proof => ({
  ...golden('depth', name),
  by: `BTS eval(): ${name}`,
  want: () => perImage(goldenNumbers('depth', name).references[`bts_eval_${variant}`].mean_over_images),
  within: relative(1e-5),
});
const monodepth2 = (variant: string): Proof => ({
  ...golden('depth', 'kitti_sparse'),
  by: `monodepth2 evaluate(): ${variant}`,
  want: () => perImage(goldenNumbers('depth', 'kitti_sparse').references[variant].mean_over_images),
  // Its predictions pass through 1/x in float32, which turns pixels at exactly 1.25.
  within: (name) => ({ relative: name.includes('delta') ? 2e-4 : 1e-6 }),
});
const float64 = (name: string, protocol: string): Proof => ({
  ...golden('depth', name),
  by: `NumPy in float64: ${name} ${protocol}`,
  want: () => perImage(goldenNumbers('depth', name).protocols[protocol].mean_over_images),
  within: relative(1e-9),
});
const densetorchRmse = (name: string): Proof => ({
  ...golden('depth', name),
  by: `the authors' engine/metrics.py: ${name}`,
  want: () => ({ 'depth/rmse': goldenNumbers('depth', name).references.densetorch_RMSE.value }),
  // It sums in float32.
  within: relative(1e-7),
});

const devkitFile = (part: string, image: number) =>
  ['golden', 'metrics', 'depth', 'kitti_devkit', part, `000000000${image}.png`] as const;
const devkit = (image: number, by: string, want: (numbers: Numbers) => Wanted, tolerance: number): Proof => ({
  task: 'depth',
  by: `${by}: image ${image}`,
  skip: needsShared(...devkitFile('pred', image)).skip,
  images: async () => {
    const file = (part: string) =>
      readDepth(sharedPath(...devkitFile(part, image)), { scale: 1 / 256, scaleOption: '--scale' });
    return [{ prediction: await file('pred'), target: await file('gt') }];
  },
  want: () => want(goldenNumbers('depth', 'kitti_devkit/devkit')),
  within: relative(tolerance),
});

/** No run of the source's own program is at hand: its formulas, written once more over lists of counted pixels. */
function restated(
  by: string,
  pooling: Pooling,
  images: () => Promise<readonly GoldenImage<'depth'>[]> | readonly GoldenImage<'depth'>[],
  counts: (g: number, row: number, column: number) => boolean,
  treat: (p: number) => number,
  skip = false,
): Proof {
  return {
    task: 'depth',
    by: `restated: ${by}`,
    skip,
    images: async () => (await images()) as readonly GoldenImage<Task>[],
    want: async () => {
      const lists = (await images()).map(({ prediction, target }) =>
        Array.from(target.data, (g, i) => ({ g, p: treat(prediction.data[i]), i })).filter(({ g, i }) =>
          counts(g, Math.floor(i / target.width), i % target.width),
        ),
      );
      const groups = pooling === 'image' ? lists : [lists.flat()];
      const mean = (of: (pair: { g: number; p: number }) => number, root = false) =>
        groups.reduce((sum, pairs) => {
          const value = pairs.reduce((s, pair) => s + of(pair), 0) / pairs.length;
          return sum + (root ? Math.sqrt(value) : value);
        }, 0) / groups.length;
      const below = (limit: number) => mean(({ g, p }) => (Math.max(g / p, p / g) < limit ? 1 : 0));
      const at = pooling === 'image' ? '@image' : '';
      return {
        [`depth/absRel${at}`]: mean(({ g, p }) => Math.abs(g - p) / g),
        [`depth/sqRel${at}`]: mean(({ g, p }) => (g - p) ** 2 / g),
        [`depth/rmse${at}`]: mean(({ g, p }) => (g - p) ** 2, true),
        [`depth/rmseLog${at}`]: mean(({ g, p }) => (Math.log(g) - Math.log(p)) ** 2, true),
        [`depth/log10${at}`]: mean(({ g, p }) => Math.abs(Math.log10(g) - Math.log10(p))),
        [`depth/delta1${at}`]: below(1.25),
        [`depth/delta2${at}`]: below(1.25 ** 2),
        [`depth/delta3${at}`]: below(1.25 ** 3),
      };
    },
    within: relative(1e-9),
  };
}
const kittiSparse = () => goldenImages('depth', 'kitti_sparse');
const lacksKitti = lacksCase('depth', 'kitti_sparse');

/** NYUDv2's size, with depths that differ from pixel to pixel, so that a box that is off by one changes every figure. */
const frame = (seed: number): GoldenImage<'depth'> => {
  const map = (phase: number): DepthRaster => ({
    height: 480,
    width: 640,
    channels: 1,
    data: Float64Array.from({ length: 480 * 640 }, (_, i) => 3 + 2 * Math.sin(i * 0.7548776 + phase) + (i % 640) / 320),
  });
  return { target: map(seed), prediction: map(seed + 0.3) };
};

// ---- normals

const ANGLES = { 'normals/meanDeg': 'mean', 'normals/medianDeg': 'median', 'normals/rmseDeg': 'rmse' };
const SHARES = {
  'normals/within5': 'pct_lt_5',
  'normals/within7_5': 'pct_lt_7.5',
  'normals/within11_25': 'pct_lt_11.25',
  'normals/within22_5': 'pct_lt_22.5',
  'normals/within30': 'pct_lt_30',
};
const normals = (name: string, field: string): Proof => ({
  ...golden('normals', name),
  by: `${field}: ${name}`,
  want: () => {
    const numbers = goldenNumbers('normals', name)[field];
    const angles = Object.entries(ANGLES).map(([key, of]) => [key, numbers[of]]);
    return Object.fromEntries([...angles, ...Object.entries(SHARES).map(([key, of]) => [key, numbers[of] / 100])]);
  },
  within: (key) =>
    // The histogram tells the median to its bin; float32 acos sees no angle below 0.02 degrees.
    key === 'normals/medianDeg'
      ? { absolute: 0.01 }
      : key.endsWith('Deg')
        ? { absolute: name === 'identical' ? 0.02 : 1e-4 }
        : { absolute: 1e-12 },
});
const ANGLE_PROOFS = ['images', 'angles', 'identical'].flatMap((name) => [
  normals(name, 'pooled_surface_normal_uncertainty'),
  normals(name, 'pooled_dsine'),
]);

const isMeasured = (g: number) => g > 0;

/** A new preset needs a line here. */
export const PROOFS: { readonly [P in ProtocolId]: readonly Proof[] } = {
  'authors-nyud': [
    ...DENSETORCH_MIOU,
    densetorchRmse('nyu_clean'),
    restated('every measured pixel', 'pixel', () => [frame(0), frame(1)], isMeasured, Math.abs),
    ...ANGLE_PROOFS,
  ],
  'authors-kitti': [
    ...DENSETORCH_MIOU,
    densetorchRmse('kitti_sparse'),
    restated('every measured pixel', 'pixel', kittiSparse, isMeasured, Math.abs, lacksKitti),
  ],
  'eigen-nyu': [bts('nyu_clean', 'eigen_nyu'), bts('nyu_dirty', 'eigen_nyu'), float64('nyu_dirty', 'eigen_nyu_clamp')],
  geonet: [
    restated(
      'MATLAB (45:471, 41:601)',
      'pixel',
      () => [frame(2), frame(3)],
      (_, row, column) => row + 1 >= 45 && row + 1 <= 471 && column + 1 >= 41 && column + 1 <= 601,
      (p) => p,
    ),
    ...ANGLE_PROOFS,
  ],
  bts: [bts('nyu_clean', 'eigen_nyu'), bts('nyu_dirty', 'eigen_nyu')],
  monodepth2: [monodepth2('monodepth2_eigen_garg_median_scaled'), float64('kitti_sparse', 'garg_median_scaled')],
  'garg-50': [
    restated(
      'garg-80 with a cap of 50 m',
      'image',
      kittiSparse,
      (g, row, column) => g > 1e-3 && g < 50 && row >= 153 && row < 371 && column >= 44 && column < 1197,
      (p) => Math.min(50, Math.max(1e-3, p)),
      lacksKitti,
    ),
  ],
  'garg-80': [
    bts('kitti_sparse', 'garg'),
    monodepth2('monodepth2_eigen_garg_unscaled'),
    float64('kitti_sparse', 'garg_clamp'),
  ],
  'eigen-80': [bts('kitti_sparse', 'eigen_kitti'), float64('kitti_sparse', 'eigen_kitti_clamp')],
  'kitti-devkit': [0, 1].flatMap((image) => [
    devkit(
      image,
      'NumPy in float64',
      (numbers) => {
        const fields = numbers.float64_per_image[image];
        return { ...perImage({ ...fields, silog_x100: undefined }), 'depth/irmse@image': 1000 * fields.irmse };
      },
      1e-9,
    ),
    devkit(
      image,
      'the compiled devkit',
      (numbers) => {
        const { inverse_rmse, log_rmse, ...fields } = numbers.devkit_per_image[image];
        return { ...perImage({ ...fields, rmse_log: log_rmse }), 'depth/irmse@image': 1000 * inverse_rmse };
      },
      2e-5,
    ),
  ]),
  mmseg: MMEVAL,
  torchmetrics: segmentation(
    'torchmetrics, as it reduces in 2026',
    ({ torchmetrics_2026_head_reduce: { macro, weighted } }) => ({
      'segmentation/mIoU': macro,
      'segmentation/fwIoU': weighted,
    }),
    1e-6,
  ),
  'lw-refinenet': segmentation(
    "the authors' src/miou_utils.pyx",
    (numbers) => ({ 'segmentation/mIoU:absent-one': numbers.authors_light_weight_refinenet.mean_iou }),
    1e-12,
  ),
  densetorch: [...DENSETORCH_MIOU, densetorchRmse('nyu_clean'), densetorchRmse('kitti_sparse')],
  dsine: ANGLE_PROOFS,
  plain: [
    ...MMEVAL,
    restated(
      'every measured pixel',
      'pixel',
      () => [frame(4), frame(5)],
      isMeasured,
      (p) => p,
    ),
    ...ANGLE_PROOFS,
  ],
};
