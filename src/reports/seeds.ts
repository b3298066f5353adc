import type { MeasuredEntry, ReportedReading } from '../core/record.ts';
import { type Spread, spreadOf } from '../stats/spread.ts';
import { alike } from './alike.ts';
import { type ColumnSource, type DraftCell, EMPTY, UNDEFINED_TEXT } from './column-source.ts';
import { formatMeasured } from './figures.ts';

/** Rows of one design that was trained from several seeds; those of them that could be opened: at least one. */
export interface SeedGroup {
  readonly name: string;
  readonly members: readonly MeasuredEntry[];
}

export function seedGroups(entries: readonly MeasuredEntry[]): SeedGroup[] {
  const names = new Set(entries.flatMap(({ seedsOf }) => seedsOf ?? []));
  return [...names]
    .map((name) => ({ name, members: entries.filter(({ seedsOf }) => seedsOf === name) }))
    .filter((group) => plannedOf(group) > 1);
}

/** Records of before say nothing of rows that could not be opened. */
const plannedOf = ({ members }: SeedGroup): number => members[0].seedsPlanned ?? members.length;

/** The group that a row belongs to, where it is one of several. */
export const groupOf = (entry: MeasuredEntry, entries: readonly MeasuredEntry[]): SeedGroup | undefined =>
  seedGroups(entries).find(({ members }) => members.some(({ id }) => id === entry.id));

export const seedsTitle = ({ name, members }: SeedGroup): string =>
  `${name}: mean of ${plannedOf({ name, members })} seeds`;

export const seedsNote = ({ members }: SeedGroup): string =>
  `mean ± standard deviation (n - 1) over the rows ${members.map(({ title }) => title).join('; ')}`;

/** Stands below every table that has such rows. */
export const SEEDS_RULE =
  'a row "mean of n seeds" holds the mean ± standard deviation (n - 1) of the finished figures of n networks that differ in their seed alone; it ranks by its mean, and in place of its single seeds, which are not ranked';

/** One figure over the seeds, or why there is none. `sample` is the first seed's reading. */
export type OverSeeds = (Spread & { readonly sample: ReportedReading }) | { readonly reason: string };

export function overSeeds(
  { name, members }: SeedGroup,
  pick: (entry: MeasuredEntry) => ReportedReading | undefined,
): OverSeeds {
  const planned = plannedOf({ name, members });
  if (members.length < planned)
    return { reason: `${members.length} of ${planned} seeds could be opened, and a mean over those might flatter` };
  const found = members.map((entry) => ({ entry, reading: pick(entry) }));
  const values: number[] = [];
  const [first] = found;
  for (const { entry, reading } of found) {
    if (!reading || !first.reading) return { reason: `${entry.title} has no such figure` };
    if (reading.value === null) return { reason: `${entry.title}: ${reading.reason ?? 'no reason recorded'}` };
    if (!alike({ reading: first.reading, evidence: first.entry.evidence }, { reading, evidence: entry.evidence }))
      return { reason: 'the seeds were measured on other images or by other rules' };
    values.push(reading.value);
  }
  return { ...spreadOf(values), sample: first.reading as ReportedReading };
}

/** A column's cell of a group; costs that are not the same for all seeds stay with the single rows. */
export function seedsCell(group: SeedGroup, source: ColumnSource): DraftCell {
  if (source.seeds) return source.seeds(group);
  const cells = new Map(group.members.map((entry) => [entry.id, source.measured(entry)]));
  const [first, ...others] = cells.values();
  if (![...cells.values()].some(({ reading }) => reading))
    return others.every(({ text }) => text === first.text) ? first : EMPTY;
  const figure = overSeeds(group, ({ id }) => cells.get(id)?.reading);
  if ('reason' in figure) return { text: UNDEFINED_TEXT, notes: [figure.reason] };
  const { sample, mean, deviation } = figure;
  return {
    text: withSpread(formatMeasured(sample.key, mean), formatMeasured(sample.key, deviation)),
    reading: { ...sample, value: mean },
    notes: first.notes,
  };
}

export const withSpread = (mean: string, deviation: string): string => `${mean} ± ${deviation}`;
