import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ResourceError } from '../core/errors.ts';
import { someOf } from '../formats/stems.ts';
import type { SampleFiles } from './file-samples.ts';
import { annotatedOf, driveName, frameId, imageFolder, type KittiFrame } from './kitti-list.ts';

const IMAGE_EXTENSIONS = ['.png', '.jpg'];
/** Annotated depth as KITTI and BTS unpack its archive, as the archive is, and (by date) where monodepth2 looks. */
const ANNOTATED_ROOTS = [
  'data_depth_annotated/train',
  'data_depth_annotated/val',
  'data_depth_annotated',
  'train',
  'val',
];

/** Where the scan of a frame lies. */
export const scanOf = ({ date, drive, frame }: KittiFrame): string =>
  `${date}/${drive}/velodyne_points/data/${frame}.bin`;

/** "2011_09_26/2011_09_26_drive_0002_sync/image_02/data/0000000069": a frame's image without its extension. */
export const imageStem = (frame: KittiFrame): string => `${imageFolder(frame)}/data/${frame.frame}`;

/**
 * The files of the frames, each of which is there.
 * @param semantic folder of the labels; @param isAnnotated whether depth is the annotated one, @param hasScans or a scan
 * @throws ResourceError telling how many frames lack which file.
 */
export function kittiFiles(
  directory: string,
  frames: readonly KittiFrame[],
  { semantic, isAnnotated, hasScans }: { semantic?: string; isAnnotated: boolean; hasScans: boolean },
): SampleFiles[] {
  const isThere = (path: string) => existsSync(join(directory, path));
  const require = (what: string, remedy: string, pathOf: (frame: KittiFrame) => string | undefined): string[] => {
    const paths = frames.map(pathOf);
    const missing = frames.filter((_, i) => paths[i] === undefined).map(frameId);
    if (missing.length)
      throw new ResourceError(
        `${directory}: no ${what} for ${missing.length} of ${frames.length} frames: ${someOf(missing)}; ${remedy}`,
      );
    return paths as string[];
  };
  const found = (candidates: readonly string[]) => candidates.find(isThere);
  const images = require('image', 'bring their drives, or list other frames', (frame) =>
    found(IMAGE_EXTENSIONS.map((extension) => `${imageStem(frame)}${extension}`)));
  if (hasScans) require('laser scan', 'bring velodyne_points of their drives', (frame) => found([scanOf(frame)]));
  const depths =
    isAnnotated &&
    require('annotated depth', 'bring data_depth_annotated, or take a split of frames that have it', (frame) =>
      found([...ANNOTATED_ROOTS, frame.date].map((root) => `${root}/${annotatedOf(frame)}`)));
  const labels =
    semantic !== undefined &&
    require(`labels in ${semantic}`, 'bring them, or remove "semantic" from the card', (frame) =>
      found([`${semantic}/${imageStem(frame)}.png`]));
  return frames.map((frame, i) => ({
    id: frameId(frame),
    group: driveName(frame),
    paths: {
      image: join(directory, images[i]),
      ...(depths && { depth: join(directory, depths[i]) }),
      ...(labels && { segmentation: join(directory, labels[i]) }),
    },
  }));
}
