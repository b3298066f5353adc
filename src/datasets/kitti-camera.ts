import { join } from 'node:path';
import { ResourceError } from '../core/errors.ts';
import type { Intrinsics } from '../core/intrinsics.ts';
import { readKittiCalibration } from '../formats/kitti-calibration.ts';
import { KITTI_FIRST_PIXEL } from '../kernels/velodyne-depth.ts';

/** A rectified colour camera of KITTI: 2 is the left one, 3 the right one. */
export type CameraNumber = 2 | 3;

export interface KittiCamera {
  readonly intrinsics: Intrinsics;
  /** 3 x 4, row by row: a point of the scanner -> (column, row, 1) times z-depth, counted from KITTI_FIRST_PIXEL. */
  readonly scanToImage: readonly number[];
}

/** Of the raw recordings, whose calibration says how large the images are. */
export interface RawCamera extends KittiCamera {
  readonly height: number;
  readonly width: number;
}

/** A camera of one day of recordings, from calib_cam_to_cam.txt and calib_velo_to_cam.txt: P_rect * R_rect_00 * (R | T). */
export async function readRawCamera(dateFolder: string, camera: CameraNumber): Promise<RawCamera> {
  const cameras = await readKittiCalibration(join(dateFolder, 'calib_cam_to_cam.txt'));
  const scanner = await readKittiCalibration(join(dateFolder, 'calib_velo_to_cam.txt'));
  const [width, height] = cameras.numbers(`S_rect_0${camera}`, 2);
  if (![width, height].every((size) => Number.isInteger(size) && size > 0))
    throw new ResourceError(`${cameras.path}: S_rect_0${camera} is ${width} ${height}, expected a width and a height`);
  const projection = cameras.numbers(`P_rect_0${camera}`, 12);
  const rotation = scanner.numbers('R', 9);
  const translation = scanner.numbers('T', 3);
  const toCamera = [0, 1, 2].flatMap((row) => [...rotation.slice(3 * row, 3 * row + 3), translation[row]]);
  return { height, width, ...chain(projection, cameras.numbers('R_rect_00', 9), toCamera) };
}

/** The left camera of a frame of the object benchmark: P2 * R0_rect * Tr_velo_to_cam. */
export async function readObjectCamera(path: string): Promise<KittiCamera> {
  const calibration = await readKittiCalibration(path);
  return chain(
    calibration.numbers('P2', 12),
    calibration.numbers('R0_rect', 9),
    calibration.numbers('Tr_velo_to_cam', 12),
  );
}

/** @param projection 3 x 4, @param rectification 3 x 3, @param toCamera 3 x 4 */
function chain(
  projection: readonly number[],
  rectification: readonly number[],
  toCamera: readonly number[],
): KittiCamera {
  const rectified = [0, 1, 2].flatMap((row) => [...rectification.slice(3 * row, 3 * row + 3), 0]);
  return {
    intrinsics: {
      fxPx: projection[0],
      fyPx: projection[5],
      cxPx: projection[2] - KITTI_FIRST_PIXEL,
      cyPx: projection[6] - KITTI_FIRST_PIXEL,
    },
    scanToImage: product(product(projection, rectified), toCamera),
  };
}

/** Two rigid or projective maps of 3 x 4, one after the other; their fourth row is (0, 0, 0, 1). */
function product(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: 12 }, (_, i) => {
    const [row, column] = [Math.floor(i / 4), i % 4];
    const sum = a[4 * row] * b[column] + a[4 * row + 1] * b[4 + column] + a[4 * row + 2] * b[8 + column];
    return column === 3 ? sum + a[4 * row + 3] : sum;
  });
}
