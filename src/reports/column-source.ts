import type { Reading } from '../core/reading.ts';
import type { MeasuredEntry, ReportedEntry, ReportedReading } from '../core/record.ts';
import { formatMeasured, headingOf } from './figures.ts';
import type { Notes } from './notes.ts';
import type { SeedGroup } from './seeds.ts';
import type { Cell, Column } from './table.ts';

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
  /** Of a row over several seeds; default: the mean of the readings of its members. */
  seeds?(group: SeedGroup): DraftCell;
}

export const UNDEFINED_TEXT = '–';
export const EMPTY: DraftCell = { text: '' };

/**
 * The column of a figure of accuracy.
 * @param sample a reading that shows its unit and direction; undefined where no row has one
 */
export const columnOfFigure = (
  key: string,
  sample: Pick<Reading, 'unit' | 'better' | 'pooling'> | undefined,
  pooling = sample?.pooling ?? 'pixel',
): Column => ({
  ...headingOf(key, pooling, sample?.unit ?? '1'),
  better: sample?.better ?? 'neither',
  align: 'right',
  section: 'accuracy',
});

/** A measured figure for people; what is undefined says why. */
export const measuredCell = ({ key, value, reason }: Pick<Reading, 'key' | 'value' | 'reason'>): DraftCell =>
  value === null
    ? { text: UNDEFINED_TEXT, notes: [reason ?? 'no reason recorded'] }
    : { text: formatMeasured(key, value) };

export const finishCell = ({ text, notes: texts = [] }: DraftCell, best: boolean, notes: Notes): Cell => ({
  text,
  best,
  marks: texts.map(notes.mark),
});

export const costColumn = (label: string, unit: string, meaning: string): Column => ({
  label,
  unit,
  better: 'lower',
  align: 'right',
  section: 'cost',
  meaning,
});
