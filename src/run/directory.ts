import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf, ResourceError, UsageError } from '../core/errors.ts';
import { makeFolders } from '../formats/folders.ts';

/** results/<suite>/<UTC time>, with a number behind it where two runs start in the same second. */
export function newRunDirectory(suite: string, startedAt: Date, workingDirectory = process.cwd()): string {
  const stamp = startedAt
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
  const parent = join(workingDirectory, 'results', suite);
  for (let i = 1; ; i++) {
    const directory = join(parent, i === 1 ? stamp : `${stamp}-${i}`);
    if (!existsSync(directory)) return directory;
  }
}

/** The newest run of a suite that has not been finished. @throws UsageError when there is none. */
export function newestUnfinishedRun(suite: string, workingDirectory = process.cwd()): string {
  const parent = join(workingDirectory, 'results', suite);
  const has = (run: string, file: string) => existsSync(join(parent, run, file));
  const runs = existsSync(parent) ? readdirSync(parent) : [];
  const unfinished = runs.filter((run) => has(run, 'journal.jsonl') && !has(run, 'record.json'));
  const newest = unfinished.sort().at(-1);
  if (!newest)
    throw new UsageError(
      `${parent}: no unfinished run of suite ${suite}; start one without --resume, or name one with --resume <directory> to retry its failed images`,
    );
  return join(parent, newest);
}

/**
 * Makes a run's directory, or checks that it can be continued.
 * @throws UsageError when a new run would write over another, or there is nothing to resume; ResourceError when the
 * folder cannot be made.
 */
export function makeRunDirectory(directory: string, resume: boolean): string {
  const full = resolve(directory);
  const hasRun = existsSync(join(full, 'journal.jsonl'));
  if (resume && !hasRun) throw new UsageError(`${directory}: no run to resume here (no journal.jsonl)`);
  if (!resume && hasRun)
    throw new UsageError(
      `${directory}: holds a run already; continue it with --resume ${directory}, or choose another --output`,
    );
  try {
    makeFolders(full);
  } catch (error) {
    throw new ResourceError(`${directory}: cannot be made (${messageOf(error)}); choose another place with --output`);
  }
  return full;
}
