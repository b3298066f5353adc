import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { ResourceError } from '../core/errors.ts';
import { diskError } from './disk-error.ts';

/** What a download that was cut off needs in order to go on: the same address and a proof that the file is the same. */
export interface PartState {
  readonly url: string;
  /** ETag or Last-Modified, for If-Range. */
  readonly validator: string;
}

/** The half of a download that is there: `<path>.part`, and `<path>.part.json` that says of what. */
export class PartFile {
  readonly path: string;
  private readonly statePath: string;

  constructor(target: string) {
    this.path = `${target}.part`;
    this.statePath = `${this.path}.json`;
  }

  /** Bytes that are there and can be continued from `url`; 0 where there is no proof that they belong to it. */
  resumable(url: string): { bytes: number; validator?: string } {
    if (!existsSync(this.path) || !existsSync(this.statePath)) return { bytes: 0 };
    try {
      const state = JSON.parse(readFileSync(this.statePath, 'utf8')) as Partial<PartState>;
      if (state.url === url && state.validator) return { bytes: statSync(this.path).size, validator: state.validator };
    } catch {
      // A torn state file proves nothing; the download starts anew.
    }
    return { bytes: 0 };
  }

  remember(state: PartState): void {
    writeFileSync(this.statePath, JSON.stringify(state));
  }

  forget(): void {
    rmSync(this.statePath, { force: true });
  }

  remove(): void {
    this.forget();
    rmSync(this.path, { force: true });
  }

  /**
   * Two processes writing one part would spoil it. The lock of a process that has died is taken over.
   * @returns the function that gives the lock back
   */
  lock(): () => void {
    const path = `${this.path}.lock`;
    for (let attempt = 0; ; attempt++) {
      try {
        writeFileSync(path, String(process.pid), { flag: 'wx' });
        return () => rmSync(path, { force: true });
      } catch (error) {
        if ((error as { code?: string }).code !== 'EEXIST') throw diskError(path, error);
      }
      const holder = Number(readFileSync(path, 'utf8'));
      if (attempt > 0 || isAlive(holder))
        throw new ResourceError(
          `${this.path}: process ${holder} is downloading it already; wait for it, or delete ${path} if it is gone`,
        );
      rmSync(path, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}
