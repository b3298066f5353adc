import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf, ResourceError } from '../core/errors.ts';
import { makeFolders } from './folders.ts';

/** Where a folder of the path is a file, nothing was written, and even looking for it throws. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

/**
 * Writes a file whole or not at all: into a temporary file beside it, to disk, then renamed over it. Missing folders
 * are made. @throws ResourceError naming the file when the folder cannot be written or the disk is full.
 */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    makeFolders(dirname(path));
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const file = openSync(temporary, 'w');
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    throw new ResourceError(`${path}: cannot be written (${messageOf(error)}); name another place or make room`);
  }
}
