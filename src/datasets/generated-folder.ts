import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, ResourceError } from '../core/errors.ts';
import { makeFolders } from '../formats/folders.ts';

/**
 * Lets `write` fill a folder beside `directory` that takes its name when all is there: an interrupted or doubled
 * generation leaves nothing half. `files` are the paths that a complete folder has.
 *
 * @throws ResourceError when the folder cannot be written.
 */
export async function writeGenerated(
  directory: string,
  files: readonly string[],
  write: (folder: string) => Promise<void>,
): Promise<void> {
  const target = resolve(directory);
  const temporary = writable(target, () => {
    makeFolders(dirname(target));
    return mkdtempSync(join(dirname(target), `.${basename(target)}.`));
  });
  try {
    await write(temporary);
    writable(target, () => moveInto(temporary, target, files));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Gives the finished folder its name. Whoever comes second keeps the first one's work, if that is complete. */
function moveInto(temporary: string, target: string, files: readonly string[]): void {
  const isComplete = () => files.every((file) => existsSync(join(target, file)));
  if (existsSync(target)) {
    if (isComplete()) return;
    const aside = `${temporary}.old`;
    renameSync(target, aside);
    rmSync(aside, { recursive: true, force: true });
  }
  try {
    renameSync(temporary, target);
  } catch (error) {
    // Another process was quicker by a moment.
    if (!isComplete()) throw error;
  }
}

/** @throws ResourceError in place of the error of the file system. */
export function writable<T>(place: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new ResourceError(`${place}: cannot be written (${messageOf(error)}); name another place or make room`);
  }
}
