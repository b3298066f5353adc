import type { MeasuredEntry, ReportedEntry, ReportedReading } from '../core/record.ts';
import type { Column } from './table.ts';

/** A cell before best marks and footnote letters are given out. */
export interface DraftCell {
  readonly text: string;
  /** What the cell shows, where it shows a figure of accuracy; only these are ranked. */
  readonly reading?: ReportedReading;
  readonly notes?: readonly string[];
}

/** A column and where its cells come from. */
export interface ColumnSource {
  readonly column: Column;
  measured(entry: MeasuredEntry): DraftCell;
  reported(entry: ReportedEntry): DraftCell;
}

export const UNDEFINED_TEXT = '–';
export const EMPTY: DraftCell = { text: '' };

export const costColumn = (label: string, unit: string, meaning: string): Column => ({
  label,
  unit,
  better: 'lower',
  align: 'right',
  section: 'cost',
  meaning,
});
