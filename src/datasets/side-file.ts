import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ResourceError } from '../core/errors.ts';
import type { Intrinsics } from '../core/intrinsics.ts';
import { type Hdf5File, openHdf5 } from '../formats/hdf5.ts';
import { createHdf5 } from '../formats/hdf5-write.ts';

/** What the layouts of others lack: exact normals and depth, camera and poses of procedural data. */
export const SIDE_FILE = 'densebench_side.h5';
/** Stands in the side file of data that densebench made itself: they are sample data under whatever name. */
const GENERATED_MARK = 'generated';
/** Channels of the maps, float32, [N][channels][width][height] (without channels where there is one). */
const CHANNELS = { normals: 3, depths: 1 } as const;
type SideMap = keyof typeof CHANNELS;

export interface SideFile {
  readonly path: string;
  readonly file: Hdf5File;
  readonly isGenerated: boolean;
  has(name: string): boolean;
  /** The camera of all frames, from `intrinsics` [3][3]; undefined where there is none. */
  readonly intrinsics?: Intrinsics;
}

/** The side file of a data set's folder, or undefined. The caller closes `file`. */
export async function openSideFile(directory: string): Promise<SideFile | undefined> {
  const path = join(directory, SIDE_FILE);
  if (!existsSync(path)) return undefined;
  const file = await openHdf5(path);
  try {
    const names = file.keys();
    return {
      path,
      file,
      isGenerated: names.includes(GENERATED_MARK),
      has: (name) => names.includes(name),
      ...(names.includes('intrinsics') && { intrinsics: intrinsicsIn(file, path) }),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

function intrinsicsIn(file: Hdf5File, path: string): Intrinsics {
  const dataset = file.dataset('intrinsics');
  if (dataset.shape.length !== 2 || dataset.shape.some((size) => size !== 3))
    throw new ResourceError(`${path}: /intrinsics has shape [${dataset.shape.join(', ')}], expected [3, 3]`);
  const side = [0, 3] as const;
  const [fxPx, , cxPx, , fyPx, cyPx] = Array.from(dataset.readSlab([side, side]), Number);
  return { fxPx, fyPx, cxPx, cyPx };
}

/** What one frame brings: its maps in the file's axes, its pose 4 x 4 and the camera of all 3 x 3, row by row. */
type SideFrame = Readonly<Record<SideMap, Float32Array>> & {
  readonly pose: readonly number[];
  readonly intrinsics: readonly number[];
};

/**
 * A side file that grows frame by frame, of procedural data. `maps` names those of a frame's that it keeps, `names` what
 * its frames are called where their order does not say it.
 *
 * @throws ResourceError when it cannot be written.
 */
export async function createSideFile(
  directory: string,
  of: {
    readonly maps: readonly SideMap[];
    readonly names?: readonly string[];
    readonly count: number;
    readonly width: number;
    readonly height: number;
  },
): Promise<{ append(frame: SideFrame): void; close(): void }> {
  const { maps, names, count, width, height } = of;
  const file = await createHdf5(join(directory, SIDE_FILE), { matlab: false });
  const columns = maps.map((name) => {
    const channels = CHANNELS[name];
    return { name, column: file.frames(name, [...(channels > 1 ? [channels] : []), width, height], count) };
  });
  const poses: number[] = [];
  let intrinsics: readonly number[] = [];
  return {
    append(frame) {
      for (const { name, column } of columns) column.append(frame[name]);
      poses.push(...frame.pose);
      intrinsics = frame.intrinsics;
    },
    close() {
      file.array(GENERATED_MARK, Float64Array.of(1), [1]);
      file.array('poses', Float64Array.from(poses), [count, 4, 4]);
      file.array('intrinsics', Float64Array.from(intrinsics), [3, 3]);
      if (names) file.strings('frames', names);
      file.close();
    },
  };
}
