import { taskOf } from '../core/figure-name.ts';
import { protocolWords } from '../core/protocol-words.ts';
import type { MeasuredEntry, RunProtocol, RunRecord } from '../core/record.ts';
import type { ColumnSource } from './column-source.ts';
import { grouped } from './figures.ts';
import { SEEDS_RULE, seedGroups } from './seeds.ts';
import type { ProtocolLine } from './table.ts';

const TASK_LABELS = { segmentation: 'Segmentation', depth: 'Depth', normals: 'Normals' } as const;

/**
 * What stands below a table: which pixels count, how much was measured, and the fingerprint of each column. Of a table
 * without figures of accuracy, only how many images were looked at.
 */
export function protocolLines(
  record: RunRecord,
  protocol: RunProtocol,
  entries: readonly MeasuredEntry[],
  columns: readonly ColumnSource[],
): ProtocolLine[] {
  const { data } = record;
  const images = {
    label: 'Images',
    words: `${grouped(data.count)} of ${grouped(data.splitCount)}, ${data.id} ${data.split}`,
  };
  if (!columns.some(({ column }) => column.section === 'accuracy')) return [images];
  const tasks = protocolWords(protocol).flatMap(({ task, words }) => {
    const readings = entries.flatMap((entry) =>
      entry.readings.filter((r) => r.protocolId === protocol.id && taskOf(r.key) === task && r.pooling === 'pixel'),
    );
    if (readings.length === 0) return [];
    const pixels = Math.max(...readings.map((reading) => reading.count));
    return [{ label: TASK_LABELS[task], words: `${words}. ${grouped(pixels)} pixels.` }];
  });
  return [
    { label: 'Protocol', words: `${protocol.id}: ${protocol.title} (${protocol.source})` },
    ...tasks,
    {
      label: 'Pooling',
      words: 'over all counted pixels of all images, unless a column says otherwise',
    },
    images,
    ...seedsLine(entries),
    ...fingerprintLine(entries, columns),
  ];
}

const seedsLine = (entries: readonly MeasuredEntry[]): ProtocolLine[] =>
  seedGroups(entries).length > 0 ? [{ label: 'Seeds', words: SEEDS_RULE }] : [];

/** Below tables of times: they were not measured as the suite says. */
export const overrideLines = ({ overrides }: Pick<RunRecord, 'overrides'>): ProtocolLine[] =>
  overrides === undefined
    ? []
    : [{ label: 'Flags', words: `${overrides.join(' ')}, in place of the suite's own rules` }];

/** Where the entries of a run differ in a column's fingerprint, all are named: those cells are not ranked together. */
function fingerprintLine(entries: readonly MeasuredEntry[], columns: readonly ColumnSource[]): ProtocolLine[] {
  const words = columns.flatMap(({ column, measured }) => {
    const hashes = new Set(entries.flatMap((entry) => measured(entry).reading?.protocol ?? []));
    return hashes.size > 0 ? [`${column.label} ${[...hashes].join(' or ')}`] : [];
  });
  return words.length > 0 ? [{ label: 'Fingerprints', words: words.join(', ') }] : [];
}
