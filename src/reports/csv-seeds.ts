import type { MeasuredEntry, RunRecord } from '../core/record.ts';
import type { Spread } from '../stats/spread.ts';
import { readingOf } from './alike.ts';
import type { Line } from './csv-line.ts';
import { deltaM, deltaMOverSeeds } from './delta-m.ts';
import { overSeeds, type SeedGroup, seedGroups, seedsTitle } from './seeds.ts';

const DELTA_M = { key: 'deltaM', unit: '1', better: 'higher' } as const;

/** What the tables show of a run beside the figures of single rows: delta_m, and means over seeds with their deviation. */
export function comparisonLines(record: RunRecord): Line[] {
  const measured = record.entries.filter((entry) => entry.kind === 'measured');
  return [
    ...measured.flatMap((entry) => deltaLines(record, entry)),
    ...seedGroups(measured).flatMap((group) => seedLines(record, group)),
  ];
}

function deltaLines(record: RunRecord, entry: MeasuredEntry): Line[] {
  const delta = deltaM(record, entry);
  if (!delta) return [];
  const { id, title, kind } = entry;
  const row = { entry: id, title, kind };
  if ('reason' in delta) return [{ ...row, ...DELTA_M, reason: delta.reason }];
  const singles = record.deltaM?.map(({ figure, single }) => `${figure} of ${single}`).join(', ');
  return [{ ...row, ...DELTA_M, value: delta.value, note: `mean relative gain over ${singles}` }];
}

/** Who a line over seeds is about. */
export const seedsRow = (group: SeedGroup) => ({ entry: group.name, title: seedsTitle(group), kind: 'seeds' });

function seedLines(record: RunRecord, group: SeedGroup): Line[] {
  const row = seedsRow(group);
  const ids = group.members.map(({ id }) => id).join(', ');
  const pair = (what: Line, spread: Spread): Line[] => [
    { ...row, ...what, value: spread.mean, count: spread.count, note: `mean over the seeds ${ids}` },
    {
      ...row,
      ...what,
      key: `${what.key}:sd`,
      better: 'neither',
      value: spread.deviation,
      count: spread.count,
      note: `standard deviation (n - 1) over the seeds ${ids}`,
    },
  ];
  const figures = group.members[0].readings.flatMap(({ key, unit, better, pooling, protocol, protocolId }): Line[] => {
    const what = { protocol_id: protocolId, fingerprint: protocol, key, pooling, unit, better };
    const figure = overSeeds(group, (entry) => readingOf(entry, key, protocolId, pooling));
    return 'reason' in figure ? [{ ...row, ...what, reason: figure.reason }] : pair(what, figure);
  });
  const delta = deltaMOverSeeds(record, group);
  if (!delta) return figures;
  return [...figures, ...('reason' in delta ? [{ ...row, ...DELTA_M, reason: delta.reason }] : pair(DELTA_M, delta))];
}
