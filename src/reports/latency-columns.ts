import type { LatencyRatioRecord, LatencyRecord } from '../core/latency-record.ts';
import type { MeasuredEntry } from '../core/record.ts';
import { type ColumnSource, costColumn, type DraftCell, EMPTY, UNDEFINED_TEXT } from './column-source.ts';
import { fixed } from './figures.ts';

const undefinedCell = (reason: string): DraftCell => ({ text: UNDEFINED_TEXT, notes: [reason] });
const noLatency = ({ latencyUndefined }: MeasuredEntry): DraftCell =>
  undefinedCell(latencyUndefined ?? 'the latency of this entry was not measured');

/** Latency, its 90th percentile, the ratio to the reference and peak memory; a column that no row fills is left out. */
export function latencyColumns(measured: readonly MeasuredEntry[]): ColumnSource[] {
  const has = (test: (entry: MeasuredEntry) => unknown) => measured.some((entry) => test(entry) !== undefined);
  return [
    ...(has((e) => e.latency ?? e.latencyUndefined) ? [latencyColumn] : []),
    ...(has((e) => e.latency?.stages.total.p90Ms) ? [p90Column] : []),
    ...(has((e) => e.latencyRatio ?? e.latencyRatioUndefined) ? [ratioColumn(measured)] : []),
    ...(has((e) => e.latency?.peakMemoryBytes) ? [memoryColumn] : []),
  ];
}

const latencyColumn: ColumnSource = {
  column: costColumn('latency', 'ms', 'median time of one image: prepare, infer and post-process, batch 1'),
  measured: (entry) => {
    const { latency } = entry;
    if (!latency) return noLatency(entry);
    const note = `median on ${wherePhrase(latency)}, batch 1, images of ${latency.inputSize}; absolute times are not ranked (spread: HTML report)`;
    return { text: fixed(latency.stages.total.medianMs, 1), notes: [note, ...stabilityNotes(latency)] };
  },
  reported: () => EMPTY,
};

const stabilityNotes = ({ stability, rejectedAttempts = [] }: LatencyRecord): string[] => [
  // One note for all rows; the record has the numbers of each.
  ...(stability?.verdict === 'unjudged' ? ['too few calls to tell whether the machine was quiet'] : []),
  ...(rejectedAttempts.length > 0 ? [againPhrase(rejectedAttempts.length)] : []),
];

/** A figure of a machine that was disturbed just before is worth less than one of a quiet machine. */
export const againPhrase = (rejected: number): string =>
  `measured again after ${rejected} invalid attempt${rejected === 1 ? '' : 's'}`;

/** "cpu, 2 threads (stated; 1 seen at work)". */
export function wherePhrase({ device, threads, proof }: LatencyRecord): string {
  const count = threads === undefined ? [] : [`${threads} thread${threads === 1 ? '' : 's'}`];
  const seen = proof?.threadsAtWork === undefined ? '' : `; ${proof.threadsAtWork} seen at work`;
  const doubt = proof === undefined || proof.threads === 'proven' ? '' : ` (stated${seen})`;
  return `${[device, ...count].join(', ')}${doubt}`;
}

const p90Column: ColumnSource = {
  column: costColumn('p90', 'ms', 'nine of ten calls were faster; shown from 100 calls on'),
  measured: (entry) => {
    const { latency } = entry;
    if (!latency) return noLatency(entry);
    const { p90Ms, count } = latency.stages.total;
    if (p90Ms === undefined) return undefinedCell(`${count} calls are too few for a 90th percentile (100)`);
    return { text: fixed(p90Ms, 1) };
  },
  reported: () => EMPTY,
};

const memoryColumn: ColumnSource = {
  column: costColumn(
    'memory',
    'MiB',
    'peak resident memory of the process that measured latency, Node itself included',
  ),
  measured: (entry) => {
    const { latency } = entry;
    if (!latency) return noLatency(entry);
    if (latency.peakMemoryBytes === undefined) return undefinedCell('the record holds none');
    return { text: fixed(latency.peakMemoryBytes / 2 ** 20, 0) };
  },
  reported: () => EMPTY,
};

/** Rows may have references of their own: then the notes of the cells name them. */
function ratioColumn(measured: readonly MeasuredEntry[]): ColumnSource {
  const references = new Set(measured.flatMap(({ latencyRatio }) => latencyRatio?.to ?? []));
  const [only] = references.size === 1 ? references : [];
  return {
    column: costColumn(
      `× ${only ?? 'reference'}`,
      '95 % interval',
      `own time / time of the reference entry${only === undefined ? '' : ` ${only}`}, alternated call by call; below 1 is faster`,
    ),
    measured({ id, latencyRatio, latencyRatioUndefined }) {
      if (latencyRatio) return { text: ratioText(latencyRatio), notes: [ratioNote(latencyRatio)] };
      if (references.has(id)) return { text: '1 (reference)' };
      return undefinedCell(latencyRatioUndefined ?? 'this entry was not compared');
    },
    reported: () => EMPTY,
  };
}

export const ratioText = ({ ratio, low, high }: LatencyRatioRecord): string =>
  `${fixed(ratio, 3)} [${fixed(low, 3)}, ${fixed(high, 3)}]`;

export function ratioNote({ to, verdict, reason, processes }: LatencyRatioRecord): string {
  const how = processes === 1 ? 'in one process' : 'two processes in turns';
  return `${verdict}${reason === undefined ? '' : ` (${reason})`}: median ratio to ${to}, A B B A, ${how}`;
}
