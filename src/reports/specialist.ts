import { isSpecialist, type PartRecord, specialistOf as specialistNamed } from '../core/joint-record.ts';
import { type MeasuredEntry, mainProtocol } from '../core/record.ts';
import { alike, readingOf } from './alike.ts';
import { type Reference, referenceOf } from './reference.ts';
import { groupOf, overSeeds, type SeedGroup } from './seeds.ts';

/**
 * mIoU less that of the part's specialist (the mean over its seeds where it has several), as a fraction; or why there is
 * none. `error`: the standard error of a difference of two means, where both sides have several seeds.
 */
export type Difference = { readonly value: number; readonly error?: number } | { readonly reason: string };

const KEY = 'segmentation/mIoU';

const mIoUOf = ({ record }: PartRecord) => {
  const protocol = mainProtocol(record, 'segmentation')?.id;
  return (entry: MeasuredEntry) => readingOf(entry, KEY, protocol);
};

/** Undefined where the part names no specialist of this row. */
export function differenceToSpecialist(part: PartRecord, entry: MeasuredEntry): Difference | undefined {
  if (isSpecialist(part.specialist, entry.id)) return { reason: 'the specialist itself' };
  if (groupOf(entry, measuredOf(part))?.members.some(({ id }) => isSpecialist(part.specialist, id)))
    return { reason: 'the specialist itself, of another seed' };
  const named = specialistNamed(part.specialist, entry.id);
  if (named === undefined) return undefined;
  const its = specialistOf(part, named);
  const own = mIoUOf(part)(entry);
  if ('reason' in its) return its;
  if (!own) return { reason: 'this entry predicts no segmentation' };
  if (own.value === null) return { reason: own.reason ?? 'no reason recorded' };
  if (!alike({ reading: own, evidence: entry.evidence }, its)) return OTHERWISE;
  return { value: own.value - its.value };
}

/**
 * Of the mean over the seeds of a design. With several seeds on both sides the two means are independent, so the variance
 * of their difference is s1²/n1 + s2²/n2 (Welch 1938).
 */
export function seedsToSpecialist(part: PartRecord, group: SeedGroup): Difference | undefined {
  if (group.members.some(({ id }) => isSpecialist(part.specialist, id))) return { reason: 'the specialist itself' };
  const named = group.members.flatMap(({ id }) => specialistNamed(part.specialist, id) ?? [])[0];
  if (named === undefined) return undefined;
  const its = specialistOf(part, named);
  if ('reason' in its) return its;
  const own = overSeeds(group, mIoUOf(part));
  if ('reason' in own) return own;
  if (!alike({ reading: own.sample, evidence: group.members[0].evidence }, its)) return OTHERWISE;
  const value = own.mean - its.value;
  if (!its.seeds) return { value };
  return { value, error: Math.sqrt(own.deviation ** 2 / own.count + its.seeds.deviation ** 2 / its.seeds.count) };
}

const OTHERWISE = { reason: 'the specialist was measured on other images or by other rules' };

function specialistOf(part: PartRecord, id: string): Reference | { readonly reason: string } {
  const row = measuredOf(part).find((entry) => entry.id === id);
  if (!row) return { reason: `the specialist ${id} could not be opened` };
  if (!mIoUOf(part)(row)) return { reason: 'the specialist predicts no segmentation' };
  const found = referenceOf(part.record, id, mIoUOf(part));
  return 'reason' in found ? { reason: `the specialist has no mIoU: ${found.reason}` } : found;
}

const measuredOf = ({ record }: PartRecord): MeasuredEntry[] =>
  record.entries.filter((entry) => entry.kind === 'measured');
