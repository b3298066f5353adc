import { mix } from '../../core/random.ts';
import { cameraOfSize, intrinsicsOf, KITTI, poseMatrix } from '../camera.ts';
import { traceGeometry } from '../geometry.ts';
import { renderPicture } from '../picture.ts';
import { develop } from '../sensor.ts';
import { annotatedDepth } from './annotated.ts';
import { STREET_LABELS } from './labels.ts';
import { scan } from './lidar.ts';
import { buildStreet, type Street } from './street.ts';
import { poseOf, type StreetPath } from './views.ts';

export interface StreetOptions {
  /** Decides the street: equal seeds (and paths) are the same street. */
  readonly seed: number;
  /** Which picture of the street. */
  readonly frame: number;
  /** Pixels; 1242 x 375 unless told. */
  readonly width?: number;
  readonly height?: number;
  readonly path?: StreetPath;
}

/** One picture, its scan and its exact truth. All maps are row-major, [height, width] or [height, width, 3]. */
export interface StreetFrame {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
  /** Exact z-depth, metres, 0 = sky. */
  readonly depthM: Float32Array;
  /** Accumulated depth as KITTI annotates it, metres, 0 = none. */
  readonly annotatedM: Float32Array;
  /** Unit normals in the camera frame (x right, y down, z forward), towards the camera; NaN = sky. */
  readonly normals: Float32Array;
  /** KITTI's label ids (see labels.ts). */
  readonly labels: Uint8Array;
  /** Laser points x, y, z, reflectance in the scanner's coordinates. */
  readonly scan: Float32Array;
  /** 3 x 3, row-major, pixels. */
  readonly intrinsics: readonly number[];
  /** 4 x 4 camera to world, row-major, metres. */
  readonly pose: readonly number[];
}

/** Renders one frame of a procedural street. Pure: equal options give equal frames on every platform. */
export function renderStreet(options: StreetOptions): StreetFrame {
  return renderStreetView(buildStreet(options.seed, options.path === 'drive'), options);
}

/** The same for a street that is already built: sequences and many views of one street. */
export function renderStreetView(street: Street, options: Omit<StreetOptions, 'seed'>): StreetFrame {
  const { frame, width = 1242, height = 375, path = 'views' } = options;
  const { world } = street;
  const camera = cameraOfSize(KITTI, width, height, poseOf(street, path, frame));
  const geometry = traceGeometry(world, camera);
  const seed = mix(street.seed, frame);
  const { solid, normals } = geometry;
  const labels = new Uint8Array(width * height);
  for (let i = 0; i < labels.length; i++) {
    labels[i] = solid[i] < 0 ? STREET_LABELS.sky : world.solids.all[solid[i]].label;
    if (solid[i] < 0) normals.fill(Number.NaN, 3 * i, 3 * i + 3);
  }
  return {
    width,
    height,
    rgb: develop(renderPicture(world, camera, geometry), camera, seed),
    depthM: new Float32Array(geometry.depthM),
    annotatedM: annotatedDepth(world, geometry, width, height, seed),
    normals,
    labels,
    scan: scan(world, camera.pose, seed),
    intrinsics: intrinsicsOf(camera),
    pose: poseMatrix(camera.pose),
  };
}
