import type { NormalsProtocol, TaskProtocols } from '../../../core/protocol.ts';
import type { Task } from '../../../core/tasks.ts';
import type { Case } from '../mistake.ts';
import { countedDepth, countedNormals, countsLabel } from './counted.ts';

/** Displacements that are tried along each axis, pixels. */
export const SHIFTS_PX = [-4, -2, -1, 0, 1, 2, 4] as const;
const REACH_PX = 4;
/** An edge of the truth lies between the pixels this far before and behind; of labels, which move by whole pixels, further. */
const EDGE_PX = { segmentation: 4, depth: 2, normals: 2 } as const;
/** Most pixels are not near an edge. */
const SAMPLED = 30_000;

/**
 * How far predictions taken `SHIFTS_PX[k]` pixels further to the right (axis 0) or down (axis 1) are from the truth, summed
 * near its edges over the first and the second half of that axis: entry (2 * axis + half) * SHIFTS_PX.length + k.
 */
export type ShiftSums = Float64Array;

export function shiftSums<T extends Task>(task: T, given: Case<T>, protocol: TaskProtocols[T]): ShiftSums {
  const { height, width } = given.truth;
  const sums = new Float64Array(4 * SHIFTS_PX.length);
  const errors = new Float64Array(SHIFTS_PX.length);
  const error = ERRORS[task](given as never);
  const isEdge = EDGES[task](given as never);
  for (const pixel of COUNTED[task](given as never, protocol as never)) {
    const row = Math.floor(pixel / width);
    const column = pixel - row * width;
    if (row < REACH_PX || column < REACH_PX || row >= height - REACH_PX || column >= width - REACH_PX) continue;
    for (let axis = 0; axis < 2; axis++) {
      const step = axis ? width : 1;
      if (!isEdge(pixel - EDGE_PX[task] * step, pixel + EDGE_PX[task] * step)) continue;
      let total = 0;
      for (let k = 0; k < SHIFTS_PX.length; k++) total += errors[k] = error(pixel, pixel + SHIFTS_PX[k] * step);
      // Sums over different pixels could not be compared.
      if (!Number.isFinite(total)) continue;
      const half = axis ? (2 * row < height ? 0 : 1) : 2 * column < width ? 0 : 1;
      for (let k = 0; k < SHIFTS_PX.length; k++) sums[(2 * axis + half) * SHIFTS_PX.length + k] += errors[k];
    }
  }
  return sums;
}

/** Whether the truth changes between two pixels: elsewhere a displacement moves nothing, and noise would drown it. */
const EDGES: { readonly [T in Task]: (given: Case<T>) => (before: number, behind: number) => boolean } = {
  segmentation:
    ({ truth: { data } }) =>
    (before, behind) =>
      data[before] !== data[behind],
  depth:
    ({ truth: { data } }) =>
    (before, behind) =>
      Math.abs(Math.log(data[before] / data[behind])) > 0.1,
  normals:
    ({ truth: { data } }) =>
    (a, b) =>
      data[3 * a] * data[3 * b] + data[3 * a + 1] * data[3 * b + 1] + data[3 * a + 2] * data[3 * b + 2] < 0.9,
};

const COUNTED: { readonly [T in Task]: (given: Case<T>, protocol: TaskProtocols[T]) => Iterable<number> } = {
  *segmentation(given, protocol) {
    const { data, width } = given.truth;
    const counts = countsLabel(given, protocol);
    let step = Math.max(1, Math.round(data.length / SAMPLED));
    // Else every row would be looked at in the same columns.
    while (step > 1 && width % step === 0) step++;
    for (let i = 0; i < data.length; i += step) if (counts(i)) yield i;
  },
  depth: (given, protocol) => countedDepth(given, protocol, SAMPLED),
  normals: (given, protocol: NormalsProtocol) => countedNormals(given, protocol, SAMPLED),
};

/** The error of the prediction at one pixel against the truth at another; bounded, so that no outlier decides. */
const ERRORS: { readonly [T in Task]: (given: Case<T>) => (truthAt: number, predictionAt: number) => number } = {
  segmentation:
    ({ truth, prediction }) =>
    (t, p) =>
      truth.data[t] === prediction.data[p] ? 0 : 1,
  depth:
    ({ truth, prediction }) =>
    (t, p) => {
      const value = prediction.data[p];
      return value > 0 ? Math.min(1, Math.abs(Math.log(value / truth.data[t]))) : Number.NaN;
    },
  normals:
    ({ truth: { data: truth }, prediction: { data: prediction } }) =>
    (t, p) => {
      const [x, y, z] = [prediction[3 * p], prediction[3 * p + 1], prediction[3 * p + 2]];
      const dot = truth[3 * t] * x + truth[3 * t + 1] * y + truth[3 * t + 2] * z;
      return 1 - dot / Math.sqrt(x * x + y * y + z * z);
    },
};
