import { canonicalJson } from '../core/canonical.ts';
import { ResourceError } from '../core/errors.ts';
import type { TaskProtocols } from '../core/protocol.ts';
import { type LabelRaster, placeOf, placeWords, sameSize } from '../core/raster.ts';
import type { Reading } from '../core/reading.ts';
import type { Task, TaskRasters } from '../core/tasks.ts';
import { readMap, readMask } from '../formats/maps.ts';
import type { NormalsEncoding } from '../formats/normals-encoding.ts';
import { METRICS } from '../metrics/index.ts';
import { readingsOf } from '../metrics/readings.ts';
import { findPairs, type Pair } from './pairs.ts';

export interface ScoreRequest<T extends Task> {
  readonly task: T;
  /** Files or folders. */
  readonly prediction: string;
  readonly target: string;
  readonly mask?: string;
  /** One or more, in one pass over the files. */
  readonly protocols: readonly TaskProtocols[T][];
  /** Metres per stored unit of depth. */
  readonly predictionScale?: number;
  readonly targetScale?: number;
  /** How normals are stored. */
  readonly predictionEncoding?: NormalsEncoding;
  readonly targetEncoding?: NormalsEncoding;
  /** Stored label of the target -> label that is scored. */
  readonly targetLabels?: ReadonlyMap<number, number>;
}

export interface Score {
  readonly pairs: number;
  /** For each protocol of the request, in its order. */
  readonly readings: readonly (readonly Reading[])[];
}

/** Scores stored maps without a suite. One pair is in memory at a time; its tallies are what stays. */
export async function score<T extends Task>(request: ScoreRequest<T>): Promise<Score> {
  const { task, protocols } = request;
  const pairs = await findPairs(request.prediction, request.target, request.mask);
  // Presets that fix the same rules share a tally.
  const tallies = new Map(
    protocols.map((protocol) => [canonicalJson(protocol), { protocol, ofPairs: [] as unknown[] }]),
  );
  for (const pair of pairs) {
    const { prediction, target, ...context } = await readPair(request, pair);
    for (const { protocol, ofPairs } of tallies.values())
      ofPairs.push(METRICS[task].tally(prediction, target, protocol, context));
  }
  const readings = protocols.map((protocol) =>
    readingsOf(task, tallies.get(canonicalJson(protocol))?.ofPairs ?? [], protocol),
  );
  return { pairs: pairs.length, readings };
}

/** What a metric is given of two files. @throws ResourceError when a file cannot be read or sizes differ. */
export async function readPair<T extends Task>(
  request: ScoreRequest<T>,
  pair: Pair,
): Promise<{ prediction: TaskRasters[T]; target: TaskRasters[T]; where: string; mask?: Uint8Array }> {
  const prediction = await readMap(
    request.task,
    pair.prediction,
    { scale: request.predictionScale, scaleOption: '--prediction-scale' },
    { encoding: request.predictionEncoding, encodingOption: '--prediction-encoding' },
  );
  const target = await readTarget(request, pair);
  const where = `${pair.prediction} against ${pair.target}`;
  return { prediction, target, where, mask: await readMaskOf(pair, target) };
}

async function readTarget<T extends Task>(
  { task, targetScale, targetEncoding, targetLabels }: ScoreRequest<T>,
  { target: path }: Pair,
): Promise<TaskRasters[T]> {
  const target = await readMap(
    task,
    path,
    { scale: targetScale, scaleOption: '--target-scale' },
    { encoding: targetEncoding, encodingOption: '--target-encoding' },
  );
  if (targetLabels === undefined) return target;
  return translateLabels(target as LabelRaster, targetLabels, path) as TaskRasters[T];
}

function translateLabels(raster: LabelRaster, labels: ReadonlyMap<number, number>, path: string): LabelRaster {
  const { data, width } = raster;
  const translated = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const label = labels.get(data[i]);
    if (label === undefined)
      throw new ResourceError(
        `${path}: label ${data[i]} at ${placeWords(placeOf(i, width))} is not in the --target-labels map`,
      );
    translated[i] = label;
  }
  return { ...raster, data: translated };
}

async function readMaskOf(
  { mask: path }: Pair,
  target: { readonly height: number; readonly width: number },
): Promise<Uint8Array | undefined> {
  if (path === undefined) return undefined;
  const mask = await readMask(path);
  if (!sameSize(mask, target))
    throw new ResourceError(
      `${path}: the mask is ${mask.height}x${mask.width} (height x width), the target ${target.height}x${target.width}`,
    );
  return mask.data;
}
