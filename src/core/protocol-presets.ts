import type { DepthProtocol, NormalsProtocol } from './protocol.ts';
import { TASKS, type Task } from './tasks.ts';

/** What a source's evaluation fixes. It leaves open what the data set decides: classes, and which depth is the truth. */
export interface ProtocolPreset {
  readonly title: string;
  /** Where the rules come from. */
  readonly source: string;
  /** The figures that the source prints, as "key" or "key@pooling" (pooling over pixels where none is named). */
  readonly figures: readonly string[];
  /** Set where the preset covers segmentation: the data set decides its rules, the preset only which figures are read. */
  readonly segmentation?: true;
  readonly depth?: Omit<DepthProtocol, 'truth'>;
  readonly normals?: NormalsProtocol;
}

const DELTAS = ['depth/delta1', 'depth/delta2', 'depth/delta3'];
const perImage = (...keys: readonly string[]) => keys.map((key) => `${key}@image`);
const KITTI_FIGURES = perImage('depth/absRel', 'depth/sqRel', 'depth/rmse', 'depth/rmseLog', ...DELTAS);

/** Range and treatment of predictions in the programs that run Eigen's splits. */
const clampedBelow = (maximumM: number) => ({ minimumM: 1e-3, maximumM, scaling: 'none', nonFinite: 'clamp' }) as const;
const AS_GIVEN = { minimumM: 0, maximumM: null, crop: 'none', scaling: 'none' } as const;

/** Every registered preset, by id. A suite names them; `densebench score --protocol` starts from one. */
export const PROTOCOL_PRESETS = {
  'authors-nyud': {
    title: "the paper's NYUDv2 protocol: no crop, no cap, |prediction|, every measured pixel",
    source: 'Nekrasov et al., ICRA 2019, arXiv 1809.04766; RMSE as in DenseTorch',
    figures: ['segmentation/mIoU', 'depth/rmse', 'depth/rmseLog', 'normals/meanDeg', 'normals/medianDeg'],
    segmentation: true,
    depth: { ...AS_GIVEN, nonFinite: 'abs-strict' },
    normals: { crop: 'none' },
  },
  'authors-kitti': {
    title: "the authors' rules on KITTI: no crop, |prediction|; their cap is not known, so none is applied",
    source: 'Nekrasov et al., ICRA 2019, arXiv 1809.04766; RMSE as in DenseTorch',
    figures: ['segmentation/mIoU', 'depth/rmse', 'depth/rmseLog'],
    segmentation: true,
    depth: { ...AS_GIVEN, nonFinite: 'abs-strict' },
  },
  'eigen-nyu': {
    title: 'Eigen crop, truth in (0.001, 10) m, prediction clamped to it',
    source: 'Eigen et al. 2014, as run by BTS (Lee et al. 2019), AdaBins and ZoeDepth: rows 45..470, columns 41..600',
    figures: perImage(...DELTAS, 'depth/absRel', 'depth/rmse', 'depth/log10'),
    segmentation: true,
    depth: { ...clampedBelow(10), crop: 'eigen-nyu' },
    normals: { crop: 'eigen-nyu' },
  },
  geonet: {
    title: 'GeoNet on NYUDv2: valid box of the depth camera, no cap; normals wherever the truth has one',
    source: 'Qi et al., CVPR 2018, eval/test_depth.m, error_metrics_new.m and eval_pred_sn.m',
    figures: [
      'depth/absRel',
      'depth/rmse',
      'depth/rmseLog',
      'depth/log10',
      ...DELTAS,
      'normals/meanDeg',
      'normals/medianDeg',
      'normals/rmseDeg',
      'normals/within11_25',
      'normals/within22_5',
      'normals/within30',
    ],
    depth: { ...AS_GIVEN, crop: 'nyu-valid', nonFinite: 'strict' },
    normals: { crop: 'none' },
  },
  bts: {
    title: 'BTS on NYUDv2: Eigen crop, truth in (0.001, 10) m, means over images',
    source: 'Lee et al. 2019, arXiv 1907.10326, pytorch/bts_eval.py (it prints silog x100)',
    figures: perImage(
      'depth/silog',
      'depth/absRel',
      'depth/log10',
      'depth/rmse',
      'depth/sqRel',
      'depth/rmseLog',
      ...DELTAS,
    ),
    depth: { ...clampedBelow(10), crop: 'eigen-nyu' },
  },
  monodepth2: {
    title: 'monodepth2 on the Eigen split: Garg crop, truth in (0.001, 80) m, median scaling before the clamp',
    source: 'Godard et al., ICCV 2019, evaluate_depth.py (--eval_mono, --eval_split eigen)',
    figures: KITTI_FIGURES,
    depth: { ...clampedBelow(80), crop: 'garg', scaling: 'median' },
  },
  'garg-50': {
    title: 'Garg crop, truth in (0.001, 50) m, prediction clamped to it',
    source: 'Garg et al. 2016; crop and clamping as in BTS (Lee et al. 2019) and monodepth2, with a cap of 50 m',
    figures: KITTI_FIGURES,
    depth: { ...clampedBelow(50), crop: 'garg' },
  },
  'garg-80': {
    title: 'Garg crop, truth in (0.001, 80) m, prediction clamped to it',
    source: 'Garg et al. 2016, as run by BTS on KITTI (Lee et al. 2019) and by monodepth2 on stereo',
    figures: KITTI_FIGURES,
    depth: { ...clampedBelow(80), crop: 'garg' },
  },
  'eigen-80': {
    title: 'Eigen crop of KITTI, truth in (0.001, 80) m, prediction clamped to it',
    source: 'Eigen et al. 2014, as run by BTS on KITTI (Lee et al. 2019)',
    figures: KITTI_FIGURES,
    depth: { ...clampedBelow(80), crop: 'eigen-kitti' },
  },
  'kitti-devkit': {
    title: 'KITTI depth devkit: missing predictions filled first, every measured pixel, means over images',
    source: 'Uhrig et al., 3DV 2017, devkit_depth (it prints inverse errors per metre)',
    figures: perImage(
      'depth/silog',
      'depth/sqRel:devkit',
      'depth/absRel',
      'depth/irmse',
      'depth/mae',
      'depth/rmse',
      'depth/rmseLog',
    ),
    depth: { ...AS_GIVEN, fill: 'devkit', nonFinite: 'strict' },
  },
  mmseg: {
    title: 'mmsegmentation: classes that are in neither truth nor prediction are left out of the mean',
    source: 'mmsegmentation IoUMetric, as mmeval MeanIoU: aAcc, mIoU, mAcc',
    figures: ['segmentation/pixelAccuracy', 'segmentation/mIoU', 'segmentation/meanAccuracy'],
    segmentation: true,
  },
  torchmetrics: {
    title: 'torchmetrics: Jaccard index, macro (absent classes left out) and weighted',
    source: 'torchmetrics MulticlassJaccardIndex; up to 0.11 its macro mean was mIoU:absent-zero',
    figures: ['segmentation/mIoU', 'segmentation/fwIoU'],
    segmentation: true,
  },
  'lw-refinenet': {
    title: 'light-weight-refinenet: mean IoU over all classes, an absent one counting 1',
    source: 'Nekrasov et al., BMVC 2018, src/miou_utils.pyx and train.py',
    figures: ['segmentation/mIoU:absent-one'],
    segmentation: true,
  },
  densetorch: {
    title: 'DenseTorch: absent classes left out; RMSE over all measured pixels, |prediction|, no crop, no cap',
    source: 'Nekrasov, DenseTorch, engine/miou.pyx and engine/metrics.py',
    figures: ['segmentation/mIoU', 'depth/rmse'],
    segmentation: true,
    depth: { ...AS_GIVEN, nonFinite: 'abs-strict' },
  },
  dsine: {
    title: 'DSINE and Bae et al.: angles pooled over all pixels whose truth is valid',
    source: 'Bae and Davison, CVPR 2024, utils/utils.py; Bae et al., ICCV 2021, the same function',
    figures: [
      'normals/meanDeg',
      'normals/medianDeg',
      'normals/rmseDeg',
      'normals/within5',
      'normals/within7_5',
      'normals/within11_25',
      'normals/within22_5',
      'normals/within30',
    ],
    normals: { crop: 'none' },
  },
  plain: {
    title: 'nothing cut off, rescaled, clamped or hidden: every pixel whose truth is known',
    source: 'densebench, where no protocol is named',
    figures: [
      'segmentation/mIoU',
      'segmentation/pixelAccuracy',
      'depth/rmse',
      'depth/rmseLog',
      'depth/absRel',
      'depth/sqRel',
      'depth/log10',
      ...DELTAS,
      'normals/meanDeg',
      'normals/medianDeg',
      'normals/rmseDeg',
      'normals/within11_25',
      'normals/within22_5',
      'normals/within30',
    ],
    segmentation: true,
    depth: { ...AS_GIVEN, nonFinite: 'strict' },
    normals: { crop: 'none' },
  },
} as const satisfies Record<string, ProtocolPreset>;
export type ProtocolId = keyof typeof PROTOCOL_PRESETS;

export const PROTOCOL_IDS = Object.keys(PROTOCOL_PRESETS) as [ProtocolId, ...ProtocolId[]];

/** The tasks that a preset has rules for. */
export const tasksOf = (preset: ProtocolPreset): Task[] => TASKS.filter((task) => preset[task] !== undefined);

/** The presets that cover a task, in the order of the registry. */
export const presetsFor = (task: Task): ProtocolId[] =>
  PROTOCOL_IDS.filter((id) => tasksOf(PROTOCOL_PRESETS[id]).includes(task));
