import { join } from 'node:path';
import { messageOf, ResourceError, UsageError } from '../core/errors.ts';
import { takeLock } from '../formats/lock.ts';

/**
 * Takes the one lock of a run directory; returns the function that gives it back.
 * @throws UsageError when another run holds it; ResourceError when the directory cannot be written.
 */
export function lockDirectory(directory: string): () => void {
  const path = join(directory, 'lock');
  return takeLock(path, {
    held: (holder) =>
      new UsageError(
        `${directory}: another run (${holder}) is writing here; wait for it, or choose another --output. ` +
          `If no such run exists, delete ${path}`,
      ),
    unwritable: (error) =>
      new ResourceError(`${directory}: cannot be written (${messageOf(error)}); choose another with --output`),
  });
}
