import { ResourceError } from '../core/errors.ts';
import { readBytes } from './file.ts';

/** Numbers of one point: x, y, z (metres; forward, left, up of the scanner) and reflectance. */
export const POINT_LENGTH = 4;
const POINT_BYTES = 16;

/**
 * A laser scan of KITTI: [points][4] float32, little endian, without a header.
 * @throws ResourceError naming the byte at which the file is cut off, or holds a number that is not finite.
 */
export async function readVelodyne(path: string): Promise<Float32Array> {
  const bytes = await readBytes(path);
  const torn = bytes.length % POINT_BYTES;
  if (bytes.length === 0) throw new ResourceError(`${path}: the file is empty; a scan holds 16 bytes a point`);
  if (torn)
    throw new ResourceError(
      `${path}: ${bytes.length} bytes are not a whole number of points of ${POINT_BYTES} bytes; ` +
        `the last one is cut off at byte ${bytes.length - torn}. Copy the file again`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const points = new Float32Array(bytes.length / 4);
  for (let i = 0; i < points.length; i++) {
    points[i] = view.getFloat32(4 * i, true);
    if (!Number.isFinite(points[i]))
      throw new ResourceError(
        `${path}: ${points[i]} at byte ${4 * i} (point ${Math.floor(i / POINT_LENGTH)}); a scan holds finite numbers`,
      );
  }
  return points;
}
