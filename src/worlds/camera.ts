import type { Frame, Vec3 } from './frame.ts';

/** A pinhole camera. A pixel's centre has whole coordinates: column u looks along x = (u - cxPx)/fxPx, y, z = 1. */
export interface Camera {
  readonly width: number;
  readonly height: number;
  readonly fxPx: number;
  readonly fyPx: number;
  readonly cxPx: number;
  readonly cyPx: number;
  /** Camera axes in the world: x right, y down, z forward; `o` = eye. */
  readonly pose: Frame;
}

type Optics = Omit<Camera, 'pose'>;

/** Close to the colour camera of the first Kinect, 640x480, as used with NYUDv2. */
export const KINECT: Optics = { width: 640, height: 480, fxPx: 518.86, fyPx: 518.86, cxPx: 325.58, cyPx: 253.74 };

/** Close to KITTI's rectified camera 2 on 2011_09_26, 1242 x 375. */
export const KITTI: Optics = {
  width: 1242,
  height: 375,
  fxPx: 721.5377,
  fyPx: 721.5377,
  cxPx: 609.5593,
  cyPx: 172.854,
};

/** A reference camera brought to another size; pixels stay square where the new size has the old shape. */
export function cameraOfSize(reference: Optics, width: number, height: number, pose: Frame): Camera {
  const sx = width / reference.width;
  const sy = height / reference.height;
  return {
    width,
    height,
    fxPx: reference.fxPx * sx,
    fyPx: reference.fyPx * sy,
    cxPx: (reference.cxPx + 0.5) * sx - 0.5,
    cyPx: (reference.cyPx + 0.5) * sy - 0.5,
    pose,
  };
}

/** 3 x 3, row-major. */
export const intrinsicsOf = (c: Camera): number[] => [c.fxPx, 0, c.cxPx, 0, c.fyPx, c.cyPx, 0, 0, 1];

/** 4 x 4 camera-to-world, row-major, metres. */
export function poseMatrix({ x, y, z, o }: Frame): number[] {
  const row = (a: 0 | 1 | 2) => [x[a], y[a], z[a], o[a]];
  return [...row(0), ...row(1), ...row(2), 0, 0, 0, 1];
}

/** The eye at `o`, looking at `target`, the picture's top towards world z, then rolled (half-angle tangent). */
export function lookAt(o: Vec3, target: Vec3, rollHalfTangent: number): Frame {
  const fx = target[0] - o[0];
  const fy = target[1] - o[1];
  const fz = target[2] - o[2];
  const length = Math.sqrt(fx * fx + fy * fy + fz * fz);
  const z: Vec3 = [fx / length, fy / length, fz / length];
  const flat = Math.sqrt(z[0] * z[0] + z[1] * z[1]);
  const right: Vec3 = [z[1] / flat, -z[0] / flat, 0];
  const down: Vec3 = [
    z[1] * right[2] - z[2] * right[1],
    z[2] * right[0] - z[0] * right[2],
    z[0] * right[1] - z[1] * right[0],
  ];
  const t2 = rollHalfTangent * rollHalfTangent;
  const c = (1 - t2) / (1 + t2);
  const s = (2 * rollHalfTangent) / (1 + t2);
  return {
    o,
    x: [right[0] * c + down[0] * s, right[1] * c + down[1] * s, right[2] * c + down[2] * s],
    y: [down[0] * c - right[0] * s, down[1] * c - right[1] * s, down[2] * c - right[2] * s],
    z,
  };
}
