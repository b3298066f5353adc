import { type RoomFrame, renderRoom } from '../../worlds/rooms/index.ts';
import type { RoomKind } from '../../worlds/rooms/kinds.ts';
import type { Outside } from '../../worlds/rooms/room.ts';
import type { CameraPath } from '../../worlds/rooms/views.ts';
import { toMatlabAxes } from '../transpose.ts';

/** Which frame to render. */
export interface FrameJob {
  readonly seed: number;
  readonly frame: number;
  readonly kind: RoomKind;
  readonly width: number;
  readonly height: number;
  readonly path: CameraPath;
  /** Behind the windows; a painted view unless told. */
  readonly outside?: Outside;
}

/** A frame in the axes of the official file: [3][width][height] and [width][height], as MATLAB's arrays lie in HDF5. */
export interface StoredFrame {
  readonly images: Uint8Array;
  readonly depths: Float32Array;
  readonly rawDepths: Float32Array;
  readonly labels: Uint16Array;
  readonly instances: Uint8Array;
  readonly normals: Float32Array;
  readonly pose: readonly number[];
  readonly intrinsics: readonly number[];
}

export function renderStored(job: FrameJob): StoredFrame {
  return stored(renderRoom(job));
}

/**
 * Depths are rounded to millimetres: the file is half as large, and no depth camera knows more. "In-painted" depth is
 * the exact one, without noise: what a perfect filling of the holes would give.
 */
export function stored(frame: RoomFrame): StoredFrame {
  const { width, height } = frame;
  const pixels = width * height;
  const threefold = { width, height, channels: 3 };
  const single = { width, height, channels: 1 };
  return {
    images: toMatlabAxes(frame.rgb, threefold, new Uint8Array(3 * pixels)),
    depths: toMatlabAxes(millimetres(frame.depthM), single, new Float32Array(pixels)),
    rawDepths: toMatlabAxes(millimetres(frame.rawDepthM), single, new Float32Array(pixels)),
    labels: toMatlabAxes(frame.drawnLabels, single, new Uint16Array(pixels)),
    instances: toMatlabAxes(frame.instances, single, new Uint8Array(pixels)),
    normals: toMatlabAxes(frame.normals, threefold, new Float32Array(3 * pixels)),
    pose: frame.pose,
    intrinsics: frame.intrinsics,
  };
}

function millimetres(depthM: Float32Array): Float32Array {
  const rounded = new Float32Array(depthM.length);
  for (let i = 0; i < rounded.length; i++) rounded[i] = Math.round(depthM[i] * 1000) / 1000;
  return rounded;
}
