import { DensebenchError, messageOf } from '../core/errors.ts';
import { startTrainingEngine } from './engines.ts';
import { train } from './train.ts';
import type { TrainMessage, TrainOrder, TrainQuestion } from './train-messages.ts';

/**
 * The process that trains. It installs no handler of any signal: while oneDNN's matrix product runs, the stack pointer
 * points into the heap (oneDNN issue 4845), and a handler that the system calls then destroys memory. It stops when it is
 * told to by message, or when the process that asked is gone.
 */
const stopping = new AbortController();
process.on('disconnect', () => stopping.abort());
process.on('message', (question: TrainQuestion) => {
  if ('stop' in question) stopping.abort();
  else
    void obey(question.order).finally(() => {
      if (process.connected) process.disconnect();
    });
});

async function obey(order: TrainOrder): Promise<void> {
  const { backend, threads, ...request } = order;
  const progress = {
    start: (label: string, total: number) => send({ start: [label, total] }),
    update: (done: number) => send({ update: done }),
    end: () => send({ end: true }),
    note: (note: string) => send({ note }),
  };
  try {
    const engine = await startTrainingEngine(backend, threads);
    if (engine.because) void progress.note(`training on ${engine.id}, which is slower: ${engine.because}`);
    const surroundings = { progress, signal: stopping.signal, now: () => new Date() };
    await send({ trained: await train({ ...request, engine }, surroundings) });
  } catch (error) {
    const known = error instanceof DensebenchError ? { exitCode: error.exitCode } : {};
    const stack = error instanceof Error ? { stack: error.stack } : {};
    await send({ failed: { message: messageOf(error), ...known, ...stack } });
  }
}

/** Nobody hears it where the other side is gone. */
const send = (message: TrainMessage): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
