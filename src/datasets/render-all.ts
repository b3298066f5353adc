import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { workerUrl } from '../core/worker.ts';

/** Beyond this many, the one thread that compresses and writes is the bottleneck. */
const MOST_WORKERS = 4;

/**
 * Renders all jobs on threads of `<name>.worker.ts` and hands the frames to `take` in the order of the jobs. A worker
 * gets its next job when its frame has been taken or is waiting for at most one slower neighbour, so memory stays small.
 */
export async function renderAll<Job, Frame>(
  name: string,
  jobs: readonly Job[],
  take: (frame: Frame, index: number) => void,
): Promise<void> {
  const count = Math.max(1, Math.min(availableParallelism(), MOST_WORKERS, jobs.length));
  const workers = Array.from({ length: count }, () => new Worker(workerUrl(name)));
  try {
    await new Promise<void>((done, failed) => {
      const ready = new Map<number, Frame>();
      let next = 0;
      let taken = 0;
      const give = (worker: Worker) => {
        if (next >= jobs.length) return;
        const index = next++;
        worker.once('message', (frame: Frame) => {
          give(worker);
          ready.set(index, frame);
          try {
            for (let first = ready.get(taken); first; first = ready.get(taken)) {
              ready.delete(taken);
              take(first, taken++);
            }
          } catch (error) {
            failed(error);
          }
          if (taken === jobs.length) done();
        });
        worker.postMessage(jobs[index]);
      };
      for (const worker of workers) {
        worker.once('error', failed);
        worker.once('exit', (code) => failed(new Error(`a worker that renders ${name} ended early (code ${code})`)));
        give(worker);
      }
    });
  } finally {
    for (const worker of workers) worker.removeAllListeners('exit');
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
