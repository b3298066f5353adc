import { mix } from '../../core/random.ts';
import { annotate } from '../annotate.ts';
import { cameraOfSize, intrinsicsOf, KINECT, poseMatrix } from '../camera.ts';
import { traceGeometry } from '../geometry.ts';
import { renderPicture } from '../picture.ts';
import { develop, rawDepth } from '../sensor.ts';
import type { RoomKind } from './kinds.ts';
import { buildRoom, type Outside, type Room } from './room.ts';
import { type CameraPath, poseOf } from './views.ts';

export interface RoomOptions {
  /** Decides the room: equal seeds are the same room. */
  readonly seed: number;
  /** Which picture of the room. */
  readonly frame: number;
  /** Pixels; 640 x 480 unless told. */
  readonly width?: number;
  readonly height?: number;
  readonly path?: CameraPath;
  /** Drawn from the seed unless told. */
  readonly kind?: RoomKind;
  /** Behind the windows; a painted view unless told. */
  readonly outside?: Outside;
}

/** One picture and its exact truth. All maps are row-major, [height, width] or [height, width, 3]. */
export interface RoomFrame {
  readonly kind: RoomKind;
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
  /** Exact z-depth, metres, as float32. */
  readonly depthM: Float32Array;
  /** What a depth camera would have measured, metres, 0 = nothing. */
  readonly rawDepthM: Float32Array;
  /** Unit normals in the camera frame (x right, y down, z forward), towards the camera. */
  readonly normals: Float32Array;
  /** Label ids (see labels.ts), exact. */
  readonly labels: Uint16Array;
  /** Label ids as drawn by an annotator, 0 = left out. */
  readonly drawnLabels: Uint16Array;
  readonly instances: Uint8Array;
  /** 3 x 3, row-major, pixels. */
  readonly intrinsics: readonly number[];
  /** 4 x 4 camera to world, row-major, metres. */
  readonly pose: readonly number[];
}

/** Renders one frame of a procedural room. Pure: equal options give equal frames on every platform. */
export function renderRoom(options: RoomOptions): RoomFrame {
  return renderRoomView(buildRoom(options.seed, options.kind, options.outside), options);
}

/** The same for a room that is already built: sequences and many views of one room. */
export function renderRoomView(room: Room, options: Omit<RoomOptions, 'seed' | 'kind' | 'outside'>): RoomFrame {
  const { frame, width = 640, height = 480, path = 'views' } = options;
  const camera = cameraOfSize(KINECT, width, height, poseOf(room, path, frame));
  const geometry = traceGeometry(room.world, camera);
  const seed = mix(room.seed, frame);
  const { labels, drawn, instances } = annotate(room.world, geometry, width, height, seed);
  return {
    kind: room.kind,
    width,
    height,
    rgb: develop(renderPicture(room.world, camera, geometry), camera, seed),
    depthM: new Float32Array(geometry.depthM),
    rawDepthM: rawDepth(room.world, camera, geometry, seed),
    normals: geometry.normals,
    labels,
    drawnLabels: drawn,
    instances,
    intrinsics: intrinsicsOf(camera),
    pose: poseMatrix(camera.pose),
  };
}
