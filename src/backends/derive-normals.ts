import { ResourceError, UsageError } from '../core/errors.ts';
import type { Predictor } from '../core/predictor.ts';
import type { NormalsRaster } from '../core/raster.ts';
import { TASKS, type Task } from '../core/tasks.ts';
import { type DepthNormalsRules, normalsOfDepth } from '../kernels/depth-normals.ts';

/** What a suite's row derives from the maps that it predicts. */
export interface Derive {
  readonly normals: DepthNormalsRules;
}

/** What the predictor behind is asked for: depth, scored or not, and no normals of its own. */
export const tasksBehind = (tasks: readonly Task[]): Task[] =>
  TASKS.filter((task) => task === 'depth' || (task !== 'normals' && tasks.includes(task)));

/** @throws UsageError unless there is depth to derive normals from, and none already. */
export function requireDerivable(entry: string, tasks: readonly Task[]): void {
  if (!tasks.includes('depth'))
    throw new UsageError(
      `entry ${entry}: derive.normals needs a predictor of depth; this one gives ${tasks.join(', ') || 'nothing'}`,
    );
  if (tasks.includes('normals'))
    throw new UsageError(`entry ${entry}: derive.normals, but this one predicts normals itself; remove one of them`);
}

/**
 * The predictor with a map of normals computed from its own depth, in the camera of the data set. The time counts as
 * post-processing.
 * @throws UsageError as requireDerivable does; predict() throws ResourceError where the data set knows no camera.
 */
export function withDerivedNormals(
  predictor: Predictor,
  entry: string,
  { normals: rules }: Derive,
  now: () => number,
): Predictor {
  requireDerivable(entry, predictor.tasks);
  const { tasks, accuracyUndefined } = predictor;
  return {
    card: { ...predictor.card, derived: { normals: rules } },
    tasks: [...tasks, 'normals'],
    accuracyUndefined,
    async predict(input) {
      const camera = await input.intrinsics?.();
      if (!camera)
        throw new ResourceError(
          `sample ${input.id}: normals of depth need the camera, and the data set does not know it; a card of loader "folder" states it as camera: {fx, fy, cx, cy}`,
        );
      const prediction = await predictor.predict(input);
      const { depth } = prediction.maps;
      if (!depth) throw new Error(`${predictor.card.id} promised depth and gave none`);
      const start = now();
      const normals = completed(normalsOfDepth(depth, camera, rules), rules);
      const { timesMs } = prediction;
      return {
        ...prediction,
        maps: { ...prediction.maps, normals },
        timesMs: { ...timesMs, postprocess: timesMs.postprocess + now() - start },
      };
    },
    close: () => predictor.close(),
  };
}

/**
 * Every pixel gets an answer, as from a network: at the edge of the picture that of the nearest pixel which the window
 * fits around; the zero vector, which counts as 90 degrees, where a hole or a line of points leaves none.
 */
function completed(normals: NormalsRaster, { method, window }: DepthNormalsRules): NormalsRaster {
  const { height, width, data } = normals;
  const reach = method === 'cross' ? (window - 1) / 2 : 0;
  const inside = (at: number, size: number) => Math.max(Math.min(at, size - 1 - reach), Math.min(reach, size - 1));
  for (let row = 0, i = 0; row < height; row++)
    for (let column = 0; column < width; column++, i += 3) {
      if (!Number.isNaN(data[i])) continue;
      const from = 3 * (inside(row, height) * width + inside(column, width));
      for (let k = 0; k < 3; k++) data[i + k] = Number.isNaN(data[from + k]) ? 0 : data[from + k];
    }
  return normals;
}
