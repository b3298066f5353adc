import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { fingerprint } from '../core/canonical.ts';
import { UsageError } from '../core/errors.ts';
import { catalogIds, findInCatalog, looksLikePath, requireIdOfFile } from '../formats/catalog.ts';
import { readYaml } from '../formats/yaml.ts';
import {
  OPEN_LOOP_SECONDS,
  type Suite,
  type SuiteEntry,
  type SuiteFile,
  suiteFileSchema,
  suiteSchema,
} from './schema.ts';

/** A chain of `extends` longer than this is taken for a circle. */
const MAX_DEPTH = 10;

export interface LoadedSuite {
  readonly suite: Suite;
  readonly file: string;
  /** Fingerprint of the suite as resolved. */
  readonly hash: string;
  /** Flags that changed how latency is measured, for the record. */
  readonly overrides?: readonly string[];
}

export const suiteIds = (): string[] => catalogIds('suites');

/**
 * Loads a suite by id or path, with everything that it extends merged in.
 * @throws UsageError with file, line and column, or naming what is missing.
 */
export function loadSuite(reference: string): LoadedSuite {
  const file = findInCatalog('suites', 'suite', reference);
  const merged = readMerged(file, 0);
  const { extends: _, ...fields } = merged;
  const result = suiteSchema.safeParse(fields);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new UsageError(`${file}: "${issue.path.join('.')}" is missing or not valid: ${issue.message}`);
  }
  const suite = result.data;
  requireIdOfFile(reference, file, suite.id);
  const twice = suite.entries.find((entry, i) => suite.entries.findIndex((other) => other.id === entry.id) !== i);
  if (twice) throw new UsageError(`${file}: two entries have the id "${twice.id}"; give each its own`);
  return { suite, file, hash: fingerprint(suite) };
}

/** The file's own fields as written: defaults are filled in after merging, or a child's would override its parent. */
function readMerged(file: string, depth: number): SuiteFile {
  if (depth > MAX_DEPTH) throw new UsageError(`${file}: "extends" goes round in a circle`);
  readYaml(file, suiteFileSchema);
  const own = absolutePaths(parse(readFileSync(file, 'utf8')) as SuiteFile, dirname(file));
  if (own.extends === undefined) return own;
  const parent = readMerged(findInCatalog('suites', 'suite', own.extends), depth + 1);
  const entries = [...(parent.entries ?? [])];
  for (const entry of own.entries ?? []) {
    const at = entries.findIndex((other) => other.id === entry.id);
    if (at < 0) entries.push(entry);
    else entries[at] = entry;
  }
  return { ...parent, ...own, data: { ...parent.data, ...own.data }, entries };
}

/** Paths in a suite are relative to its own file, so that it can be run from anywhere. */
function absolutePaths(suite: SuiteFile, folder: string): SuiteFile {
  const absolute = <S extends string | undefined>(reference: S): S | string =>
    reference !== undefined && looksLikePath(reference) ? resolve(folder, reference) : reference;
  return {
    ...suite,
    ...(suite.extends && { extends: absolute(suite.extends) }),
    ...(suite.data && { data: { ...suite.data, ...(suite.data.id && { id: absolute(suite.data.id) }) } }),
    ...(suite.entries && {
      entries: suite.entries.map((entry) => ({ ...entry, ...(entry.model && { model: absolute(entry.model) }) })),
    }),
  };
}

/** What the command line may change in a suite. */
export interface SuiteOverrides {
  readonly backend?: string;
  readonly device?: string;
  readonly threads?: number;
  readonly warmupSeconds?: number;
  /** Of the latency measurement, and of the open loop where there is one. */
  readonly durationSeconds?: number;
  readonly rateHz?: number;
}

/**
 * The suite as the command line changes it; only entries with a model (networks) get the backend's settings.
 * @throws UsageError when latency flags are given for a suite that measures none.
 */
export function overrideSuite(loaded: LoadedSuite, overrides: SuiteOverrides): LoadedSuite {
  const { backend, device, threads } = overrides;
  const entries = loaded.suite.entries.map((entry) => {
    if (entry.model === undefined) return entry;
    // Options of one backend mean nothing to another.
    const base = backend !== undefined && backend !== entry.backend.id ? { id: backend } : entry.backend;
    return {
      ...entry,
      backend: { ...base, ...(device !== undefined && { device }), ...(threads !== undefined && { threads }) },
    };
  });
  const changed = Object.entries({
    '--warmup': overrides.warmupSeconds,
    '--duration': overrides.durationSeconds,
    '--rate': overrides.rateHz,
  }).flatMap(([flag, value]) => (value === undefined ? [] : [`${flag} ${value}`]));
  if (changed.length > 0 && !loaded.suite.latency)
    throw new UsageError(
      `${changed[0]}: suite ${loaded.suite.id} measures no latency; add "latency: {}" to ${loaded.file}`,
    );
  const latency = loaded.suite.latency && overrideLatency(loaded.suite.latency, overrides);
  const suite = {
    ...loaded.suite,
    entries: entries.map((entry) => overrideOwn(entry, overrides)),
    ...(latency && { latency }),
  };
  return { ...loaded, suite, hash: fingerprint(suite), ...(changed.length > 0 && { overrides: changed }) };
}

/** A flag goes before what a row asks for itself. */
function overrideOwn(entry: SuiteEntry, { warmupSeconds, durationSeconds }: SuiteOverrides): SuiteEntry {
  if (!entry.latency) return entry;
  const latency = {
    ...entry.latency,
    ...(warmupSeconds !== undefined && { warmupSeconds }),
    ...(durationSeconds !== undefined && { minimumSeconds: durationSeconds }),
  };
  return { ...entry, latency };
}

function overrideLatency(
  latency: NonNullable<Suite['latency']>,
  { warmupSeconds, durationSeconds, rateHz }: SuiteOverrides,
): Suite['latency'] {
  const openLoop =
    rateHz === undefined ? latency.openLoop : { seconds: OPEN_LOOP_SECONDS, ...latency.openLoop, rateHz };
  return {
    ...latency,
    ...(warmupSeconds !== undefined && { warmupSeconds }),
    ...(durationSeconds !== undefined && { minimumSeconds: durationSeconds }),
    ...(openLoop && {
      openLoop: { ...openLoop, ...(durationSeconds !== undefined && { seconds: durationSeconds }) },
    }),
  };
}
