import { figureName, taskOf } from '../core/figure-name.ts';
import { protocolWords } from '../core/protocol-words.ts';
import type { Pooling, Reading } from '../core/reading.ts';
import type { RunProtocol, RunRecord } from '../core/record.ts';
import { TASKS, type Task } from '../core/tasks.ts';
import { columnOfFigure, finishCell, measuredCell } from './column-source.ts';
import { DEFAULT_COLUMNS, figureOrder, grouped, POOLED_OVER } from './figures.ts';
import { collectNotes, type Notes } from './notes.ts';
import type { Cell, Column, ProtocolLine, Row, Table } from './table.ts';

/** One prediction, scored by one protocol. */
export interface ScoredRow {
  readonly title: string;
  readonly protocol: Omit<RunProtocol, 'title' | 'source'>;
  readonly readings: readonly Omit<Reading, 'protocol'>[];
}

/**
 * "One prediction, all protocols": a row for each protocol that covers the task, pooled as its source pools. Nothing is
 * marked as best, for no two rows measure the same thing.
 */
export function protocolTable(task: Task, rows: readonly ScoredRow[], images: ProtocolLine): Table {
  const own = rows.filter(({ protocol }) => protocol[task] !== undefined);
  const keys = [...new Set(own.flatMap((row) => printedOf(task, row).keys))].sort(figureOrder);
  const notes = collectNotes();
  return {
    title: `One prediction, all protocols: ${task}`,
    columns: [...keys.map((key) => columnOf(key, own)), POOLING, COUNTED],
    groups: [{ kind: 'measured', label: '', rows: own.map((row) => rowOf(task, keys, row, notes)) }],
    notes: notes.texts,
    protocol: [...wordsOf(task, own), images, NO_RANK],
  };
}

/** One table for each task of a run. */
export function protocolTables(record: RunRecord): Table[] {
  const { data, protocols } = record;
  const measured = record.entries.filter((entry) => entry.kind === 'measured');
  const rows = measured.flatMap((entry) =>
    protocols.map((protocol) => ({
      title: measured.length > 1 ? `${entry.title}, ${protocol.id}` : protocol.id,
      protocol,
      readings: entry.readings.filter(({ protocolId }) => protocolId === protocol.id),
    })),
  );
  const words = `${grouped(data.count)} of ${grouped(data.splitCount)}, ${data.id} ${data.split}`;
  return TASKS.flatMap((task) => {
    const own = rows.filter(({ readings }) => readings.some(({ key }) => taskOf(key) === task));
    if (own.length === 0) return [];
    const table = protocolTable(task, own, { label: 'Images', words });
    return [{ ...table, title: measured.length > 1 ? table.title : `${table.title}, ${measured[0].title}` }];
  });
}

const POOLING: Column = {
  label: 'pooled over',
  unit: '',
  better: 'neither',
  align: 'left',
  section: 'accuracy',
  meaning:
    'pixels: all counted pixels of all images as one; images: mean over images; rms: root mean square over images',
};

const COUNTED: Column = {
  label: 'counted',
  unit: 'px',
  better: 'neither',
  align: 'right',
  section: 'accuracy',
  meaning: 'pixels that the rules let count, over all images',
};

const NO_RANK: ProtocolLine = {
  label: 'Rows',
  words:
    'one prediction by other rules in each row, so that no row is better than another; in brackets: figures that the source of the rules does not print',
};

/** What the source of a row's rules prints of a task, and how it pools; the usual figures where it says nothing. */
function printedOf(task: Task, { protocol }: ScoredRow): { keys: readonly string[]; pooling: Pooling } {
  const ofTask = (names: readonly string[]) => names.map(figureName).filter((name) => name.task === task);
  const named = ofTask(protocol.figures ?? []);
  const names = named.length > 0 ? named : ofTask(DEFAULT_COLUMNS);
  // A test holds that the figures which a preset names of one task share a pooling.
  return { keys: names.map(({ key }) => key), pooling: names[0].pooling ?? 'pixel' };
}

function columnOf(key: string, rows: readonly ScoredRow[]): Column {
  const reading = rows.flatMap(({ readings }) => readings).find((candidate) => candidate.key === key);
  return columnOfFigure(key, reading, 'pixel');
}

function rowOf(task: Task, keys: readonly string[], row: ScoredRow, notes: Notes): Row {
  const { title, readings } = row;
  const printed = printedOf(task, row);
  const pixels = readings.filter(({ key, pooling }) => taskOf(key) === task && pooling === 'pixel');
  const counted = Math.max(0, ...pixels.map(({ count }) => count));
  return {
    title,
    marks: [],
    cells: [
      ...keys.map((key) => figureCell(key, printed, readings, notes)),
      plainCell(POOLED_OVER[printed.pooling]),
      plainCell(grouped(counted)),
    ],
  };
}

const plainCell = (text: string): Cell => ({ text, best: false, marks: [] });

function figureCell(
  key: string,
  printed: { keys: readonly string[]; pooling: Pooling },
  readings: ScoredRow['readings'],
  notes: Notes,
): Cell {
  const reading = readings.find((candidate) => candidate.key === key && candidate.pooling === printed.pooling);
  if (!reading) return plainCell('');
  const cell = measuredCell(reading);
  const isBare = reading.value === null || printed.keys.includes(key);
  return finishCell(isBare ? cell : { text: `(${cell.text})` }, false, notes);
}

/** Which pixels count: protocols with the same rules share a line. */
function wordsOf(task: Task, rows: readonly ScoredRow[]): ProtocolLine[] {
  const ids = new Map<string, Set<string>>();
  for (const { protocol } of rows)
    for (const { words } of protocolWords({ [task]: protocol[task] }))
      ids.set(words, (ids.get(words) ?? new Set()).add(protocol.id));
  return [...ids].map(([words, names]) => ({ label: [...names].join(', '), words }));
}
