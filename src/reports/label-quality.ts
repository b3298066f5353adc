import type { QualityRecord, StoredRow } from '../experts/quality/record.ts';
import { FILTER_KEYS, SCORE_KEYS } from '../experts/quality/selective-figures.ts';
import { columnOfFigure, finishCell, measuredCell } from './column-source.ts';
import { formatMeasured } from './figures.ts';
import { noiseLines } from './label-noise.ts';
import { collectNotes, type Notes } from './notes.ts';
import type { Cell, Column, Table } from './table.ts';

/** The tables of a layer: what each filter keeps and how good that is, then how well each score ranks. */
export function qualityTables(record: QualityRecord): Table[] {
  return record.rows.length === 0 ? [] : [filterTable(record), scoreTable(record)];
}

const INTERVAL: Column = {
  label: '95 %',
  unit: '%',
  better: 'neither',
  align: 'right',
  section: 'accuracy',
  meaning: 'interval of the precision when whole scenes are drawn anew (bootstrap)',
};

/** After kept, coverage and precision. */
const INTERVAL_AT = 3;

function filterTable(record: QualityRecord): Table {
  const { rows, data, images, splitCount } = record;
  const notes = collectNotes();
  const [first] = rows;
  const columns = FILTER_KEYS.map((key) => columnOfFigure(key, figureOf(first, key)));
  columns.splice(INTERVAL_AT, 0, INTERVAL);
  const scores = [...new Set(rows.map(({ score }) => score))];
  // Without a filter every score keeps the same.
  const unfiltered = rows.filter(({ score, threshold }) => score === scores[0] && threshold === 0);
  const groups = [
    { label: '', rows: unfiltered },
    ...scores.map((score) => ({
      label: score,
      rows: rows.filter((row) => row.score === score && row.threshold > 0),
    })),
  ];
  return {
    title: `Labels of ${first.expert}`,
    columns,
    groups: groups
      .filter((group) => group.rows.length > 0)
      .map(({ label, rows: inGroup }) => ({
        kind: 'measured',
        label,
        rows: inGroup.map((row) => ({ title: filterWords(row), marks: [], cells: filterCells(row, notes) })),
      })),
    notes: notes.texts,
    protocol: [
      {
        label: 'Data',
        words: `${data.id}, ${data.split}: ${images} of ${splitCount} images${data.isSample ? ' of sample data' : ''}`,
      },
      ...noiseLines(record),
    ],
  };
}

export const filterWords = ({ score, threshold }: Pick<StoredRow, 'score' | 'threshold'>): string =>
  threshold === 0 ? 'unfiltered' : `${score} >= ${threshold}`;

function filterCells(row: StoredRow, notes: Notes): Cell[] {
  const cells = FILTER_KEYS.map((key) => finishCell(measuredCell(figureOf(row, key)), false, notes));
  cells.splice(INTERVAL_AT, 0, { text: intervalText(row), best: false, marks: [] });
  return cells;
}

function intervalText({ precisionInterval }: StoredRow): string {
  if (!precisionInterval) return '';
  const { low, high } = precisionInterval;
  return `${formatMeasured('labels/precision', low)} to ${formatMeasured('labels/precision', high)}`;
}

function scoreTable({ rows }: QualityRecord): Table {
  const notes = collectNotes();
  const first = rows.filter(({ score }, i) => rows.findIndex((row) => row.score === score) === i);
  return {
    title: 'How well each score tells right labels from wrong ones',
    columns: SCORE_KEYS.map((key) => columnOfFigure(key, figureOf(rows[0], key))),
    groups: [
      {
        kind: 'measured',
        label: '',
        rows: first.map((row) => ({
          title: row.score,
          marks: [],
          cells: SCORE_KEYS.map((key) => finishCell(measuredCell(figureOf(row, key)), false, notes)),
        })),
      },
    ],
    notes: notes.texts,
    protocol: [
      {
        label: 'ECE',
        words: 'the score read as the probability that the label is right, which only some scores claim to be',
      },
    ],
  };
}

function figureOf({ figures }: StoredRow, key: string): StoredRow['figures'][number] {
  const found = figures.find((figure) => figure.key === key);
  if (!found) throw new Error(`a row of a label layer has no ${key}`);
  return found;
}
