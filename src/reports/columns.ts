import { figureName, taskOf } from '../core/figure-name.ts';
import type {
  EntryReading,
  MeasuredEntry,
  ReportedEntry,
  ReportedReading,
  RunProtocol,
  RunRecord,
} from '../core/record.ts';
import { TASKS } from '../core/tasks.ts';
import { type ColumnSource, columnOfFigure, EMPTY, measuredCell, UNDEFINED_TEXT } from './column-source.ts';
import { networkColumns } from './cost-columns.ts';
import { DEFAULT_COLUMNS, formatPrinted } from './figures.ts';
import { latencyColumns } from './latency-columns.ts';

/**
 * The figures of a table: those that the suite names ("depth/rmse", or "depth/rmse@image" for another pooling); else,
 * under a protocol of a single task, those that its source prints; else the default ones. Of the last two, those that an
 * entry of this run has.
 */
export function accuracyColumns(
  record: RunRecord,
  protocolId: string | undefined,
  reported: readonly ReportedEntry[],
): ColumnSource[] {
  const measured = record.entries.flatMap((entry) => (entry.kind === 'measured' ? entry.readings : []));
  const here: ReportedReading[] = measured.filter((reading) => reading.protocolId === protocolId);
  // A run in which nothing could be measured still shows what the papers have.
  const known = here.length > 0 ? here : reported.flatMap((entry) => entry.readings);
  const protocol = record.protocols.find(({ id }) => id === protocolId);
  const usual = printedFigures(protocol) ?? DEFAULT_COLUMNS;
  const wanted =
    record.columns?.filter((name) => isCovered(name, protocol)) ??
    usual.filter((name) => known.some((reading) => isNamed(reading, name)));
  return wanted.map((name) => accuracyColumn(name, known, protocolId));
}

/** A column of a task that the protocol has no rules for would be one of dashes. */
function isCovered(name: string, protocol: RunProtocol | undefined): boolean {
  const task = taskOf(name);
  return task === undefined || protocol === undefined || protocol[task] !== undefined;
}

/** Protocols of several tasks keep the default columns: those are chosen so that one table sums up all tasks. */
function printedFigures(protocol: RunProtocol | undefined): readonly string[] | undefined {
  const tasks = TASKS.filter((task) => protocol?.[task] !== undefined);
  return tasks.length === 1 ? protocol?.figures : undefined;
}

/** Whether a reading is the one of a name such as "depth/rmse" or "depth/rmse@image". */
export function isNamed({ key, pooling }: ReportedReading, name: string): boolean {
  const wanted = figureName(name);
  return key === wanted.key && (wanted.pooling === undefined || pooling === wanted.pooling);
}

/**
 * One figure of a table under one protocol of the run.
 * @param known readings that show the figure's unit, direction and pooling
 */
export function accuracyColumn(
  name: string,
  known: readonly ReportedReading[],
  protocolId: string | undefined,
): ColumnSource {
  const { key } = figureName(name);
  const matches = known.filter((reading) => isNamed(reading, name));
  const sample = matches.find((reading) => reading.pooling === 'pixel') ?? matches[0];
  const pick = <R extends ReportedReading>(readings: readonly R[]): R | undefined =>
    readings.find((reading) => reading.key === key && reading.pooling === sample?.pooling);
  return {
    column: columnOfFigure(key, sample),
    measured(entry) {
      const reading = pick<EntryReading>(entry.readings.filter((r) => r.protocolId === protocolId));
      if (!reading) return { text: UNDEFINED_TEXT, notes: ['this entry predicts nothing for this figure'] };
      return { ...measuredCell(reading), reading };
    },
    reported(entry) {
      const reading = pick(entry.readings);
      if (!reading || reading.value === null) return EMPTY;
      return { text: formatPrinted(key, reading.value), reading };
    },
  };
}

/** Costs, latency and what papers print of them; a column that no row fills is left out. */
export function costColumns(measured: readonly MeasuredEntry[], reported: readonly ReportedEntry[]): ColumnSource[] {
  const prints = (test: (entry: ReportedEntry) => unknown) => reported.some((entry) => test(entry) !== undefined);
  return [
    ...networkColumns(measured, reported),
    ...latencyColumns(measured),
    ...(prints((e) => e.latencyAsReported) || prints((e) => e.cost?.gflopsAsReported ?? e.cost?.inputSize)
      ? [asReportedColumn]
      : []),
  ];
}

const asReportedColumn: ColumnSource = {
  column: {
    label: 'as reported',
    unit: '',
    better: 'neither',
    align: 'left',
    section: 'cost',
    meaning: 'speed and size in the words of the publication; its "GFLOPs" are not MACs',
  },
  measured: () => EMPTY,
  reported: ({ cost, latencyAsReported }) => {
    const gflops = cost?.gflopsAsReported === undefined ? [] : [`${cost.gflopsAsReported} GFLOPs`];
    const time = latencyAsReported === undefined ? [] : [latencyAsReported];
    const size = cost?.inputSize === undefined ? [] : [`input ${cost.inputSize}`];
    return { text: [...gflops, ...time, ...size].join(', ') };
  },
};
