import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { InterruptedError, MeasurementError } from '../core/errors.ts';
import { workerUrl } from '../core/worker.ts';
import { alternate, type CompareRules, type Comparison, type Reopen } from './latency-compare.ts';
import type { LatencyMessage, LatencyTaskKind, LatencyTasks, Seat } from './latency-tasks.ts';

export interface LatencyProcess {
  /** One question at a time. @throws MeasurementError when the process reports an error or dies. */
  ask<K extends LatencyTaskKind>(kind: K, question: LatencyTasks[K]['question']): Promise<LatencyTasks[K]['answer']>;
  /** Ends it and waits until it is gone: what is measured next must be alone. */
  end(): Promise<void>;
}

interface ProcessOptions {
  /** Named in errors. */
  readonly who: string;
  readonly signal: AbortSignal;
  readonly onCalls?: (calls: number, of?: number) => void;
  readonly onRejected?: (reason: string) => void;
}

/** A session that does not close in this time is not waited for. */
const CLOSING_MS = 10_000;

/** Starts a process that measures and does nothing else; this one waits meanwhile. */
export function startLatencyProcess({ who, signal, onCalls, onRejected }: ProcessOptions): LatencyProcess {
  // "advanced": typed arrays cross as they are.
  const child = fork(fileURLToPath(workerUrl('latency')), {
    serialization: 'advanced',
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  let pending: { resolve: (answer: never) => void; reject: (error: Error) => void } | undefined;
  let ended: Error | undefined;
  const stop = () => child.kill();
  signal.addEventListener('abort', stop, { once: true });
  const settle = (act: (waiting: NonNullable<typeof pending>) => void) => {
    const waiting = pending;
    pending = undefined;
    if (waiting) act(waiting);
  };
  const gone = new Promise<void>((resolve) => {
    const finish = (error: Error) => {
      ended = error;
      signal.removeEventListener('abort', stop);
      settle(({ reject }) => reject(error));
      resolve();
    };
    child.once('error', finish);
    child.once('exit', (code, killedBy) =>
      finish(
        signal.aborted
          ? new InterruptedError('interrupted')
          : new MeasurementError(`latency of ${who}: its process ended early (${killedBy ?? `exit ${code}`})`),
      ),
    );
  });
  child.on('message', (message: LatencyMessage) => {
    if ('calls' in message) onCalls?.(message.calls, message.of);
    else if ('rejected' in message) onRejected?.(message.rejected);
    else if ('error' in message)
      settle(({ reject }) => reject(new MeasurementError(`latency of ${who}: ${message.error}`)));
    else settle(({ resolve }) => resolve(message.answer as never));
  });
  return {
    ask: (kind, question) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        pending = { resolve, reject };
        // An end of the process is told by its own event.
        child.send({ kind, question }, () => {});
      }),
    async end() {
      if (!ended && child.connected) child.disconnect();
      const kill = setTimeout(() => child.kill('SIGKILL'), CLOSING_MS);
      await gone;
      clearTimeout(kill);
    },
  };
}

/**
 * Compares two predictors by alternation: in one process where they run on one backend with the same options; otherwise
 * in two that take turns by message. The one whose turn it is not sleeps until the message comes, and each times itself.
 */
export async function comparePredictors(
  { own, reference, inOneProcess, rules }: { own: Seat; reference: Seat; inOneProcess: boolean; rules: CompareRules },
  options: ProcessOptions,
): Promise<Comparison> {
  const first = startLatencyProcess(options);
  try {
    if (inOneProcess) return await first.ask('compare', { own, reference, rules });
    const second = startLatencyProcess({ ...options, who: reference.entry.id });
    try {
      await first.ask('sit', { seat: own });
      await second.ask('sit', { seat: reference });
      const turnOf = (process: LatencyProcess) => () => process.ask('turn', null);
      const reopen: Reopen = async () => {
        await first.ask('sit', { seat: own });
        await second.ask('sit', { seat: reference });
      };
      return await alternate(turnOf(first), turnOf(second), rules, { onCall: options.onCalls, reopen });
    } finally {
      await second.end();
    }
  } finally {
    await first.end();
  }
}
