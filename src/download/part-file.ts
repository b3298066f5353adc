import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { ResourceError } from '../core/errors.ts';
import { takeLock } from '../formats/lock.ts';
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
   * Two processes writing one part would spoil it.
   * @returns the function that gives the lock back
   */
  lock(): () => void {
    const path = `${this.path}.lock`;
    return takeLock(path, {
      held: (holder) =>
        new ResourceError(
          `${this.path}: ${holder} is downloading it already; wait for it, or delete ${path} if it is gone`,
        ),
      unwritable: (error) => diskError(path, error),
    });
  }
}
