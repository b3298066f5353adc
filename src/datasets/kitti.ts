import { join } from 'node:path';
import { ALL, type Dataset, type Sample, type Split } from '../core/dataset.ts';
import { ResourceError } from '../core/errors.ts';
import type { DepthTruth } from '../core/protocol.ts';
import { TAXONOMIES } from '../core/taxonomies.ts';
import { someOf } from '../formats/stems.ts';
import { readVelodyne } from '../formats/velodyne.ts';
import { SCAN_RULES, type ScanRule, velodyneDepth } from '../kernels/velodyne-depth.ts';
import { type CardOf, isSampleCard } from './card.ts';
import { fileDataset } from './file-dataset.ts';
import type { FileRules, Sized } from './file-samples.ts';
import { type RawCamera, readRawCamera } from './kitti-camera.ts';
import { imageStem, kittiFiles, scanOf } from './kitti-files.ts';
import { KITTI6_OF_LABEL_IDS } from './kitti-labels.ts';
import { frameId, type KittiFrame, readKittiList } from './kitti-list.ts';
import { type KittiSide, openKittiSide } from './kitti-side.ts';
import { type OpenRequest, requireOffered } from './request.ts';

type Card = CardOf<'kitti'>;

const DEPTHS: readonly DepthTruth[] = [...SCAN_RULES, 'annotated'];
const RULES: FileRules = {
  segmentation: KITTI6_OF_LABEL_IDS,
  depth: { scale: 1 / 256, scaleOption: 'scale', invalid: 0, allowNaN: false },
};

export const neededByKitti = ({ lists, dates, semantic }: Card): string[] => [
  ...Object.values(lists),
  ...dates,
  ...(semantic === undefined ? [] : [semantic]),
];

export const splitsOfKitti = ({ lists }: Card): Split[] => [...Object.keys(lists), ALL];

/**
 * KITTI's raw recordings as they are unpacked: <date>/<drive>/image_02|03/data/<frame>.png (or .jpg), the scans in
 * <date>/<drive>/velodyne_points/data/<frame>.bin, and the calibration files of each date. Which frames, the lists say.
 *
 * Depth is the scan in the image, by one of three rules (kernels/velodyne-depth.ts), or KITTI's annotated depth (16-bit
 * PNG, metres * 256), or, of procedural data, exact. A sample's group is its drive.
 *
 * @throws ResourceError when files of the frames are not there (how many, and of which), UsageError on another depth.
 */
export async function openKitti(card: Card, request: OpenRequest): Promise<Dataset> {
  const { directory } = request;
  const { semantic } = card;
  const classNames = semantic === undefined ? [] : TAXONOMIES.kitti6;
  if (semantic !== undefined) requireOffered(card.id, 'a class count of', request.classes, [classNames.length]);
  const { frames, withoutTruth } = await framesOf(card, request);
  const side = await openKittiSide(directory);
  try {
    const offered: readonly DepthTruth[] = side?.depths ? [...DEPTHS, 'exact'] : DEPTHS;
    const depthTruth = requireOffered(card.id, 'a depth of', request.depth, offered);
    const isAnnotated = depthTruth === 'annotated';
    const isExact = depthTruth === 'exact';
    const files = kittiFiles(directory, frames, { semantic, isAnnotated, hasScans: !isAnnotated && !isExact });
    if (side && (isExact || side.normals)) requireInSide(side, frames);
    const cameraOf = camerasOf(directory);
    return fileDataset(card, request, {
      files,
      rules: RULES,
      tasks: [
        ...(semantic === undefined ? [] : ['segmentation' as const]),
        'depth',
        ...(side?.normals ? ['normals' as const] : []),
      ],
      taxonomy: semantic === undefined ? 'unknown' : 'kitti6',
      classNames,
      depthTruth,
      isSample: isSampleCard(card) || (side?.isGenerated ?? false),
      officialCount: card.counts?.[request.split],
      ...(withoutTruth > 0 && { leftOut: withoutTruth }),
      own: (position, sized) => ownTargets(directory, frames[position], depthTruth, { side, cameraOf, sized }),
      close: async () => side?.close(),
    });
  } catch (error) {
    side?.close();
    throw error;
  }
}

/** The frames of a split; of all splits each once, for lists overlap. */
async function framesOf(card: Card, { directory, split }: OpenRequest) {
  const names = split === ALL ? Object.values(card.lists) : [card.lists[split]];
  const lists = await Promise.all(names.map((name) => readKittiList(join(directory, name))));
  const frames = lists.flatMap((list) => list.frames);
  const once = new Map(frames.map((frame) => [frameId(frame), frame]));
  return {
    frames: split === ALL ? [...once.values()] : frames,
    withoutTruth: split === ALL ? 0 : lists[0].withoutTruth,
  };
}

function requireInSide(side: KittiSide, frames: readonly KittiFrame[]): void {
  const missing = frames.filter((frame) => !side.hasFrame(imageStem(frame))).map(frameId);
  if (missing.length)
    throw new ResourceError(
      `${side.path}: /frames lacks ${missing.length} of ${frames.length} frames: ${someOf(missing)}`,
    );
}

type CameraOf = (frame: KittiFrame) => Promise<RawCamera>;

/** The calibration of a date is read once, when its first frame asks. */
function camerasOf(directory: string): CameraOf {
  const cameras = new Map<string, Promise<RawCamera>>();
  return ({ date, camera }) => {
    const key = `${date}/${camera}`;
    const known = cameras.get(key) ?? readRawCamera(join(directory, date), camera);
    cameras.set(key, known);
    return known;
  };
}

/** What is no file of its own: the scan in the image, the truth of the side file, the camera. */
function ownTargets(
  directory: string,
  frame: KittiFrame,
  depthTruth: DepthTruth,
  { side, cameraOf, sized }: { side?: KittiSide; cameraOf: CameraOf; sized: Sized },
): Partial<Sample> {
  const name = imageStem(frame);
  const scanRule = SCAN_RULES.find((rule) => rule === depthTruth);
  const scanDepth = async (rule: ScanRule) => {
    const { scanToImage: projection, height, width } = await cameraOf(frame);
    const path = join(directory, scanOf(frame));
    return sized(velodyneDepth(await readVelodyne(path), { projection, height, width }, rule), path);
  };
  return {
    intrinsics: async () => side?.intrinsics ?? (await cameraOf(frame)).intrinsics,
    ...(side?.normals && { normals: async () => sized(side.normals!(name), side.path) }),
    ...(side?.depths && depthTruth === 'exact' && { depth: async () => sized(side.depths!(name), side.path) }),
    ...(scanRule && { depth: () => scanDepth(scanRule) }),
  };
}
