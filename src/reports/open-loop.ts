import { shiftDecimal } from '../core/decimal.ts';
import type { OpenLoopRecord } from '../core/latency-record.ts';
import type { MeasuredEntry, RunRecord } from '../core/record.ts';
import { costColumn, UNDEFINED_TEXT } from './column-source.ts';
import { fixed } from './figures.ts';
import { collectNotes, type Notes } from './notes.ts';
import { overrideLines } from './protocol-lines.ts';
import type { Cell, Column, Table } from './table.ts';

const COLUMNS: readonly Column[] = [
  costColumn('missed', '%', 'share of frames that a newer one replaced before they were begun'),
  costColumn('p50', 'ms', 'median time from when a frame was due to its maps, over the frames that were answered'),
  costColumn('p95', 'ms', '19 of 20 answered frames were faster; shown from 200 on'),
  costColumn('p99', 'ms', '99 of 100 answered frames were faster; shown from 1000 on'),
];

const NEEDS = { p50Ms: 20, p95Ms: 200, p99Ms: 1000 } as const;

/** Its own block: responses to frames at a fixed rate are no latencies of calls that wait for each other. */
export function openLoopTable(record: RunRecord): Table | undefined {
  const entries = record.entries.flatMap((entry) =>
    entry.kind === 'measured' && (entry.openLoop || entry.openLoopUndefined !== undefined) ? [entry] : [],
  );
  if (entries.length === 0) return undefined;
  const notes = collectNotes();
  const known = entries.find(({ openLoop }) => openLoop)?.openLoop;
  const frames = known ? `: ${known.frames} frames at ${known.rateHz} Hz` : '';
  return {
    title: `Open loop${frames}`,
    columns: COLUMNS,
    groups: [
      {
        kind: 'measured',
        label: '',
        rows: entries.map((entry) => ({ title: entry.title, marks: [], cells: cellsOf(entry, notes) })),
      },
    ],
    notes: notes.texts,
    protocol: [
      {
        label: 'Open loop',
        words:
          'a frame comes at each multiple of the period, done or not; one that still waits when the next comes is dropped and counts as missed; times run from when a frame was due',
      },
      ...overrideLines(record),
    ],
  };
}

function cellsOf({ openLoop, openLoopUndefined }: MeasuredEntry, notes: Notes): Cell[] {
  const none = (reason: string): Cell => ({ text: UNDEFINED_TEXT, best: false, marks: [notes.mark(reason)] });
  if (!openLoop) return COLUMNS.map(() => none(openLoopUndefined ?? 'not measured'));
  const answered = openLoop.frames - openLoop.missed;
  const figure = (text: string): Cell => ({ text, best: false, marks: [] });
  const percentile = (name: keyof typeof NEEDS): Cell => {
    const value = openLoop[name];
    return value === undefined
      ? none(`${answered} answered frames are too few (${NEEDS[name]})`)
      : figure(fixed(value, 1));
  };
  return [figure(missedPercent(openLoop)), percentile('p50Ms'), percentile('p95Ms'), percentile('p99Ms')];
}

const missedPercent = ({ missed, frames }: OpenLoopRecord): string => fixed(shiftDecimal(missed / frames, 2), 1);
