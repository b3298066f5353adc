import type { Camera } from '../camera.ts';
import type { Frame } from '../frame.ts';

/** Close to KITTI's rectified camera 2 on 2011_09_26, 1242 x 375. */
const REFERENCE = { width: 1242, height: 375, fxPx: 721.5377, fyPx: 721.5377, cxPx: 609.5593, cyPx: 172.854 };

/** The reference camera brought to another size. */
export function kittiCamera(width: number, height: number, pose: Frame): Camera {
  const sx = width / REFERENCE.width;
  const sy = height / REFERENCE.height;
  return {
    width,
    height,
    fxPx: REFERENCE.fxPx * sx,
    fyPx: REFERENCE.fyPx * sy,
    cxPx: (REFERENCE.cxPx + 0.5) * sx - 0.5,
    cyPx: (REFERENCE.cyPx + 0.5) * sy - 0.5,
    pose,
  };
}
