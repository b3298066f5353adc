import { KITTI_FIRST_PIXEL } from '../../kernels/velodyne-depth.ts';
import { CAMERA_2_OFFSET, RECTIFYING_ROTATION, VELO_ROTATION, VELO_TRANSLATION } from '../../worlds/streets/rig.ts';

/** "7.215377e+02", as C prints it. */
export function scientific(value: number): string {
  const [mantissa, exponent] = value.toExponential(6).split('e');
  const power = Number(exponent);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

const line = (key: string, numbers: readonly number[]) => `${key}: ${numbers.map(scientific).join(' ')}\n`;
const TIME = 'calib_time: 01-Jan-2000 00:00:00\n';
const UNIT = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/**
 * The three calibration files of a date in KITTI's format. Cameras 0 and 2 only; pictures are taken by a camera without
 * distortion that needs no rectifying but the rotation between the rig and camera 0. Pixels count from 1, as the
 * programs of the field take KITTI's calibration to do: they project, round and subtract 1.
 *
 * @param intrinsics 3 x 3 of the pictures, row by row, pixels counted from 0
 */
export function calibrationFiles(
  width: number,
  height: number,
  intrinsics: readonly number[],
): Readonly<Record<string, string>> {
  const [fx, , column, , fy, row] = intrinsics;
  const [cx, cy] = [column + KITTI_FIRST_PIXEL, row + KITTI_FIRST_PIXEL];
  const [x, y, z] = CAMERA_2_OFFSET;
  const size = [width, height];
  const projection = [fx, 0, cx, fx * x + cx * z, 0, fy, cy, fy * y + cy * z, 0, 0, 1, z];
  const camera = (number: string, offset: readonly number[], rotation: readonly number[], matrix: readonly number[]) =>
    line(`S_${number}`, size) +
    line(`K_${number}`, [fx, 0, cx, 0, fy, cy, 0, 0, 1]) +
    line(`D_${number}`, [0, 0, 0, 0, 0]) +
    line(`R_${number}`, UNIT) +
    line(`T_${number}`, offset) +
    line(`S_rect_${number}`, size) +
    line(`R_rect_${number}`, rotation) +
    line(`P_rect_${number}`, matrix);
  return {
    'calib_cam_to_cam.txt':
      `${TIME}${line('corner_dist', [0.0995])}` +
      camera('00', [0, 0, 0], RECTIFYING_ROTATION, [fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1, 0]) +
      camera('02', CAMERA_2_OFFSET, RECTIFYING_ROTATION, projection),
    'calib_velo_to_cam.txt': `${TIME}${line('R', VELO_ROTATION)}${line('T', VELO_TRANSLATION)}${line('delta_f', [0, 0])}${line('delta_c', [0, 0])}`,
    'calib_imu_to_velo.txt': `${TIME}${line('R', UNIT)}${line('T', [-0.81, 0.32, -0.8])}`,
  };
}
