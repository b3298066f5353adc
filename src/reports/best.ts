import { taskOf } from '../core/figure-name.ts';
import { comparable } from '../core/reading.ts';
import type { MeasuredEntry } from '../core/record.ts';
import type { ColumnSource, DraftCell } from './column-source.ts';

/**
 * Which cells are the best of their column, among rows that measure the same thing only: measured readings by
 * `comparable` and on the same evidence; the rows of one publication by its own word that they compare
 * (`entries` undefined). A figure that beats nothing is not marked; cells that print alike are marked alike.
 */
export function bestCells(
  entries: readonly MeasuredEntry[] | undefined,
  cells: readonly (readonly DraftCell[])[],
  columns: readonly ColumnSource[],
): boolean[][] {
  const marks = cells.map((row) => row.map(() => false));
  columns.forEach(({ column }, j) => {
    if (column.better === 'neither') return;
    const sign = column.better === 'higher' ? 1 : -1;
    cells.forEach((row, i) => {
      const own = row[j].reading;
      if (!own || own.value === null) return;
      const rivals = cells.flatMap((other, k) => {
        const reading = other[j].reading;
        if (!reading || reading.value === null) return [];
        if (!entries) return [{ value: reading.value, text: other[j].text }];
        const alike = comparable(own, reading) && sameEvidence(entries[k], entries[i], reading.key);
        return alike ? [{ value: reading.value, text: other[j].text }] : [];
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

/** Rows with other tasks beside still compare in the task that they share. */
function sameEvidence(a: MeasuredEntry, b: MeasuredEntry, key: string): boolean {
  const task = taskOf(key);
  return task !== undefined && a.evidence[task] !== undefined && a.evidence[task] === b.evidence[task];
}
