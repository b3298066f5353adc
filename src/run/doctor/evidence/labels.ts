import type { SegmentationProtocol } from '../../../core/protocol.ts';
import type { Case } from '../mistake.ts';
import { countsLabel } from './counted.ts';

/** Pixels of one image by true class and predicted value, whatever that value is: cells `truth, value, pixels` in a row. */
export type JointCounts = Int32Array;

/** Predicted values beyond are taken for this one: no label set reaches it. */
const BEYOND = 65_535;
const VALUES = BEYOND + 1;

export function jointCounts(given: Case<'segmentation'>, protocol: SegmentationProtocol): JointCounts {
  const { prediction, truth } = given;
  const counts = countsLabel(given, protocol);
  const cells = new Map<number, number>();
  let last = -1;
  let run = 0;
  const flush = () => run > 0 && cells.set(last, (cells.get(last) ?? 0) + run);
  for (let i = 0; i < truth.data.length; i++) {
    if (!counts(i)) continue;
    const p = prediction.data[i];
    const cell = truth.data[i] * VALUES + (p >= 0 && p < BEYOND ? p : BEYOND);
    if (cell === last) run++;
    else {
      flush();
      [last, run] = [cell, 1];
    }
  }
  flush();
  return Int32Array.from([...cells].flatMap(([cell, pixels]) => [Math.floor(cell / VALUES), cell % VALUES, pixels]));
}

export interface Cell {
  readonly truth: number;
  readonly value: number;
  readonly pixels: number;
}

/** The cells of several images added up. */
export function pooledCells(images: readonly JointCounts[]): Cell[] {
  const cells = new Map<number, number>();
  for (const image of images)
    for (let i = 0; i < image.length; i += 3) {
      const cell = image[i] * VALUES + image[i + 1];
      cells.set(cell, (cells.get(cell) ?? 0) + image[i + 2]);
    }
  return [...cells].map(([cell, pixels]) => ({ truth: Math.floor(cell / VALUES), value: cell % VALUES, pixels }));
}
