import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { ResourceError } from '../core/errors.ts';
import { JOINT_SCHEMA, type JointRecord, type PartRecord, worstOutcome } from '../core/joint-record.ts';
import type { RunRecord } from '../core/record.ts';
import { writeAtomically } from '../formats/atomic.ts';
import type { LoadedJoint, LoadedPart } from '../suite/loaded.ts';
import { loadPublished } from '../suite/published.ts';
import { checkJoint } from './check-suite.ts';
import {
  JOURNAL_FILE,
  makePartDirectory,
  makeRunDirectory,
  newRunDirectory,
  RECORD_FILE,
  RESOLVED_SUITE,
  writeRecord,
} from './directory.ts';
import { captureEnvironment } from './environment.ts';
import { Journal } from './journal.ts';
import { isTimedEntry } from './latency-entry.ts';
import { measureSuite, type RunStart } from './measure-suite.ts';
import { type PreparedSuite, prepareSuite } from './prepare-suite.ts';
import { progressOfPart } from './progress.ts';
import { readRecord } from './records.ts';
import type { RunOptions, RunSurroundings } from './request.ts';
import { inDirectory } from './run-suite.ts';

export interface JointRequest extends RunOptions {
  readonly loaded: LoadedJoint;
}

export interface FinishedJoint {
  readonly record: JointRecord;
  readonly directory: string;
}

interface PreparedPart {
  readonly loaded: LoadedPart;
  readonly prepared: PreparedSuite;
  readonly within: RunSurroundings;
}

/**
 * Runs every part of a suite into a folder of its own, <run>/<part>/, as runSuite would, and writes one record over all.
 * A resumed run leaves parts alone that have nothing left to do.
 * @throws DensebenchError as runSuite does; ResourceError where no part has an entry that could be opened.
 */
export async function runJoint(request: JointRequest, surroundings: RunSurroundings): Promise<FinishedJoint> {
  const { loaded } = request;
  const startedAt = surroundings.now();
  const environment = captureEnvironment(process.cwd());
  checkJoint(loaded);
  const reported = loaded.suite.reported.flatMap((id) => loadPublished(id));
  const parts: PreparedPart[] = [];
  try {
    // All data first: what is missing is better said now than after an hour of the first part.
    const missing = new Set<string>();
    for (const part of loaded.parts) {
      const within = { ...surroundings, progress: progressOfPart(surroundings.progress, part.part.id) };
      try {
        parts.push({ loaded: part, within, prepared: await prepareSuite({ ...request, loaded: part }, within) });
      } catch (error) {
        // What the other parts lack is better said at once, too.
        if (!(error instanceof ResourceError)) throw error;
        missing.add(error.message);
      }
    }
    if (missing.size > 0) throw new ResourceError([...missing].join('\n'));
    const output = request.output ?? newRunDirectory(loaded.suite.id, startedAt);
    const directory = makeRunDirectory(output, request.resume, { parts: true });
    const record = await inDirectory(directory, request, async () => {
      writeAtomically(join(directory, RESOLVED_SUITE), stringify(loaded.suite));
      const measured: PartRecord[] = [];
      for (const part of parts) {
        const start = {
          startedAt: surroundings.now(),
          environment,
          runId: `${basename(directory)}.${part.loaded.part.id}`,
        };
        measured.push({ ...part.loaded.part, record: await measurePart(part, directory, start) });
      }
      requireAny(measured);
      const { id, title, columns } = loaded.suite;
      const joint: JointRecord = {
        schema: JOINT_SCHEMA,
        runId: basename(directory),
        outcome: worstOutcome(measured.map((part) => part.record)),
        suite: { id, title, hash: loaded.hash },
        startedAt: startedAt.toISOString(),
        finishedAt: surroundings.now().toISOString(),
        command: request.command,
        parts: measured,
        reported,
        ...(columns && { columns }),
      };
      writeRecord(directory, joint);
      return joint;
    });
    return { record, directory };
  } finally {
    for (const { prepared } of parts) await prepared.data.dataset.close();
  }
}

async function measurePart(
  { loaded, prepared, within }: PreparedPart,
  run: string,
  start: RunStart,
): Promise<RunRecord> {
  const { path, isBegun } = makePartDirectory(run, loaded.part.id);
  if (isBegun) {
    // Refuses a plan that is not its own.
    Journal.open(join(path, JOURNAL_FILE), prepared.plan.hash).close();
    const known = existsSync(join(path, RECORD_FILE)) ? readRecord(path) : undefined;
    if (known && isDone(known, loaded, prepared)) {
      within.progress.note('done already');
      return known;
    }
  }
  return measureSuite(prepared, path, within, start);
}

/** Nothing that measuring again could add. */
function isDone(
  { outcome, suite, entries }: RunRecord,
  { hash, suite: wanted }: LoadedPart,
  { request }: PreparedSuite,
) {
  const timed = wanted.latency && request.measureLatency ? wanted.entries.filter(isTimedEntry) : [];
  const lacksTime = entries.some(
    (entry) =>
      entry.kind === 'measured' &&
      ((entry.latencyUndefined ?? entry.latencyRatioUndefined ?? entry.openLoopUndefined) !== undefined ||
        (entry.latency === undefined && timed.some(({ id }) => id === entry.id))),
  );
  return outcome === 'complete' && suite.hash === hash && !lacksTime;
}

function requireAny(parts: readonly PartRecord[]): void {
  if (parts.some(({ record }) => record.entries.some(({ kind }) => kind === 'measured'))) return;
  const messages = parts.flatMap(({ record }) => record.failures.map(({ message }) => message));
  throw new ResourceError([...new Set(messages)].join('\n'));
}
