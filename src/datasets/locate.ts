import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fingerprint } from '../core/canonical.ts';
import { cacheDirectory, type Surroundings } from '../download/cache-directory.ts';
import { type DatasetCard, generateOptions, isSampleCard } from './card.ts';
import { GENERATORS } from './generators.ts';
import { neededPaths } from './loaders.ts';

/** Where to look. */
export interface LocateOptions extends Surroundings {
  /** --data: the data set's folder itself, or a folder that holds <id>. */
  readonly dataDir?: string;
}

export interface Location {
  /** The first folder looked in that has everything, else the one that has most of it, else where it would go. */
  readonly directory: string;
  /** Paths inside `directory`. */
  readonly found: readonly string[];
  readonly missing: readonly string[];
  readonly lookedIn: readonly string[];
}

/**
 * The folder name of a data set. Generated data of other options or of another version are other data, and so lie in a
 * folder of their own; cards that ask for the same data of one world share it.
 */
export function folderName(card: DatasetCard): string {
  const generate = generateOptions(card);
  if (!generate) return card.id;
  return `${generate.world}-${fingerprint({ ...generate, version: GENERATORS[generate.world].version })}`;
}

/** The folders that may hold a data set, in the order in which they are tried. */
function candidates(card: DatasetCard, options: LocateOptions): string[] {
  const environment = options.environment ?? process.env;
  const name = folderName(card);
  const folders: string[] = [];
  if (options.dataDir !== undefined) {
    const given = resolve(options.dataDir);
    // A sample has the layout of the real set, so a folder counts as the sample's only by its name.
    if (!isSampleCard(card) || basename(given) === name) folders.push(given);
    folders.push(join(given, name));
  }
  if (environment.DENSEBENCH_DATA) folders.push(resolve(environment.DENSEBENCH_DATA, name));
  folders.push(join(cacheDirectory(options), 'datasets', name));
  return folders;
}

/** Looks for a data set at --data, then $DENSEBENCH_DATA/<id>, then the user's cache folder. Makes and reads nothing. */
export function locate(card: DatasetCard, options: LocateOptions = {}): Location {
  const needed = neededPaths(card);
  const lookedIn = candidates(card, options);
  const seen = lookedIn.map((directory) => {
    const found = needed.filter((path) => existsSync(join(directory, path)));
    return { directory, found, missing: needed.filter((path) => !found.includes(path)) };
  });
  const best = seen.reduce((a, b) => (b.found.length > a.found.length ? b : a));
  return { ...best, lookedIn };
}

/**
 * Where a fetched or generated set goes when nothing of it is there yet: below --data (or --data itself, when it bears
 * the name of the set or holds a part of it), else below $DENSEBENCH_DATA, else in the cache.
 */
export function destination(card: DatasetCard, options: LocateOptions = {}): string {
  const { directory, found, lookedIn } = locate(card, options);
  if (found.length) return directory;
  const given = options.dataDir;
  const named = given !== undefined && basename(resolve(given)) === folderName(card);
  return given === undefined || named || isSampleCard(card) ? lookedIn[0] : lookedIn[1];
}
