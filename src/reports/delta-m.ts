import { figureName } from '../core/figure-name.ts';
import { type DeltaMTerm, type MeasuredEntry, mainProtocol, type RunRecord } from '../core/record.ts';
import { type Spread, spreadOf } from '../stats/spread.ts';
import { alike, readingOf } from './alike.ts';
import { type ColumnSource, type DraftCell, EMPTY, UNDEFINED_TEXT } from './column-source.ts';
import { fixed } from './figures.ts';
import { referenceOf } from './reference.ts';
import { type SeedGroup, withSpread } from './seeds.ts';
import type { Column } from './table.ts';

/** As fractions: the mean, and what each task adds to it; or why there is none. */
export type DeltaM =
  | { readonly value: number; readonly tasks: readonly { readonly task: string; readonly gain: number }[] }
  | { readonly reason: string };

/**
 * delta_m = 1/T sum of (-1)^l (M - M_single) / M_single over the tasks, l = 1 where lower is better (Maninis et al., CVPR
 * 2019, section 5): positive where one network for all tasks is better than one network for each. Where the single-task
 * network has several seeds, M_single is their mean. Only readings of equal fingerprints on equal images are compared.
 * Undefined where the run's suite names no single-task networks.
 */
export function deltaM(record: RunRecord, entry: MeasuredEntry): DeltaM | undefined {
  if (!record.deltaM) return undefined;
  const gains = [];
  for (const term of record.deltaM) {
    const gain = gainOf(record, entry, term);
    if (typeof gain !== 'number') return gain;
    gains.push({ task: term.task, gain });
  }
  return { value: gains.reduce((sum, { gain }) => sum + gain, 0) / gains.length, tasks: gains };
}

function gainOf(
  record: RunRecord,
  entry: MeasuredEntry,
  { task, figure, single }: DeltaMTerm,
): number | { readonly reason: string } {
  const { key, pooling } = figureName(figure);
  const protocolId = mainProtocol(record, task)?.id;
  const pick = (row: MeasuredEntry) => readingOf(row, key, protocolId, pooling);
  const own = pick(entry);
  if (!own) return { reason: `this entry has no ${figure}` };
  if (own.value === null) return { reason: `${figure}: ${own.reason ?? 'no reason recorded'}` };
  const reference = referenceOf(record, single, pick);
  if ('reason' in reference) return { reason: `the network for ${task} alone: ${reference.reason}` };
  if (!alike({ reading: own, evidence: entry.evidence }, reference))
    return { reason: `${single} was measured on other images or by other rules` };
  const { value } = reference;
  if (own.better === 'neither') return { reason: `${figure} is neither better nor worse when it is higher` };
  if (value === 0) return { reason: `${figure} of ${single} is 0: nothing is relative to it` };
  return ((own.better === 'lower' ? -1 : 1) * (own.value - value)) / value;
}

/** Mean over the seeds; their spread leaves out that of the single-task networks. */
export function deltaMOverSeeds(
  record: RunRecord,
  { members }: SeedGroup,
): Spread | { readonly reason: string } | undefined {
  const values: number[] = [];
  for (const entry of members) {
    const delta = deltaM(record, entry);
    if (!delta || 'reason' in delta) return delta;
    values.push(delta.value);
  }
  return spreadOf(values);
}

const COLUMN: Column = {
  label: 'Δm',
  unit: '%',
  better: 'higher',
  align: 'right',
  section: 'accuracy',
  meaning:
    'delta_m: mean over the tasks of the relative gain over the network that was made for the task alone; above 0: one network for all is better',
};

/** Nothing where the suite compares with no single-task networks. @param record undefined: the column of other rows */
export const deltaMColumn = (record: RunRecord | undefined): ColumnSource => ({
  column: COLUMN,
  measured(entry) {
    const delta = record && deltaM(record, entry);
    if (!delta) return EMPTY;
    if ('reason' in delta) return undefinedCell(delta.reason);
    const gains = delta.tasks.map(({ task, gain }) => `${task} ${percent(gain)} %`);
    return { text: percent(delta.value), notes: [`relative gain: ${gains.join(', ')}`] };
  },
  seeds(group) {
    const delta = record && deltaMOverSeeds(record, group);
    if (!delta) return EMPTY;
    if ('reason' in delta) return undefinedCell(delta.reason);
    return { text: withSpread(percent(delta.mean), fixed(100 * delta.deviation, 2)) };
  },
  reported: () => EMPTY,
});

const undefinedCell = (reason: string): DraftCell => ({ text: UNDEFINED_TEXT, notes: [reason] });

/** With its sign. */
export const percent = (fraction: number): string => `${fraction > 0 ? '+' : ''}${fixed(100 * fraction, 2)}`;
