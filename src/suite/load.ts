import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { z } from 'zod';
import { fingerprint } from '../core/canonical.ts';
import { UsageError } from '../core/errors.ts';
import { catalogIds, findInCatalog, looksLikePath, requireIdOfFile } from '../formats/catalog.ts';
import { readYaml } from '../formats/yaml.ts';
import type { LoadedJoint, LoadedSuite } from './loaded.ts';
import { jointHash, partsOf } from './parts.ts';
import { jointSuiteSchema, type SuiteEntry, type SuiteFile, suiteFileSchema, suiteSchema } from './schema.ts';

/** A chain of `extends` longer than this is taken for a circle. */
const MAX_DEPTH = 10;

export const suiteIds = (): string[] => catalogIds('suites');

/**
 * Loads a suite by id or path, with everything that it extends merged in.
 * @throws UsageError with file, line and column, or naming what is missing.
 */
export function loadSuite(reference: string): LoadedSuite | LoadedJoint {
  const file = findInCatalog('suites', 'suite', reference);
  const { extends: _, ...fields } = readMerged(file, 0);
  if (fields.parts && fields.data)
    throw new UsageError(`${file}: has data and parts; each part brings its own data, so remove "data"`);
  if (fields.parts) {
    const suite = checked(fields, jointSuiteSchema, file);
    requireOwnIds(reference, suite, file);
    const parts = partsOf(suite, file);
    return { suite, file, hash: jointHash({ suite, parts }), parts };
  }
  const suite = checked(fields, suiteSchema, file);
  requireOwnIds(reference, suite, file);
  const misplaced = suite.entries.find(({ parts }) => parts);
  if (misplaced) throw new UsageError(`${file}: entry ${misplaced.id} names parts, and the suite has none`);
  return { suite, file, hash: fingerprint(suite) };
}

function checked<S extends z.ZodType>(fields: unknown, schema: S, file: string): z.output<S> {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new UsageError(`${file}: "${issue.path.join('.')}" is missing or not valid: ${issue.message}`);
}

function requireOwnIds(
  reference: string,
  { id, entries }: { readonly id: string; readonly entries: readonly SuiteEntry[] },
  file: string,
): void {
  requireIdOfFile(reference, file, id);
  const twice = entries.find((entry, i) => entries.findIndex((other) => other.id === entry.id) !== i);
  if (twice) throw new UsageError(`${file}: two entries have the id "${twice.id}"; give each its own`);
}

/** The file's own fields as written: defaults are filled in after merging, or a child's would override its parent. */
function readMerged(file: string, depth: number): SuiteFile {
  if (depth > MAX_DEPTH) throw new UsageError(`${file}: "extends" goes round in a circle`);
  readYaml(file, suiteFileSchema);
  const own = absolutePaths(parse(readFileSync(file, 'utf8')) as SuiteFile, dirname(file));
  if (own.extends === undefined) return own;
  const parent = readMerged(findInCatalog('suites', 'suite', own.extends), depth + 1);
  const data = parent.data || own.data ? { data: { ...parent.data, ...own.data } } : {};
  const parts = parent.parts || own.parts ? { parts: byId(parent.parts, own.parts) } : {};
  return { ...parent, ...own, ...data, ...parts, entries: byId(parent.entries, own.entries) };
}

/** Those of the parent; one of the same id is replaced in its place, new ones stand behind. */
function byId<I extends { readonly id: string }>(parent: readonly I[] = [], own: readonly I[] = []): I[] {
  const items = [...parent];
  for (const item of own) {
    const at = items.findIndex((other) => other.id === item.id);
    if (at < 0) items.push(item);
    else items[at] = item;
  }
  return items;
}

/** Paths in a suite are relative to its own file, so that it can be run from anywhere. */
function absolutePaths(suite: SuiteFile, folder: string): SuiteFile {
  const absolute = <S extends string | undefined>(reference: S): S | string =>
    reference !== undefined && looksLikePath(reference) ? resolve(folder, reference) : reference;
  return {
    ...suite,
    ...(suite.extends && { extends: absolute(suite.extends) }),
    ...(suite.data && { data: { ...suite.data, ...(suite.data.id && { id: absolute(suite.data.id) }) } }),
    ...(suite.parts && {
      parts: suite.parts.map((part) => ({ ...part, data: { ...part.data, id: absolute(part.data.id) } })),
    }),
    ...(suite.labels && { labels: absoluteLabels(suite.labels, absolute) }),
    ...(suite.entries && {
      entries: suite.entries.map((entry) => ({ ...entry, ...(entry.model && { model: absolute(entry.model) }) })),
    }),
  };
}

function absoluteLabels(
  labels: NonNullable<SuiteFile['labels']>,
  absolute: (reference: string) => string,
): NonNullable<SuiteFile['labels']> {
  return {
    ...labels,
    data: { ...labels.data, id: absolute(labels.data.id) },
    experts: labels.experts.map((expert) => ({
      ...expert,
      model: typeof expert.model === 'string' ? absolute(expert.model) : expert.model.map(absolute),
    })),
  };
}
