import type { RealArray } from '../core/raster.ts';

/**
 * A copy in which missing depths (0 and NaN) are filled as KITTI's depth devkit fills a prediction before it scores it:
 * a gap in a row takes the smaller of its two neighbours, the ends of a row take the nearest value of that row; rows
 * without any value then take, column by column, the nearest row above the first and below the last that have one. Of a
 * row without a value between two that have some, every pixel stays missing, and so does a map without any value.
 */
export function fillBackground(depth: RealArray, height: number, width: number): Float64Array {
  const filled = Float64Array.from(depth);
  let first = -1;
  let last = -1;
  for (let row = 0; row < height; row++) {
    if (!fillRow(filled, row * width, (row + 1) * width)) continue;
    if (first < 0) first = row;
    last = row;
  }
  if (first < 0) return filled;
  const firstRow = filled.slice(first * width, (first + 1) * width);
  const lastRow = filled.slice(last * width, (last + 1) * width);
  for (let row = 0; row < first; row++) filled.set(firstRow, row * width);
  for (let row = last + 1; row < height; row++) filled.set(lastRow, row * width);
  return filled;
}

const isMissing = (value: number): boolean => !(value > 0 || value < 0);

/** @returns whether the row has any value. */
function fillRow(depth: Float64Array, start: number, end: number): boolean {
  let before = -1;
  for (let i = start; i < end; i++) {
    if (isMissing(depth[i])) continue;
    if (before < 0) depth.fill(depth[i], start, i);
    else if (i - before > 1) depth.fill(Math.min(depth[before], depth[i]), before + 1, i);
    before = i;
  }
  if (before < 0) return false;
  depth.fill(depth[before], before + 1, end);
  return true;
}
