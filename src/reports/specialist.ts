import type { PartRecord } from '../core/joint-record.ts';
import { comparable } from '../core/reading.ts';
import { type EntryReading, type MeasuredEntry, mainProtocol } from '../core/record.ts';

/** mIoU less that of the part's specialist, as a fraction; or why there is none. */
export type Difference = { readonly value: number } | { readonly reason: string };

const KEY = 'segmentation/mIoU';

/** Undefined where the part names no specialist. */
export function differenceToSpecialist(part: PartRecord, entry: MeasuredEntry): Difference | undefined {
  if (part.specialist === undefined) return undefined;
  if (entry.id === part.specialist) return { reason: 'the specialist itself' };
  const specialist = part.record.entries.find(
    (other): other is MeasuredEntry => other.kind === 'measured' && other.id === part.specialist,
  );
  if (!specialist) return { reason: `the specialist ${part.specialist} could not be opened` };
  const protocol = mainProtocol(part.record, 'segmentation')?.id;
  const [own, its] = [entry, specialist].map((row) => mIoUOf(row, protocol));
  if (!own) return { reason: 'this entry predicts no segmentation' };
  if (!its) return { reason: 'the specialist predicts no segmentation' };
  if (own.value === null) return { reason: own.reason ?? 'no reason recorded' };
  if (its.value === null) return { reason: `the specialist has no mIoU: ${its.reason ?? 'no reason recorded'}` };
  if (!comparable(own, its) || entry.evidence.segmentation !== specialist.evidence.segmentation)
    return { reason: 'the specialist was measured on other images or by other rules' };
  return { value: own.value - its.value };
}

const mIoUOf = ({ readings }: MeasuredEntry, protocolId: string | undefined): EntryReading | undefined =>
  readings.find((reading) => reading.key === KEY && reading.protocolId === protocolId);
