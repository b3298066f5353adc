import { type RoomFrame, renderRoom } from '../../worlds/rooms/index.ts';
import type { RoomKind } from '../../worlds/rooms/kinds.ts';
import type { Outside } from '../../worlds/rooms/room.ts';
import type { CameraPath } from '../../worlds/rooms/views.ts';

/** Which frame to render. */
export interface FrameJob {
  readonly seed: number;
  readonly frame: number;
  readonly kind: RoomKind;
  readonly width: number;
  readonly height: number;
  readonly path: CameraPath;
  readonly outside: Outside;
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
  const turn = <A extends Uint8Array | Uint16Array | Float32Array>(source: A, target: A, channels: number): A => {
    for (let c = 0; c < channels; c++)
      for (let x = 0; x < width; x++)
        for (let y = 0, to = (c * width + x) * height; y < height; y++)
          target[to + y] = source[(y * width + x) * channels + c];
    return target;
  };
  const pixels = width * height;
  return {
    images: turn(frame.rgb, new Uint8Array(3 * pixels), 3),
    depths: turn(millimetres(frame.depthM), new Float32Array(pixels), 1),
    rawDepths: turn(millimetres(frame.rawDepthM), new Float32Array(pixels), 1),
    labels: turn(frame.drawnLabels, new Uint16Array(pixels), 1),
    instances: turn(frame.instances, new Uint8Array(pixels), 1),
    normals: turn(frame.normals, new Float32Array(3 * pixels), 3),
    pose: frame.pose,
    intrinsics: frame.intrinsics,
  };
}

function millimetres(depthM: Float32Array): Float32Array {
  const rounded = new Float32Array(depthM.length);
  for (let i = 0; i < rounded.length; i++) rounded[i] = Math.round(depthM[i] * 1000) / 1000;
  return rounded;
}
