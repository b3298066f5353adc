import type { LabelArray } from '../core/raster.ts';

export interface ConfusionCounts {
  /** cells[truth * classes + prediction]: pixels. */
  readonly cells: Uint32Array;
  /** Per truth class: counted pixels whose prediction is no class at all. */
  readonly outOfRange: Uint32Array;
  /** Pixels that do not count: truth is the ignore label, or the mask is 0. */
  readonly ignored: number;
  /** Index of the first counted pixel whose truth is neither a class nor the ignore label; -1 = none. */
  readonly badTruthAt: number;
}

/**
 * Confusion counts of one image. Equal neighbours are counted as one run: labels are spatially coherent, and adding 1
 * to the same cell over and over waits for the previous store each time.
 */
export function countConfusion(
  truth: LabelArray,
  prediction: LabelArray,
  mask: Uint8Array | undefined,
  classes: number,
  ignore: number,
): ConfusionCounts {
  const cells = new Uint32Array(classes * classes);
  const outOfRange = new Uint32Array(classes);
  const size = truth.length;
  let ignored = 0;
  let start = 0;
  while (start < size) {
    const t = truth[start];
    const p = prediction[start];
    let end = start + 1;
    while (end < size && truth[end] === t && prediction[end] === p) end++;
    const counted = mask === undefined ? end - start : countSet(mask, start, end);
    ignored += end - start - counted;
    if (t === ignore) ignored += counted;
    else if (counted > 0) {
      if (t < 0 || t >= classes) return { cells, outOfRange, ignored, badTruthAt: firstSet(mask, start) };
      if (p >= 0 && p < classes) cells[t * classes + p] += counted;
      else outOfRange[t] += counted;
    }
    start = end;
  }
  return { cells, outOfRange, ignored, badTruthAt: -1 };
}

function countSet(mask: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) if (mask[i] !== 0) count++;
  return count;
}

function firstSet(mask: Uint8Array | undefined, start: number): number {
  let i = start;
  while (mask !== undefined && mask[i] === 0) i++;
  return i;
}
