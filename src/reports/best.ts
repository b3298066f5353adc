import type { MeasuredEntry } from '../core/record.ts';
import { alike } from './alike.ts';
import type { ColumnSource, DraftCell } from './column-source.ts';

/** What decides whether a measured row is ranked, and with which. */
export interface RankedRow {
  readonly evidence: MeasuredEntry['evidence'];
  /** False for a single seed: the mean over all seeds ranks in its place. */
  readonly isRanked: boolean;
}

/**
 * Which cells are the best of their column, among rows that measure the same thing only: measured readings by
 * `alike`; the rows of one publication by its own word that they compare
 * (`rows` undefined). A figure that beats nothing is not marked; cells that print alike are marked alike.
 */
export function bestCells(
  rows: readonly RankedRow[] | undefined,
  cells: readonly (readonly DraftCell[])[],
  columns: readonly ColumnSource[],
): boolean[][] {
  const marks = cells.map((row) => row.map(() => false));
  columns.forEach(({ column }, j) => {
    if (column.better === 'neither') return;
    const sign = column.better === 'higher' ? 1 : -1;
    const readingAt = (i: number) => (rows?.[i].isRanked === false ? undefined : cells[i][j].reading);
    cells.forEach((row, i) => {
      const own = readingAt(i);
      if (!own || own.value === null) return;
      const rivals = cells.flatMap((other, k) => {
        const reading = readingAt(k);
        if (!reading || reading.value === null) return [];
        if (rows && !alike({ reading: own, ...rows[i] }, { reading, ...rows[k] })) return [];
        return [{ value: reading.value, text: other[j].text }];
      });
      const best = rivals.reduce((a, b) => (sign * b.value > sign * a.value ? b : a), {
        value: own.value,
        text: row[j].text,
      });
      marks[i][j] = row[j].text === best.text && rivals.some(({ text }) => text !== best.text);
    });
  });
  return marks;
}
