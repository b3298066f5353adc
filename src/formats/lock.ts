import { createHash, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** What the caller throws: it alone knows what the lock is for. */
export interface LockRefusals {
  /** Somebody else holds it: "process 12 on host". */
  held(holder: string): Error;
  /** The file system's refusal. */
  unwritable(error: unknown): Error;
}

/**
 * Makes a lock file that names this process. The lock of a process that died on this machine is taken over; of another
 * machine's processes nothing can be known, so their locks stand.
 *
 * Of several processes that find a dead lock one alone may replace it: who holds the lock on the lock, named after what
 * the dead one says. While that is held the dead lock cannot change, so that reading it and renaming over it are one.
 * @returns the function that gives the lock back
 */
export function takeLock(path: string, refusals: LockRefusals): () => void {
  const own = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  const release = () => {
    if (read(path) === own) rmSync(path, { force: true });
  };
  try {
    for (;;) {
      if (createWhole(path, own)) return release;
      const found = read(path);
      // Given back in the meantime.
      if (found === undefined) continue;
      const holder = parseHolder(found);
      if (holder && isAlive(holder)) throw refusals.held(`process ${holder.pid} on ${holder.host}`);
      const guard = takeLock(`${path}.${createHash('sha256').update(found).digest('hex').slice(0, 16)}`, {
        ...refusals,
        held: () => refusals.held('a process that started at the same moment'),
      });
      try {
        if (read(path) !== found) continue;
        replace(path, own);
        return release;
      } finally {
        guard();
      }
    }
  } catch (error) {
    throw isSystemError(error) ? refusals.unwritable(error) : error;
  }
}

/** False where the file exists. A link appears with its content; a file written in place could be read while empty. */
function createWhole(path: string, content: string): boolean {
  return withTemporary(path, content, (temporary) => {
    try {
      linkSync(temporary, path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      // exFAT and some network drives know no links.
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code ?? '')) throw error;
      return createInPlace(path, content);
    }
    return true;
  });
}

function createInPlace(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

const replace = (path: string, content: string) =>
  withTemporary(path, content, (temporary) => renameSync(temporary, path));

function withTemporary<T>(path: string, content: string, use: (temporary: string) => T): T {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, content, { flag: 'wx' });
    return use(temporary);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Undefined where there is no file. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined where it names nobody, as a process leaves it that died while it wrote. */
function parseHolder(content: string): Holder | undefined {
  try {
    const { pid, host } = JSON.parse(content) as Holder;
    return pid > 0 ? { pid, host } : undefined;
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
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const isSystemError = (error: unknown): boolean => typeof (error as NodeJS.ErrnoException)?.syscall === 'string';
