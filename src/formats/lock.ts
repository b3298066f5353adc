import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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
 * @returns the function that gives the lock back
 */
export function takeLock(path: string, refusals: LockRefusals): () => void {
  const own: Holder = { pid: process.pid, host: hostname() };
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, JSON.stringify(own), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw refusals.unwritable(error);
    }
    const holder = readHolder(path);
    if (holder && isAlive(holder)) throw refusals.held(`process ${holder.pid} on ${holder.host}`);
    // Taken over once: who finds it there again met another process that did the same.
    if (attempt > 0) throw refusals.held('a process that started at the same moment');
    rmSync(path, { force: true });
  }
}

/** Undefined where the process died before it had written its name. */
function readHolder(path: string): Holder | undefined {
  try {
    const { pid, host } = JSON.parse(readFileSync(path, 'utf8')) as Holder;
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
