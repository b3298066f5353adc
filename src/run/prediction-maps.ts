import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, ResourceError } from '../core/errors.ts';
import type { Prediction } from '../core/predictor.ts';
import type { DepthRaster, LabelRaster, OpenSegmentation, Raster, RealArray } from '../core/raster.ts';
import type { DepthLoss } from '../core/record.ts';
import { type Maps, TASKS, type Task } from '../core/tasks.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { readBytes } from '../formats/file.ts';
import { readLabels, readMap } from '../formats/maps.ts';
import { encodeNpy } from '../formats/npy.ts';
import { encodePng } from '../formats/png.ts';
import {
  METRES_PER_UNIT,
  type PredictionFormat,
  type PredictionStorage,
  predictionFolder,
  type StoredKind,
} from './predictions.ts';

const NONE_UNIT = 0;
const LARGEST_UNIT = 2 ** 16 - 1;

/** What is stored of one image. */
type StoredPrediction = Pick<Prediction, 'maps' | 'open'>;

/**
 * Stores what was predicted for one image, each file whole or not at all; returns what was lost of its depth.
 * @throws ResourceError when a file cannot be written.
 */
export function storePrediction(
  runDirectory: string,
  entry: string,
  sample: string,
  { maps: { segmentation, depth, normals }, open }: StoredPrediction,
  format: PredictionFormat,
): DepthLoss | undefined {
  const put = (kind: StoredKind, extension: PredictionFormat | 'json', content: string | Uint8Array) =>
    writeAtomically(join(predictionFolder(runDirectory, entry, kind), `${sample}.${extension}`), content);
  const putLabels = (kind: StoredKind, labels: LabelRaster) => {
    const bytes = format === 'png' ? labelsToPng(labels) : undefined;
    put(kind, bytes ? 'png' : 'npy', bytes ?? toNpy(labels));
  };
  if (segmentation) putLabels('segmentation', segmentation);
  if (open) {
    const { labels, ...numbers } = open;
    putLabels('open', labels);
    put('open', 'json', `${JSON.stringify(numbers)}\n`);
  }
  // Eight bits a component would move an angle by up to 0.4 degrees, so normals are never PNG.
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

export interface ReadPrediction extends StoredPrediction {
  /** Set where the storage rounds depth. */
  readonly depthLoss?: DepthLoss;
}

/**
 * What was stored of one image. `paths` names the file of each kind of map.
 * @throws ResourceError naming a file that is damaged or holds another kind of map.
 */
export async function readPrediction(
  paths: Readonly<Partial<Record<StoredKind, string>>>,
  { depth: stored }: Pick<PredictionStorage, 'depth'>,
): Promise<ReadPrediction> {
  const read = async <T extends Task>(task: T) => {
    const path = paths[task];
    const scale = { scale: task === 'depth' ? stored.metresPerUnit : undefined, scaleOption: '--save-predictions' };
    return path === undefined ? [] : [[task, await readMap(task, path, scale)] as const];
  };
  const maps: Maps = Object.fromEntries((await Promise.all(TASKS.map(read))).flat());
  const open = paths.open === undefined ? undefined : await readOpen(paths.open);
  const { depth } = maps;
  if (stored.metresPerUnit === undefined || !depth) return { maps, ...(open && { open }) };
  const depthLoss = countLoss(depth.data, LARGEST_UNIT * stored.metresPerUnit);
  return { maps: { ...maps, depth: { ...depth, data: withoutNone(depth.data) } }, ...(open && { open }), depthLoss };
}

const withoutNone = (data: RealArray): RealArray => data.map((z) => (z === NONE_UNIT ? Number.NaN : z));

const openSchema = z.object({ sliceMass: z.number(), isOwnLargest: z.boolean(), slices: z.string() });

async function readOpen(path: string): Promise<OpenSegmentation> {
  const labels = await readLabels(path);
  const numbers = `${path.slice(0, path.lastIndexOf('.'))}.json`;
  const text = Buffer.from(await readBytes(numbers)).toString('utf8');
  try {
    return { labels, ...openSchema.parse(JSON.parse(text)) };
  } catch (error) {
    throw new ResourceError(`${numbers}: damaged (${messageOf(error)}); make the run again with --save-predictions`);
  }
}
