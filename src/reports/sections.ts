import { type AnyRecord, isJointRecord } from '../core/joint-record.ts';
import type { FailureRecord, RunRecord } from '../core/record.ts';
import { buildJointTable } from './joint.ts';
import { buildTables, type Table } from './table.ts';
import { runLine, warningsOf } from './text.ts';

/** What the text formats draw below one heading. */
export interface Section {
  readonly suite: RunRecord['suite'];
  readonly runId: string;
  /** To be read before any number. */
  readonly warnings: readonly string[];
  /** The first needs no heading but the suite's. */
  readonly tables: readonly Table[];
  readonly failures: readonly FailureRecord[];
  readonly line: string;
  /** Where more is. */
  readonly hint?: string;
  readonly densebench: string;
}

/** One section for a run; for a run of several parts the table over all of them first, then a section for each part. */
export function sectionsOf(record: AnyRecord): Section[] {
  if (!isJointRecord(record)) return [sectionOf(record)];
  const { suite, runId, parts } = record;
  const joint = {
    suite,
    runId,
    warnings: warningsOf(record),
    tables: [buildJointTable(record)],
    // Each part names its own.
    failures: [],
    line: runLine(record),
    densebench: parts[0].record.environment.densebench,
  };
  return [joint, ...parts.map((part) => sectionOf(part.record))];
}

/** What the screen shows when a run is done: of a run of several parts the table over all of them, and what failed in each. */
export function overviewOf(record: AnyRecord): Section {
  const [first] = sectionsOf(record);
  if (!isJointRecord(record)) return first;
  const failures = record.parts.flatMap((part) =>
    part.record.failures.map((failure) => ({ ...failure, entry: `${part.id}, ${failure.entry}` })),
  );
  const [{ id }] = record.parts;
  const hint = `The tables of each part: in the files below, or densebench report ${record.suite.id}/${record.runId}/${id}`;
  return { ...first, failures, hint };
}

const sectionOf = (record: RunRecord): Section => ({
  suite: record.suite,
  runId: record.runId,
  warnings: warningsOf(record),
  tables: buildTables(record),
  failures: record.failures,
  line: runLine(record),
  densebench: record.environment.densebench,
});
