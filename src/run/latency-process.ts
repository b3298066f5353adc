import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { InterruptedError, MeasurementError } from '../core/errors.ts';
import type { RgbRaster } from '../core/raster.ts';
import type { LatencyRecord } from '../core/record.ts';
import { workerUrl } from '../core/worker.ts';
import type { SuiteEntry } from '../suite/schema.ts';
import type { LatencyRules } from './latency.ts';
import type { RunContext } from './measure-entry.ts';

export interface LatencyTask {
  readonly entry: SuiteEntry;
  readonly rules: LatencyRules;
  readonly image: RgbRaster;
  readonly cacheDirectory: string;
}
export type LatencyAnswer = { readonly latency: LatencyRecord } | { readonly error: string };

/**
 * Measures latency in a process of its own that does nothing else, on the first image of the run; this one waits.
 * @throws MeasurementError when the process fails or dies.
 */
export async function measureLatencyApart(request: {
  readonly entry: SuiteEntry;
  readonly rules: LatencyRules;
  readonly run: RunContext;
}): Promise<LatencyRecord> {
  const { entry, rules, run } = request;
  const image = await firstImage(run);
  run.progress.note(
    `${entry.id}: latency, at least ${rules.minimumSeconds} s and ${rules.minimumCount} calls, alone in its own process`,
  );
  const task: LatencyTask = { entry, rules, image, cacheDirectory: run.cacheDirectory };
  const answer = await ask(task, run.signal);
  if ('error' in answer) throw new MeasurementError(`latency of ${entry.id}: ${answer.error}`);
  return answer.latency;
}

async function firstImage({ dataset, plan }: RunContext): Promise<RgbRaster> {
  for await (const sample of dataset.load(plan.indices.slice(0, 1))) return await sample.image();
  throw new MeasurementError('latency: the run has no image to time');
}

function ask(task: LatencyTask, signal: AbortSignal): Promise<LatencyAnswer> {
  return new Promise((resolve, reject) => {
    // "advanced": typed arrays cross as they are.
    const child = fork(fileURLToPath(workerUrl('latency')), {
      serialization: 'advanced',
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    const stop = () => child.kill();
    signal.addEventListener('abort', stop, { once: true });
    let answer: LatencyAnswer | undefined;
    child.once('message', (message) => {
      answer = message as LatencyAnswer;
    });
    child.once('error', reject);
    child.once('exit', (code, killedBy) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(new InterruptedError('interrupted'));
      else if (answer) resolve(answer);
      else
        reject(
          new MeasurementError(`latency of ${task.entry.id}: its process ended early (${killedBy ?? `exit ${code}`})`),
        );
    });
    child.send(task);
  });
}
