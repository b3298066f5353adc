import { join } from 'node:path';
import type { DepthRaster, LabelRaster, Raster } from '../core/raster.ts';
import { type Maps, TASKS, type Task } from '../core/tasks.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { readMap } from '../formats/maps.ts';
import { encodeNpy } from '../formats/npy.ts';
import { encodePng } from '../formats/png.ts';
import { METRES_PER_UNIT, type PredictionFormat, type PredictionStorage, predictionFolder } from './predictions.ts';

const NONE_UNIT = 0;
const LARGEST_UNIT = 2 ** 16 - 1;

/** Pixels of depth maps that 16-bit PNG could not keep. */
export interface DepthLoss {
  /** Not finite, or not above 0 m: stored as "none", read as NaN. */
  readonly nonePx: number;
  /** At the largest depth that can be stored, or beyond it. */
  readonly largestPx: number;
}

export const lossWords = ({ nonePx, largestPx }: DepthLoss): string =>
  `16-bit PNG could not keep the depth of ${nonePx} pixels that are not above 0 m and of ${largestPx} at 255.99 m or beyond`;

/**
 * Stores the maps of one image, each file whole or not at all; returns what was lost of its depth.
 * @throws ResourceError when a file cannot be written.
 */
export function storePrediction(
  runDirectory: string,
  entry: string,
  sample: string,
  { segmentation, depth, normals }: Maps,
  format: PredictionFormat,
): DepthLoss | undefined {
  const put = (task: Task, extension: PredictionFormat, bytes: Uint8Array) =>
    writeAtomically(join(predictionFolder(runDirectory, entry, task), `${sample}.${extension}`), bytes);
  if (segmentation) {
    const bytes = format === 'png' ? labelsToPng(segmentation) : undefined;
    put('segmentation', bytes ? 'png' : 'npy', bytes ?? toNpy(segmentation));
  }
  // Eight bits a component would move an angle by up to half a degree, so normals are never PNG.
  if (normals) put('normals', 'npy', toNpy(normals));
  if (depth && format === 'npy') put('depth', 'npy', toNpy(depth));
  if (!depth || format === 'npy') return undefined;
  const units = depthToUnits(depth);
  put('depth', 'png', encodePng({ ...depth, channels: 1, data: units }));
  return countLoss(units, LARGEST_UNIT);
}

function toNpy({ height, width, channels, data }: Raster): Uint8Array {
  return encodeNpy({ shape: [height, width, ...(channels > 1 ? [channels] : [])], data });
}

/** Undefined where an id does not fit 8 bits. */
function labelsToPng({ height, width, data }: LabelRaster): Uint8Array | undefined {
  if (!data.every((label: number) => label >= 0 && label <= 255)) return undefined;
  return encodePng({ height, width, channels: 1, data: Uint8Array.from(data) });
}

/** A depth above 0 never becomes 0, for that says "none". */
function depthToUnits({ data }: DepthRaster): Uint16Array {
  const units = new Uint16Array(data.length);
  for (let i = 0; i < units.length; i++) {
    const depthM = data[i];
    if (depthM > 0 && depthM < Infinity)
      units[i] = Math.min(LARGEST_UNIT, Math.max(1, Math.round(depthM / METRES_PER_UNIT)));
  }
  return units;
}

function countLoss(values: ArrayLike<number>, largest: number): DepthLoss {
  let nonePx = 0;
  let largestPx = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === NONE_UNIT) nonePx++;
    else if (values[i] === largest) largestPx++;
  }
  return { nonePx, largestPx };
}

export interface ReadPrediction {
  readonly maps: Maps;
  /** Set where the storage rounds depth. */
  readonly depthLoss?: DepthLoss;
}

/**
 * The maps of one image as they were stored. `paths` names the file of each task.
 * @throws ResourceError naming a file that is damaged or holds another kind of map.
 */
export async function readPrediction(
  paths: Readonly<Partial<Record<Task, string>>>,
  { depth: stored }: Pick<PredictionStorage, 'depth'>,
): Promise<ReadPrediction> {
  const read = async <T extends Task>(task: T) => {
    const path = paths[task];
    const scale = { scale: task === 'depth' ? stored.metresPerUnit : undefined, scaleOption: '--save-predictions' };
    return path === undefined ? [] : [[task, await readMap(task, path, scale)] as const];
  };
  const maps: Maps = Object.fromEntries((await Promise.all(TASKS.map(read))).flat());
  if (stored.metresPerUnit === undefined || !maps.depth) return { maps };
  const { data } = maps.depth;
  const depthLoss = countLoss(data, LARGEST_UNIT * stored.metresPerUnit);
  const nothing = NONE_UNIT * stored.metresPerUnit;
  return {
    maps: { ...maps, depth: { ...maps.depth, data: data.map((z) => (z === nothing ? Number.NaN : z)) } },
    depthLoss,
  };
}
