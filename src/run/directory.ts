import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { canonicalJson } from '../core/canonical.ts';
import { messageOf, ResourceError, UsageError } from '../core/errors.ts';
import type { JointRecord } from '../core/joint-record.ts';
import type { RunRecord } from '../core/record.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { makeFolders } from '../formats/folders.ts';

/** Files of a run's folder. */
export const RECORD_FILE = 'record.json';
export const RESOLVED_SUITE = 'suite.resolved.yaml';
export const JOURNAL_FILE = 'journal.jsonl';

/** results/<suite>/<prefix><UTC time>, with a number behind it where two runs start in the same second. */
export function newRunDirectory(
  suite: string,
  startedAt: Date,
  { workingDirectory = process.cwd(), prefix = '' } = {},
): string {
  const stamp = startedAt
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
  const parent = join(workingDirectory, 'results', suite);
  for (let i = 1; ; i++) {
    const directory = join(parent, `${prefix}${stamp}${i === 1 ? '' : `-${i}`}`);
    if (!existsSync(directory)) return directory;
  }
}

/** The newest run of a suite that has not been finished. @throws UsageError when there is none. */
export function newestUnfinishedRun(suite: string, workingDirectory = process.cwd()): string {
  const parent = join(workingDirectory, 'results', suite);
  const has = (run: string, file: string) => existsSync(join(parent, run, file));
  const runs = existsSync(parent) ? readdirSync(parent) : [];
  // A run of several parts has a journal in each part's folder, but none of its own.
  const unfinished = runs.filter(
    (run) => (has(run, JOURNAL_FILE) || has(run, RESOLVED_SUITE)) && !has(run, RECORD_FILE),
  );
  const newest = unfinished.sort().at(-1);
  if (!newest)
    throw new UsageError(
      `${parent}: no unfinished run of suite ${suite}; start one without --resume, or name one with --resume <directory> to retry its failed images`,
    );
  return join(parent, newest);
}

/**
 * Makes a run's directory, or checks that it can be continued.
 * @param parts whether the run is one of several parts
 * @throws UsageError when a new run would write over another, or there is nothing to resume; ResourceError when the
 * folder cannot be made.
 */
export function makeRunDirectory(directory: string, resume: boolean, { parts = false } = {}): string {
  const full = resolve(directory);
  const [hasOne, hasParts] = [JOURNAL_FILE, RESOLVED_SUITE].map((file) => existsSync(join(full, file)));
  if (resume && parts && hasOne)
    throw new UsageError(
      `${directory}: holds a run of a suite without parts, and this suite has some; start a new run`,
    );
  if (resume && !(parts ? hasParts : hasOne))
    throw new UsageError(
      hasParts
        ? `${directory}: holds a run of a suite with parts, and this suite has none; start a new run`
        : `${directory}: no run to resume here (no ${parts ? RESOLVED_SUITE : JOURNAL_FILE})`,
    );
  if (!resume && (hasOne || hasParts))
    throw new UsageError(
      `${directory}: holds a run already; continue it with --resume ${directory}, or choose another --output`,
    );
  makeDirectory(full, directory);
  return full;
}

/** The folder of one part of a run, made where it is not there, and whether there is work of it to continue. */
export function makePartDirectory(directory: string, part: string): { path: string; isBegun: boolean } {
  const path = join(directory, part);
  makeDirectory(path, path);
  return { path, isBegun: existsSync(join(path, JOURNAL_FILE)) };
}

function makeDirectory(full: string, shown: string): void {
  try {
    makeFolders(full);
  } catch (error) {
    throw new ResourceError(`${shown}: cannot be made (${messageOf(error)}); choose another place with --output`);
  }
}

export function writeRecord(directory: string, record: RunRecord | JointRecord): void {
  canonicalJson(record); // throws on NaN and Infinity before anything is written
  writeAtomically(join(directory, RECORD_FILE), `${JSON.stringify(record, null, 1)}\n`);
}
