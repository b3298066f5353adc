import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, ResourceError } from '../core/errors.ts';

/** More stems than this are counted instead of named. */
const NAMED = 5;

/** "a, b, c, d, e and 12 more": stems for a message. */
export function someOf(stems: readonly string[]): string {
  const more = stems.length - NAMED;
  return stems.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/**
 * Stem -> path of the files of one folder, in the order of the stems. `stemOf` takes a file name and gives undefined
 * for files of other kinds, which are passed over, as folders are.
 * @throws ResourceError when the folder cannot be listed, or two of its files have the same stem: which of them is
 * meant must not hang on their order.
 */
export async function filesByStem(
  folder: string,
  stemOf: (fileName: string) => string | undefined,
): Promise<Map<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new ResourceError(`${folder}: cannot be listed (${messageOf(error)})`);
  });
  const files = new Map<string, string>();
  for (const name of entries.flatMap((entry) => (entry.isDirectory() ? [] : [entry.name])).sort()) {
    const stem = stemOf(name);
    if (stem === undefined) continue;
    const path = join(folder, name);
    const other = files.get(stem);
    if (other !== undefined)
      throw new ResourceError(`${other} and ${path} have the same stem "${stem}"; keep one of them`);
    files.set(stem, path);
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}
