import { bannerOf, type FailureRecord, type ReportedEntry, type RunRecord } from './record.ts';

export const JOINT_SCHEMA = 'densebench.joint/1';

/** Id of the entry that was made for one data set alone: one for all rows, or row -> its own. */
export type Specialist = string | Readonly<Record<string, string>>;

/** With whom a row is compared; undefined where it is named none. */
export function specialistOf(specialist: Specialist | undefined, row: string): string | undefined {
  if (specialist === undefined || typeof specialist === 'string') return specialist;
  return Object.hasOwn(specialist, row) ? specialist[row] : undefined;
}

export const isSpecialist = (specialist: Specialist | undefined, row: string): boolean =>
  typeof specialist === 'string' ? specialist === row : Object.values(specialist ?? {}).includes(row);

/** One data set of a joint run, with the whole record of what was measured on it. */
export interface PartRecord {
  readonly id: string;
  readonly title: string;
  readonly specialist?: Specialist;
  readonly record: RunRecord;
}

/** A run of a suite of several parts; reports are made from this and from nothing else. */
export interface JointRecord {
  readonly schema: typeof JOINT_SCHEMA;
  readonly runId: string;
  /** The worst of the parts. */
  readonly outcome: RunRecord['outcome'];
  readonly suite: RunRecord['suite'];
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly command: string;
  readonly parts: readonly PartRecord[];
  /** Rows of publications, beside the joint table. */
  readonly reported: readonly ReportedEntry[];
  /** Column keys of the joint table, from the suite. */
  readonly columns?: readonly string[];
}

export type AnyRecord = RunRecord | JointRecord;

export const isJointRecord = (record: AnyRecord): record is JointRecord => record.schema === JOINT_SCHEMA;

const WORST_FIRST = ['failed', 'partial', 'complete'] as const;

export const worstOutcome = (records: readonly Pick<RunRecord, 'outcome'>[]): RunRecord['outcome'] =>
  WORST_FIRST.find((outcome) => records.some((record) => record.outcome === outcome)) ?? 'complete';

/** What every output of this run must say first, by part; undefined when there is nothing to warn of. */
export function anyBannerOf(record: AnyRecord): string | undefined {
  if (!isJointRecord(record)) return bannerOf(record);
  const banners = record.parts.flatMap(({ id, record: part }) => {
    const banner = bannerOf(part);
    return banner === undefined ? [] : [`${id}: ${banner}`];
  });
  return banners.length > 0 ? banners.join('; ') : undefined;
}

/** Failures of all parts, each entry named with its part. */
export const failuresOf = ({ parts }: JointRecord): FailureRecord[] =>
  parts.flatMap(({ id, record }) =>
    record.failures.map((failure) => ({ ...failure, entry: `${id}/${failure.entry}` })),
  );
