import type { MeasuredEntry, ReportedReading, RunRecord } from '../core/record.ts';
import type { OnEvidence } from './alike.ts';
import { groupOf, overSeeds } from './seeds.ts';

/** What others are compared with: the figure of one row, or its mean over the seeds of that row's design. */
export interface Reference extends OnEvidence {
  readonly value: number;
  /** Where the design has several seeds. */
  readonly seeds?: { readonly count: number; readonly deviation: number };
}

/** The figure of the entry of this id, over all its seeds where it has several; or why there is none. */
export function referenceOf(
  { entries }: Pick<RunRecord, 'entries'>,
  id: string,
  pick: (entry: MeasuredEntry) => ReportedReading | undefined,
): Reference | { readonly reason: string } {
  const measured = entries.filter((entry) => entry.kind === 'measured');
  const row = measured.find((entry) => entry.id === id);
  if (!row) return { reason: `${id} could not be opened` };
  const { evidence } = row;
  const group = groupOf(row, measured);
  if (group) {
    const figure = overSeeds(group, pick);
    if ('reason' in figure) return figure;
    const { count, mean, deviation, sample } = figure;
    return { value: mean, reading: sample, evidence, seeds: { count, deviation } };
  }
  const reading = pick(row);
  if (!reading) return { reason: `${id} has no such figure` };
  if (reading.value === null) return { reason: reading.reason ?? 'no reason recorded' };
  return { value: reading.value, reading, evidence };
}
