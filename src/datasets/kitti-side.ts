import { ResourceError } from '../core/errors.ts';
import type { Intrinsics } from '../core/intrinsics.ts';
import type { DepthRaster, NormalsRaster, Raster } from '../core/raster.ts';
import { type Frames, openFrames } from './mat-frames.ts';
import { openSideFile } from './side-file.ts';
import { markMissing, requireUnitNormals } from './truth.ts';

/** Truth of procedural data in KITTI's layout; a frame goes by "<date>/<drive>/image_02/data/<frame>". */
export interface KittiSide {
  readonly path: string;
  readonly isGenerated: boolean;
  readonly intrinsics?: Intrinsics;
  hasFrame(name: string): boolean;
  /** Exact z-depth, metres; NaN where there is nothing, as in the sky. */
  depths?(name: string): DepthRaster;
  normals?(name: string): NormalsRaster;
  close(): void;
}

/**
 * The side file of a KITTI tree: `frames` names the frames of `depths` [N][W][H] and `normals` [N][3][W][H], float32.
 * @throws ResourceError when it is damaged, or its parts have other numbers of frames.
 */
export async function openKittiSide(directory: string): Promise<KittiSide | undefined> {
  const side = await openSideFile(directory);
  if (!side) return undefined;
  const { file, path } = side;
  try {
    const names = side.has('frames') ? file.strings('frames') : [];
    const positions = new Map(names.map((name, position) => [name, position]));
    const open = (dataset: string, channels: number): Frames<Float32Array> | undefined => {
      if (!side.has(dataset)) return undefined;
      const frames = openFrames(file, path, dataset, channels, Float32Array);
      if (frames.count !== names.length)
        throw new ResourceError(`${path}: /${dataset} has ${frames.count} frames, /frames names ${names.length}`);
      return frames;
    };
    const read = (frames: Frames<Float32Array>, name: string): Raster<Float32Array> => {
      const { height, width, channels } = frames;
      return { height, width, channels, data: frames.read(positions.get(name)!) };
    };
    const [depths, normals] = [open('depths', 1), open('normals', 3)];
    return {
      path,
      isGenerated: side.isGenerated,
      intrinsics: side.intrinsics,
      hasFrame: (name) => positions.has(name),
      ...(depths && {
        depths: (name) =>
          markMissing(read(depths, name), { invalid: 0, allowNaN: true }, `${path}: /depths of ${name}`),
      }),
      ...(normals && {
        normals: (name) => requireUnitNormals(read(normals, name), `${path}: /normals of ${name}`),
      }),
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}
