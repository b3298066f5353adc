import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import { PACKAGE_ROOT } from '../core/package-root.ts';
import { readYaml } from './yaml.ts';

/** Folders of YAML files that are looked for in the working directory first, then in the package. */
export type CatalogFolder =
  | 'suites'
  | 'datasets'
  | 'models'
  | 'models/checkpoints'
  | 'models/recipes'
  | 'results/published';

/** A reference is a path when it looks like one; ids hold no slash and no ".yaml". */
export function looksLikePath(reference: string): boolean {
  return /[\\/]/.test(reference) || /\.ya?ml$/.test(reference);
}

const idsIn = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => name.slice(0, -'.yaml'.length))
    : [];

/** Every id of a folder, the working directory's and the package's together, sorted. */
export function catalogIds(folder: CatalogFolder, workingDirectory = process.cwd()): string[] {
  return [...new Set([...idsIn(join(workingDirectory, folder)), ...idsIn(join(PACKAGE_ROOT, folder))])].sort();
}

/**
 * The file that an id or path names.
 * @throws UsageError for a path that is not a file, or an unknown id (with the nearest known one).
 */
export function findInCatalog(
  folder: CatalogFolder,
  what: string,
  reference: string,
  workingDirectory = process.cwd(),
): string {
  if (looksLikePath(reference)) {
    const path = resolve(workingDirectory, reference);
    if (!existsSync(path)) throw new UsageError(`${reference}: no such file (${what} asked for by path)`);
    if (!statSync(path).isFile()) throw new UsageError(`${reference}: not a file (${what} asked for by path)`);
    return path;
  }
  const found = [workingDirectory, PACKAGE_ROOT]
    .map((root) => join(root, folder, `${reference}.yaml`))
    .find((path) => existsSync(path));
  if (!found) throw new UsageError(unknownName(what, reference, catalogIds(folder, workingDirectory)));
  return found;
}

/**
 * Holds what was found by an id to that id: one file must not go by two names. A path may lead to any.
 * @throws UsageError naming both.
 */
export function requireIdOfFile(reference: string, file: string, id: string): void {
  if (looksLikePath(reference) || id === reference) return;
  throw new UsageError(`${file}: its id is "${id}"; an id is the name of its file, so name one after the other`);
}

/**
 * The contents of the file that an id or path names, and the file.
 * @throws UsageError as findInCatalog and readYaml do, and where a file found by an id states another one.
 */
export function readFromCatalog<S extends z.ZodType<{ readonly id: string }>>(
  folder: CatalogFolder,
  what: string,
  reference: string,
  schema: S,
  workingDirectory = process.cwd(),
): { readonly value: z.output<S>; readonly file: string } {
  const file = findInCatalog(folder, what, reference, workingDirectory);
  const value = readYaml(file, schema);
  requireIdOfFile(reference, file, value.id);
  return { value, file };
}
