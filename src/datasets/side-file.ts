import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ResourceError } from '../core/errors.ts';
import type { Intrinsics } from '../core/intrinsics.ts';
import { type Hdf5File, openHdf5 } from '../formats/hdf5.ts';
import { GENERATED_MARK } from './generated-mark.ts';

/** What the layouts of others lack: exact normals and depth, camera and poses of procedural data. */
const SIDE_FILE = 'densebench_side.h5';

export interface SideFile {
  readonly path: string;
  readonly file: Hdf5File;
  /** densebench made these data: they are sample data under whatever name. */
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
