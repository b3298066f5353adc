import { type MeasuredEntry, mainProtocol, type RunRecord } from '../core/record.ts';
import { type RecoveredShare, recoveredShare, type Uncertain } from '../stats/recovered-share.ts';
import { readingOf } from './alike.ts';
import { overSeeds } from './seeds.ts';

/** The figure by which students are judged. */
export const STUDENT_FIGURE = 'segmentation/mIoU';

/** mIoU over the seeds of a word of seedsOf, or why there is none. */
export type StudentFigure = (Uncertain & { readonly seeds: number }) | { readonly reason: string };

export function studentFigure(record: RunRecord, word: string): StudentFigure {
  const members = record.entries.filter(
    (entry): entry is MeasuredEntry => entry.kind === 'measured' && entry.seedsOf === word,
  );
  const protocol = mainProtocol(record, 'segmentation')?.id;
  const pick = (entry: MeasuredEntry) => readingOf(entry, STUDENT_FIGURE, protocol);
  const [first] = members;
  if (!first) return { reason: `no network of ${word} could be run` };
  if ((first.seedsPlanned ?? members.length) > 1) {
    const figure = overSeeds({ name: word, members }, pick);
    return 'reason' in figure ? figure : { ...figure, seeds: figure.count };
  }
  const alone = pick(first);
  if (!alone || alone.value === null) return { reason: alone?.reason ?? `${first.title} has no ${STUDENT_FIGURE}` };
  return { mean: alone.value, seeds: 1 };
}

/** What students have recovered of the gap; undefined where the run names no ceiling and floor. */
export function recoveredBy(record: RunRecord, word: string): RecoveredShare | undefined {
  const { ceiling, floor } = record.labels ?? {};
  if (ceiling === undefined || floor === undefined) return undefined;
  const [student, low, high] = [word, floor, ceiling].map((name) => studentFigure(record, name));
  if ('reason' in student) return student;
  if ('reason' in low) return { reason: `floor: ${low.reason}` };
  if ('reason' in high) return { reason: `ceiling: ${high.reason}` };
  return recoveredShare(student, low, high);
}
