import type { Frame, Vec3 } from '../frame.ts';

/** Row-major 3 x 3. Seven digits, as the calibration files have them, so that files and pictures agree to the last. */
type Matrix = readonly number[];

/** A vector of the laser scanner -> unrectified camera 0: x forward, y left, z up -> x right, y down, z forward. */
export const VELO_ROTATION: Matrix = [
  -0.005999964, -0.999974, 0.003999917, -0.01099958, -0.00393375, -0.9999318, 0.9999215, -0.006043552, -0.01097569,
];
export const VELO_TRANSLATION: Vec3 = [-0.0045, -0.0775, -0.268];
/** Camera 0 -> rectified camera 0. */
export const RECTIFYING_ROTATION: Matrix = [
  0.9999317, 0.007454628, 0.008999766, -0.007499836, 0.9999594, 0.004999979, -0.008962127, -0.005067135, 0.999947,
];
/** Rectified camera 0 -> camera 2, which takes the pictures: metres added. */
export const CAMERA_2_OFFSET: Vec3 = [0.0598, 0.0003, 0.0027];

const times = (m: Matrix, v: Vec3): Vec3 => [
  m[0] * v[0] + m[1] * v[1] + m[2] * v[2],
  m[3] * v[0] + m[4] * v[1] + m[5] * v[2],
  m[6] * v[0] + m[7] * v[1] + m[8] * v[2],
];

/** A direction of the scanner, seen by camera 2. */
export const scannerDirection = (v: Vec3): Vec3 => times(RECTIFYING_ROTATION, times(VELO_ROTATION, v));

/** Where the scanner stands in the coordinates of camera 2. */
export function scannerPlace(): Vec3 {
  const at = times(RECTIFYING_ROTATION, VELO_TRANSLATION);
  return [at[0] + CAMERA_2_OFFSET[0], at[1] + CAMERA_2_OFFSET[1], at[2] + CAMERA_2_OFFSET[2]];
}

/** From a camera's coordinates to the world's directions. */
export const toWorld = ({ x, y, z }: Frame, v: Vec3): Vec3 => [
  x[0] * v[0] + y[0] * v[1] + z[0] * v[2],
  x[1] * v[0] + y[1] * v[1] + z[1] * v[2],
  x[2] * v[0] + y[2] * v[1] + z[2] * v[2],
];
