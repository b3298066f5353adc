import { basename, dirname } from 'node:path';
import { ResourceError } from '../core/errors.ts';
import { isInside } from './card.ts';
import { readList } from './file-dataset.ts';
import type { CameraNumber } from './kitti-camera.ts';

/** A frame of the raw recordings. */
export interface KittiFrame {
  /** "2011_09_26" */
  readonly date: string;
  /** "2011_09_26_drive_0002_sync" */
  readonly drive: string;
  /** Ten digits, as files are named. */
  readonly frame: string;
  readonly camera: CameraNumber;
}

export interface KittiList {
  readonly frames: readonly KittiFrame[];
  /** Lines that name no truth ("None"): the list's own authors leave them out. */
  readonly withoutTruth: number;
}

const SIDES: Readonly<Record<string, CameraNumber>> = { l: 2, r: 3 };
const EIGEN = /^(\S+)\s+(\d{1,10})\s+([lr])$/;
const BTS = /^(\S+)\s+(\S+)\s+(\d+(?:\.\d+)?)$/;
const BTS_IMAGE = /^(.+)\/image_0([23])\/data\/(\d{1,10})\.(?:png|jpg)$/;

/** "2011_09_26/2011_09_26_drive_0002_sync/image_02": where the files of a frame lie. */
export const imageFolder = ({ date, drive, camera }: KittiFrame): string => `${date}/${drive}/image_0${camera}`;

/** "0000000069": a frame as its files are named. */
export const frameName = (frame: number | string): string => String(frame).padStart(10, '0');

/** Where the annotated depth of a frame lies, below one of several roots. */
export const annotatedOf = ({ drive, camera, frame }: KittiFrame): string =>
  `${drive}/proj_depth/groundtruth/image_0${camera}/${frame}.png`;

/** "2011_09_26_drive_0002": what a drive is called in ids. */
export const driveName = ({ drive }: KittiFrame): string => drive.replace(/_sync$/, '');

/** "2011_09_26_drive_0002_0000000069_l" */
export const frameId = (frame: KittiFrame): string =>
  `${driveName(frame)}_${frame.frame}_${frame.camera === 2 ? 'l' : 'r'}`;

/**
 * A split of the raw recordings in either form of the field, line by line: "<date>/<drive> <frame> <l|r>" (Eigen's split
 * as monodepth2 stores it), or "<image> <truth> <focal length>" (BTS), where a truth of "None" leaves the frame out.
 * @throws ResourceError naming list and line of what is neither.
 */
export async function readKittiList(path: string): Promise<KittiList> {
  const frames: KittiFrame[] = [];
  let withoutTruth = 0;
  for (const { text, number } of await readList(path)) {
    const place = `${path}:${number}`;
    const [, folder, frame, side] = EIGEN.exec(text) ?? [];
    if (folder !== undefined) {
      frames.push(frameOf(folder, frame, SIDES[side], place));
      continue;
    }
    const [, image, truth] = BTS.exec(text) ?? [];
    const [, drive, camera, imageFrame] = BTS_IMAGE.exec(image ?? '') ?? [];
    if (drive === undefined)
      throw new ResourceError(
        `${place}: "${text.slice(0, 80)}" is neither "<date>/<drive> <frame> <l|r>" nor "<image> <truth> <focal length>"`,
      );
    const named = frameOf(drive, imageFrame, camera === '2' ? 2 : 3, place);
    if (truth === 'None') withoutTruth++;
    else requireSameFrame(truth, named, place);
    if (truth !== 'None') frames.push(named);
  }
  if (frames.length === 0) throw new ResourceError(`${path}: none of its ${withoutTruth} lines names a truth`);
  return { frames, withoutTruth };
}

function frameOf(folder: string, frame: string, camera: CameraNumber, place: string): KittiFrame {
  if (!isInside(folder) || dirname(dirname(folder)) !== '.' || dirname(folder) === '.')
    throw new ResourceError(`${place}: "${folder}" is not of the form <date>/<drive>`);
  return { date: dirname(folder), drive: basename(folder), frame: frameName(frame), camera };
}

/** Truth is looked for by the image's name, so a list that pairs them otherwise must not pass. */
function requireSameFrame(truth: string, named: KittiFrame, place: string): void {
  if (truth.endsWith(annotatedOf(named))) return;
  const { drive, camera, frame } = named;
  throw new ResourceError(`${place}: truth "${truth}" is not that of drive ${drive}, camera ${camera}, frame ${frame}`);
}
