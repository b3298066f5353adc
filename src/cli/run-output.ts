import { relative } from 'node:path';
import { type AnyRecord, anyBannerOf, failuresOf, isJointRecord } from '../core/joint-record.ts';
import type { RejectedLatency } from '../core/latency-record.ts';
import type { EntryRecord, RunRecord } from '../core/record.ts';
import { renderOverview } from '../reports/terminal.ts';
import { writeReports } from '../reports/write.ts';
import { readAllPanels } from '../run/panels.ts';
import { screen } from './screen.ts';

/** Kind of file -> path, relative to the working directory. */
export type RunFiles = Readonly<Record<string, string>>;

/** Writes the reports of a finished run. */
export function writeFiles(record: AnyRecord, directory: string): RunFiles {
  return {
    record: relative('', `${directory}/record.json`),
    ...writeReports(record, readAllPanels(directory, record)),
  };
}

/** Entries of a suite of several parts each name their part. */
export function runAsJson(record: AnyRecord, files: RunFiles) {
  const banner = anyBannerOf(record);
  const common = { suite: record.suite.id, outcome: record.outcome, ...(banner && { banner }) };
  if (!isJointRecord(record))
    return {
      ...common,
      failures: record.failures,
      files,
      entries: record.entries.map(withoutSamples),
      ...(record.labels && { labels: record.labels }),
    };
  return {
    ...common,
    failures: failuresOf(record),
    files,
    entries: [
      ...record.parts.flatMap(({ id, record: part }) =>
        part.entries.map((entry) => ({ part: id, ...withoutSamples(entry) })),
      ),
      ...record.reported,
    ],
    parts: record.parts.map(({ id, title, specialist, record: part }) => ({
      id,
      title,
      ...(specialist !== undefined && { specialist }),
      outcome: part.outcome,
      data: part.data,
      protocols: part.protocols,
    })),
  };
}

/** The raw latency samples stay in the record: thousands of numbers help nobody who reads JSON from a pipe. */
function withoutSamples(entry: EntryRecord) {
  if (entry.kind === 'reported') return entry;
  const { latency, latencyRejected, latencyRatio, openLoop, openLoopRejected: _, ...rest } = entry;
  return {
    ...rest,
    ...(latency && { latency: withoutRaw(latency) }),
    ...(latencyRejected && { latencyRejected: withoutRaw(latencyRejected) }),
    ...(latencyRatio && { latencyRatio: without(latencyRatio, 'ownMs', 'referenceMs') }),
    ...(openLoop && { openLoop: without(openLoop, 'responsesMs') }),
  };
}

function withoutRaw<T extends RejectedLatency>(latency: T) {
  const { rejectedAttempts } = latency;
  return {
    ...without(latency, 'samplesMs', 'rejectedAttempts'),
    ...(rejectedAttempts && { rejectedAttempts: rejectedAttempts.map((each) => without(each, 'samplesMs')) }),
  };
}

function without<T extends object, K extends keyof T>(value: T, ...keys: K[]): Omit<T, K> {
  const copy = { ...value };
  for (const key of keys) delete copy[key];
  return copy;
}

export function runAsText(record: AnyRecord, files: RunFiles): string {
  const paths = Object.entries(files).map(([kind, path]) => `${kind.padEnd(9)} ${path}\n`);
  const code = exitCodeOf(record);
  const why = code === 0 ? '' : `exit code ${code}: ${EXIT_WORDS[code]}; the notes above and the reports name it\n`;
  return `${renderOverview(record, screen())}\n${paths.join('')}${why}`;
}

/** The worst first. */
const EXIT_CODES = [3, 5, 1, 4] as const;
type ExitCode = 0 | (typeof EXIT_CODES)[number];
const EXIT_WORDS: Readonly<Record<Exclude<ExitCode, 0>, string>> = {
  3: 'an entry could not be opened',
  5: 'images failed',
  1: 'parity is broken',
  4: 'a latency that was asked for could not be measured',
};

export function exitCodeOf(record: AnyRecord): ExitCode {
  const codes = isJointRecord(record) ? record.parts.map((part) => codeOf(part.record)) : [codeOf(record)];
  return EXIT_CODES.find((code) => codes.includes(code)) ?? 0;
}

function codeOf({ outcome, failures, entries }: RunRecord): ExitCode {
  if (failures.some(({ sample, allowed }) => sample === undefined && !allowed)) return 3;
  if (outcome !== 'complete') return 5;
  const measured = entries.filter((entry) => entry.kind === 'measured');
  if (measured.some(({ parity }) => parity && parity.violations.length > 0)) return 1;
  const lacking = measured.some(
    ({ latencyUndefined, latencyRatioUndefined, openLoopUndefined }) =>
      latencyUndefined ?? latencyRatioUndefined ?? openLoopUndefined,
  );
  return lacking ? 4 : 0;
}
