import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { messageOf, ResourceError, UsageError } from '../core/errors.ts';

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Takes the one lock of a run directory; returns the function that gives it back. The lock of a process that died on
 * this machine is taken over.
 * @throws UsageError when another run holds it.
 */
export function lockDirectory(directory: string): () => void {
  const path = join(directory, 'lock');
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const fd = openSync(path, 'wx');
      writeSync(fd, JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder));
      closeSync(fd);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new ResourceError(`${directory}: cannot be written (${messageOf(error)}); choose another with --output`);
    }
    const holder = readHolder(path);
    if (holder && isAlive(holder))
      throw new UsageError(
        `${directory}: another run (process ${holder.pid} on ${holder.host}) is writing here; wait for it, or choose another --output. ` +
          `If no such run exists, delete ${path}`,
      );
    rmSync(path, { force: true });
  }
  throw new UsageError(`${directory}: another run took the lock at the same moment; try again`);
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
