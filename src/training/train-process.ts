import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type DensebenchError, InterruptedError, MeasurementError, ResourceError, UsageError } from '../core/errors.ts';
import { workerUrl } from '../core/worker.ts';
import type { Progress } from '../run/progress.ts';
import type { Trained } from './request.ts';
import type { TrainMessage, TrainOrder, TrainQuestion } from './train-messages.ts';

/**
 * Trains in a process of its own, which a Ctrl-C does not reach: it is told by message (train.worker.ts says why).
 * @throws what train() throws there; MeasurementError when the process dies.
 */
export function trainApart(order: TrainOrder, progress: Progress, signal: AbortSignal): Promise<Trained> {
  const child = fork(fileURLToPath(workerUrl('train')), { stdio: ['ignore', 2, 2, 'ipc'], detached: true });
  const ask = (question: TrainQuestion) => child.send(question, () => {});
  const stop = () => ask({ stop: true });
  signal.addEventListener('abort', stop, { once: true });
  let ended: Trained | Error | undefined;
  child.on('message', (message: TrainMessage) => {
    if ('start' in message) progress.start(...message.start);
    else if ('update' in message) progress.update(message.update);
    else if ('end' in message) progress.end();
    else if ('note' in message) progress.note(message.note);
    else ended = 'trained' in message ? message.trained : errorOf(message.failed);
  });
  return new Promise((resolve, reject) => {
    const finish = (otherwise: Error) => {
      signal.removeEventListener('abort', stop);
      if (ended === undefined || ended instanceof Error) reject(ended ?? otherwise);
      else resolve(ended);
    };
    child.once('error', finish);
    // Its messages are all read when it has exited and the channel is closed.
    child.once('close', (code, killedBy) =>
      finish(
        new MeasurementError(
          `the process that trains ended early (${killedBy ?? `exit ${code}`}); go on with --resume where there is a checkpoint`,
        ),
      ),
    );
    ask({ order });
    if (signal.aborted) stop();
  });
}

const KINDS: readonly (new (message: string) => DensebenchError)[] = [
  UsageError,
  ResourceError,
  MeasurementError,
  InterruptedError,
];

function errorOf({ message, exitCode, stack }: Extract<TrainMessage, { failed: unknown }>['failed']): Error {
  const Kind = KINDS.find((candidate) => new candidate('').exitCode === exitCode);
  if (Kind) return new Kind(message);
  const bug = new Error(message);
  if (stack !== undefined) bug.stack = stack;
  return bug;
}
