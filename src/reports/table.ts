import type { Better } from '../core/reading.ts';
import {
  depthLossWords,
  type MeasuredEntry,
  type ReportedEntry,
  type RunProtocol,
  type RunRecord,
} from '../core/record.ts';
import { bestCells } from './best.ts';
import { type ColumnSource, finishCell } from './column-source.ts';
import { accuracyColumns, costColumns } from './columns.ts';
import { deltaMColumn } from './delta-m.ts';
import { labelsTable } from './labels.ts';
import { collectNotes, type Notes } from './notes.ts';
import { openLoopTable } from './open-loop.ts';
import { parityTable } from './parity.ts';
import { overrideLines, protocolLines } from './protocol-lines.ts';
import { protocolTables } from './protocol-table.ts';
import { seedGroups, seedsCell, seedsNote, seedsTitle } from './seeds.ts';
import { derivedWords } from './text.ts';

export interface Column {
  readonly label: string;
  /** "" for a plain ratio or for words. */
  readonly unit: string;
  readonly better: Better;
  readonly align: 'left' | 'right';
  readonly section: 'accuracy' | 'cost';
  /** For a glossary; "" where the label says it all. */
  readonly meaning: string;
}

export interface Cell {
  /** For people; "" where a paper prints nothing, "–" where a figure is undefined (a note says why). */
  readonly text: string;
  readonly best: boolean;
  readonly marks: readonly string[];
}

export interface Row {
  readonly title: string;
  readonly marks: readonly string[];
  readonly cells: readonly Cell[];
}

export interface Group {
  /** `seeds`: means over rows of the group before. */
  readonly kind: 'measured' | 'seeds' | 'reported';
  /** "" for the measured rows of a run without parts, which need no name. */
  readonly label: string;
  readonly url?: string;
  readonly rows: readonly Row[];
}

export interface ProtocolLine {
  readonly label: string;
  readonly words: string;
}

/** One table, decided: renderers only draw. */
export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly groups: readonly Group[];
  readonly notes: readonly { readonly mark: string; readonly text: string }[];
  readonly protocol: readonly ProtocolLine[];
}

/** Stands below every table that marks some figures as best. */
export const BEST_RULE =
  'best of the rows measured alike (same figure, pooling and protocol, same images); reported rows rank within their own table; no claim of significance.';

export const hasBest = (table: Table): boolean =>
  table.groups.some(({ rows }) => rows.some(({ cells }) => cells.some(({ best }) => best)));

/**
 * The tables of a run: where a suite measures experts' labels, these first; then the first protocol's with costs, latency and the papers' rows, then one for each further
 * protocol, accuracy only (of a run that was scored again, all protocols side by side instead), then the open loop where
 * one was run, then the parity of the entries where the suite compares them.
 */
export function buildTables(record: RunRecord): Table[] {
  const labels = [labelsTable(record)].filter((table) => table !== undefined);
  const further = [openLoopTable(record), parityTable(record)].filter((table) => table !== undefined);
  if (record.protocols.length === 0) return [...labels, buildTable(record, undefined, true), ...further];
  const [main, ...others] = record.protocols.map((protocol, index) => buildTable(record, protocol, index === 0));
  return [...labels, main, ...(record.rescoredFrom && others.length > 0 ? protocolTables(record) : others), ...further];
}

function buildTable(record: RunRecord, protocol: RunProtocol | undefined, isMain: boolean): Table {
  const measured = record.entries.filter((entry) => entry.kind === 'measured');
  const reported = isMain ? record.entries.filter((entry) => entry.kind === 'reported') : [];
  const notes = collectNotes();
  const columns = [
    ...accuracyColumns(record, protocol?.id, reported),
    ...(isMain && record.deltaM ? [deltaMColumn(record)] : []),
    ...(isMain ? costColumns(measured, reported) : []),
  ];
  const groups: Group[] = [...measuredGroups(measured, columns, notes), ...reportedGroups(reported, columns)];
  return {
    title: protocol?.title ?? record.suite.title,
    columns: columns.map(({ column }) => column),
    groups: groups.filter((group) => group.rows.length > 0),
    notes: notes.texts,
    protocol: [
      ...(protocol ? protocolLines(record, protocol, measured, columns) : []),
      ...(isMain ? overrideLines(record) : []),
    ],
  };
}

/** The measured rows, and behind them those over several seeds; ranked together. @param label of both groups */
export function measuredGroups(
  entries: readonly MeasuredEntry[],
  columns: readonly ColumnSource[],
  notes: Notes,
  label = '',
): Group[] {
  const groups = seedGroups(entries);
  const single = new Set(groups.flatMap(({ members }) => members));
  const drafts = [
    ...entries.map((entry) => ({
      title: entry.title,
      notes: rowNotes(entry),
      evidence: entry.evidence,
      isRanked: !single.has(entry),
      cells: columns.map(({ measured }) => measured(entry)),
    })),
    ...groups.map((group) => ({
      title: seedsTitle(group),
      notes: [seedsNote(group)],
      evidence: group.members[0].evidence,
      isRanked: true,
      cells: columns.map((source) => seedsCell(group, source)),
    })),
  ];
  const best = bestCells(
    drafts,
    drafts.map(({ cells }) => cells),
    columns,
  );
  const rows = drafts.map((draft, i) => ({
    title: draft.title,
    marks: draft.notes.map(notes.mark),
    cells: draft.cells.map((cell, j) => finishCell(cell, best[i][j], notes)),
  }));
  const over = label === '' ? 'Over seeds' : `${label}: over seeds`;
  return [
    { kind: 'measured', label, rows: rows.slice(0, entries.length) },
    { kind: 'seeds', label: over, rows: rows.slice(entries.length) },
  ];
}

function rowNotes(entry: MeasuredEntry): string[] {
  const failed =
    entry.failed > 0
      ? [
          `${entry.failed} of ${entry.images + entry.failed} images failed: ranked only against rows over the same images`,
        ]
      : [];
  const notes = [entry.model?.note, derivedWords(entry.backend)].filter((note) => note !== undefined);
  return [...notes, ...failed, ...(entry.depthLoss ? [depthLossWords(entry.depthLoss)] : [])];
}

/** The rows of publications, one group for each source. */
export const reportedGroups = (reported: readonly ReportedEntry[], columns: readonly ColumnSource[]): Group[] =>
  bySource(reported).map(([source, entries]) => reportedGroup(source, entries, columns));

function reportedGroup(source: string, entries: readonly ReportedEntry[], columns: readonly ColumnSource[]): Group {
  const cells = entries.map((entry) => columns.map(({ reported }) => reported(entry)));
  const best = bestCells(undefined, cells, columns);
  const url = entries.find((entry) => entry.url !== undefined)?.url;
  return {
    kind: 'reported',
    label: `Reported: ${source}`,
    ...(url !== undefined && { url }),
    rows: entries.map((entry, i) => ({
      title: entry.title,
      marks: [],
      cells: cells[i].map(({ text }, j) => ({ text, best: best[i][j], marks: [] })),
    })),
  };
}

function bySource(entries: readonly ReportedEntry[]): [string, ReportedEntry[]][] {
  const sources = new Map<string, ReportedEntry[]>();
  for (const entry of entries) sources.set(entry.source, [...(sources.get(entry.source) ?? []), entry]);
  return [...sources];
}
