import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { z } from 'zod';
import { messageOf, ResourceError } from '../core/errors.ts';
import { type AnyRecord, isJointRecord, JOINT_SCHEMA, type JointRecord } from '../core/joint-record.ts';
import { unknownName } from '../core/nearest.ts';
import { RECORD_SCHEMA, type RunRecord } from '../core/record.ts';
import { jointRecordSchema, runRecordSchema } from '../core/record-schema.ts';
import { RECORD_FILE } from './directory.ts';
import { PREDICTIONS_FILE } from './predictions.ts';

export const NEWEST = 'latest';

/**
 * The folder of a finished run.
 * @param run a run's folder, its record.json, "latest", a suite id (its newest run), or "<suite>/<run id>".
 * @throws ResourceError naming what was looked for, and what there is.
 */
export function findRun(run: string, workingDirectory = process.cwd(), wanted?: Wanted): string {
  const path = resolve(workingDirectory, run);
  if (existsSync(join(path, RECORD_FILE))) return path;
  if (existsSync(path) && statSync(path).isFile()) return path;
  const results = join(workingDirectory, 'results');
  const inResults = join(results, run);
  if (existsSync(join(inResults, RECORD_FILE))) return inResults;
  const suites = foldersIn(results).filter((suite) => runsOf(join(results, suite)).length > 0);
  const meant = run === NEWEST ? suites : suites.filter((suite) => suite === run);
  const newest = meant
    .flatMap((suite) => runsOf(join(results, suite)))
    .sort((a, b) => b.writtenMs - a.writtenMs || (a.folder < b.folder ? 1 : -1))
    .find(({ folder }) => wanted === undefined || wanted.isMet(foldersOf(folder)));
  if (newest) return newest.folder;
  if (wanted && meant.length > 0) throw new ResourceError(`${run}: none of its runs in ${results} ${wanted.words}`);
  if (suites.length === 0)
    throw new ResourceError(`${run}: no finished run in ${results}; make one with "densebench run <suite>"`);
  if (existsSync(path) && statSync(path).isDirectory())
    throw new ResourceError(
      `${run}: no ${RECORD_FILE} in this folder; a run that was cut short is continued with --resume, and a folder of ` +
        'predictions is told from a run by --task and --target',
    );
  const parts = partsBeside(inResults) ?? partsBeside(path);
  if (parts) throw new ResourceError(`${run}: ${unknownName('part', basename(run), parts)}`);
  throw new ResourceError(`${unknownName('run', run, [NEWEST, ...suites])}; or give the path of a run's folder`);
}

/** Where a path would be a part of a run: the parts that the run has. */
function partsBeside(path: string): string[] | undefined {
  const run = dirname(path);
  if (!existsSync(join(run, RECORD_FILE))) return undefined;
  const record = readAnyRecord(run);
  return isJointRecord(record) ? record.parts.map(({ id }) => id) : undefined;
}

/**
 * The record of a run without parts, or of one part.
 * @throws ResourceError when there is no such run, its record is damaged or of a newer version, or it has parts.
 */
export function readRecord(run: string, workingDirectory = process.cwd()): RunRecord {
  const record = readAnyRecord(run, workingDirectory);
  if (!isJointRecord(record)) return record;
  const parts = record.parts.map(({ id }) => id);
  throw new ResourceError(
    `${run}: has the parts ${parts.join(', ')}; name the folder of one, e.g. ${join(findRun(run, workingDirectory), parts[0])}`,
  );
}

/** What else the run must be for which a suite or "latest" stands. A run that is named is not held to it. */
export interface Wanted {
  readonly words: string;
  readonly isMet: (folders: RunFolders) => boolean;
}

export const KEPT_PREDICTIONS: Wanted = {
  words: 'kept predictions; make one with --save-predictions',
  isMet: ({ folders }) => folders.some((folder) => existsSync(join(folder, PREDICTIONS_FILE))),
};

export const NOT_RESCORED: Wanted = {
  words: 'was made by "densebench run": all are rescored',
  isMet: ({ records }) => records.every(({ rescoredFrom }) => rescoredFrom === undefined),
};

/** A finished run: one folder and record for each of its parts, or its own where it has none. */
export interface RunFolders {
  readonly directory: string;
  readonly folders: readonly string[];
  /** As `folders`. */
  readonly records: readonly RunRecord[];
  readonly joint?: JointRecord;
}

/** @throws ResourceError as findRun and readAnyRecord. */
export function runFolders(run: string, wanted?: Wanted, workingDirectory = process.cwd()): RunFolders {
  const found = findRun(run, workingDirectory, wanted);
  return foldersOf(statSync(found).isDirectory() ? found : dirname(found));
}

function foldersOf(directory: string): RunFolders {
  const record = readAnyRecord(directory);
  if (!isJointRecord(record)) return { directory, folders: [directory], records: [record] };
  return {
    directory,
    folders: record.parts.map(({ id }) => join(directory, id)),
    records: record.parts.map((part) => part.record),
    joint: record,
  };
}

/** @throws ResourceError when there is no such run, or its record is damaged or of a newer version. */
export function readAnyRecord(run: string, workingDirectory = process.cwd()): AnyRecord {
  const found = findRun(run, workingDirectory);
  const file = statSync(found).isDirectory() ? join(found, RECORD_FILE) : found;
  const value = readJson(file);
  const schema = (value as { schema?: unknown } | null)?.schema;
  if (schema === RECORD_SCHEMA) return checked(value, runRecordSchema, file);
  if (schema === JOINT_SCHEMA) return checked(value, jointRecordSchema, file);
  throw new ResourceError(
    isNewer(schema)
      ? `${file}: written by a newer densebench (${schema}, this one reads ${RECORD_SCHEMA} and ${JOINT_SCHEMA}); update densebench`
      : `${file}: not a run record (schema ${JSON.stringify(schema)}, expected "${RECORD_SCHEMA}")`,
  );
}

const foldersIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    : [];

/** By the time of writing, which a resumed run renews. */
function runsOf(suiteFolder: string): { folder: string; writtenMs: number }[] {
  return foldersIn(suiteFolder)
    .map((name) => join(suiteFolder, name))
    .filter((folder) => existsSync(join(folder, RECORD_FILE)))
    .map((folder) => ({ folder, writtenMs: statSync(join(folder, RECORD_FILE)).mtimeMs }));
}

function isNewer(schema: unknown): boolean {
  const given = typeof schema === 'string' ? schema.split('/') : [];
  return [RECORD_SCHEMA, JOINT_SCHEMA].some((known) => {
    const [name, version] = known.split('/');
    return given[0] === name && Number(given[1]) > Number(version);
  });
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ResourceError(`${file}: cannot be read (${messageOf(error)})`);
  }
  const error = jsonError(text);
  if (error === undefined) return JSON.parse(text);
  const before = text.slice(0, offsetOf(error, text)).split('\n');
  const place = `${file}:${before.length}:${before[before.length - 1].length + 1}`;
  throw new ResourceError(`${place}: damaged JSON (${error.replace(/\s+/g, ' ')}); run the suite again`);
}

function jsonError(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch (error) {
    return messageOf(error);
  }
}

const UNPLACED = /^Unexpected token/;

/** Where Node says it; at the end of a torn file; else at the end of the shortest beginning that is wrong already. */
function offsetOf(error: string, text: string): number {
  const said = /position (\d+)/.exec(error)?.[1];
  if (said !== undefined) return Number(said);
  if (!UNPLACED.test(error)) return text.length;
  let [good, bad] = [0, text.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (UNPLACED.test(jsonError(text.slice(0, middle)) ?? '')) bad = middle;
    else good = middle;
  }
  return bad - 1;
}

/** The value as it stands in the file, so that a field of a later version is not lost on the way to a JSON report. */
function checked<S extends z.ZodType>(value: unknown, schema: S, file: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return value as z.output<S>;
  const { path, message } = result.error.issues[0];
  throw new ResourceError(`${file}: damaged at "${path.join('.')}": ${message}; run the suite again`);
}
