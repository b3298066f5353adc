import { encodePng } from '../../formats/png.ts';
import { renderStreetView, type StreetFrame } from '../../worlds/streets/index.ts';
import { buildStreet, type Street } from '../../worlds/streets/street.ts';
import type { StreetPath } from '../../worlds/streets/views.ts';
import { toMatlabAxes } from '../transpose.ts';

/** Which frame to render. */
export interface FrameJob {
  readonly seed: number;
  readonly frame: number;
  readonly width: number;
  readonly height: number;
  readonly path: StreetPath;
}

/** A frame as its files hold it; normals [3][width][height] and depths [width][height] as in the side file. */
export interface StoredFrame {
  readonly image: Uint8Array;
  readonly labels: Uint8Array;
  readonly annotated: Uint8Array;
  readonly scan: Uint8Array;
  readonly normals: Float32Array;
  readonly depths: Float32Array;
  readonly pose: readonly number[];
  readonly intrinsics: readonly number[];
}

let last: { readonly key: string; readonly street: Street } | undefined;

/** The frames of a drive show one street, which takes as long to build as a tenth of a frame takes to render. */
export function renderStored(job: FrameJob): StoredFrame {
  const key = `${job.path} ${job.seed}`;
  if (last?.key !== key) last = { key, street: buildStreet(job.seed, job.path === 'drive') };
  return stored(renderStreetView(last.street, job));
}

export function stored(frame: StreetFrame): StoredFrame {
  const { width, height, depthM, normals } = frame;
  const pixels = width * height;
  const scan = new Uint8Array(frame.scan.length * 4);
  const view = new DataView(scan.buffer);
  for (const [i, value] of frame.scan.entries()) view.setFloat32(4 * i, value, true);
  return {
    image: encodePng({ width, height, channels: 3, data: frame.rgb }),
    labels: encodePng({ width, height, channels: 1, data: frame.labels }),
    annotated: encodePng({
      width,
      height,
      channels: 1,
      data: Uint16Array.from(frame.annotatedM, (z) => z * 256 + 0.5),
    }),
    scan,
    normals: toMatlabAxes(normals, { width, height, channels: 3 }, new Float32Array(3 * pixels)),
    depths: toMatlabAxes(depthM, { width, height, channels: 1 }, new Float32Array(pixels)),
    pose: frame.pose,
    intrinsics: frame.intrinsics,
  };
}
