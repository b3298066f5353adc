import { InterruptedError } from '../core/errors.ts';
import type { OnProgress } from '../datasets/ensure.ts';
import type { RunSurroundings } from './request.ts';

/** Tells how far procedural data are made. @throws InterruptedError, when it is called, after a Ctrl-C. */
export function dataProgress({ progress, signal }: Pick<RunSurroundings, 'progress' | 'signal'>): OnProgress {
  let isStarted = false;
  return (done, total) => {
    if (!isStarted) progress.start('making the sample data, once', total);
    isStarted = true;
    if (signal.aborted) throw new InterruptedError('interrupted while the sample data were made; nothing was kept');
    progress.update(done);
    if (done === total) progress.end();
  };
}
