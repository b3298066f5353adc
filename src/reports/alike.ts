import { taskOf } from '../core/figure-name.ts';
import { comparable } from '../core/reading.ts';
import type { EntryReading, MeasuredEntry, ReportedReading } from '../core/record.ts';

/** A reading, and what its row rests on. */
export interface OnEvidence {
  readonly reading: ReportedReading;
  readonly evidence: MeasuredEntry['evidence'];
}

/** The same figure by the same rules over the same images. Rows with other tasks beside still compare in one they share. */
export function alike(a: OnEvidence, b: OnEvidence): boolean {
  const task = taskOf(a.reading.key);
  return (
    comparable(a.reading, b.reading) &&
    task !== undefined &&
    a.evidence[task] !== undefined &&
    a.evidence[task] === b.evidence[task]
  );
}

/** The reading of a row under one protocol; of several poolings that over pixels, unless `pooling` names one. */
export function readingOf(
  { readings }: MeasuredEntry,
  key: string,
  protocolId: string | undefined,
  pooling?: EntryReading['pooling'],
): EntryReading | undefined {
  const own = readings.filter((reading) => reading.key === key && reading.protocolId === protocolId);
  if (pooling !== undefined) return own.find((reading) => reading.pooling === pooling);
  return own.find((reading) => reading.pooling === 'pixel') ?? own[0];
}
