import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BuiltModel } from '../backends/model-bytes.ts';
import { InterruptedError, MeasurementError } from '../core/errors.ts';
import type { RgbRaster } from '../core/raster.ts';
import type { LatencyRecord } from '../core/record.ts';
import type { Task } from '../core/tasks.ts';
import { workerUrl } from '../core/worker.ts';
import type { SuiteEntry } from '../suite/schema.ts';
import type { RunContext } from './context.ts';
import type { LatencyRules } from './latency.ts';

export interface LatencyTask {
  readonly entry: SuiteEntry;
  readonly rules: LatencyRules;
  readonly image: RgbRaster;
  readonly cacheDirectory: string;
  /** Of the predictor whose accuracy was measured: the same must be timed. */
  readonly identity: string;
  /** Of the same predictor, where densebench built its network. */
  readonly built?: BuiltModel;
  /** What the run scores: a predictor that answers less would be faster. */
  readonly tasks: readonly Task[];
}
export type LatencyAnswer = { readonly latency: LatencyRecord } | { readonly error: string };

/** How many calls are done. */
export interface LatencyNews {
  readonly calls: number;
}

/**
 * Measures latency in a process of its own that does nothing else, on one image of the run; this one waits.
 * @throws MeasurementError when the process fails or dies.
 */
export async function measureLatencyApart(request: {
  readonly entry: SuiteEntry;
  readonly rules: LatencyRules;
  readonly identity: string;
  readonly built?: BuiltModel;
  /** Id of an image that ran before. */
  readonly sample: string;
  readonly run: RunContext;
}): Promise<LatencyRecord> {
  const { entry, rules, identity, built, sample, run } = request;
  const image = await imageOf(sample, run);
  run.progress.start(`${entry.id}: latency, alone in its own process, calls`, rules.minimumCount);
  const { cacheDirectory } = run;
  const task: LatencyTask = { entry, rules, image, cacheDirectory, identity, built, tasks: run.suite.tasks };
  const answer = await ask(task, run.signal, (calls) => run.progress.update(Math.min(calls, rules.minimumCount)));
  run.progress.end();
  if ('error' in answer) throw new MeasurementError(`latency of ${entry.id}: ${answer.error}`);
  return answer.latency;
}

async function imageOf(id: string, { dataset, plan }: RunContext): Promise<RgbRaster> {
  const index = plan.indices[plan.sampleIds.indexOf(id)];
  for await (const sample of dataset.load([index])) return await sample.image();
  throw new MeasurementError(`latency: image ${id} is not there any more`);
}

function ask(task: LatencyTask, signal: AbortSignal, onCalls: (calls: number) => void): Promise<LatencyAnswer> {
  return new Promise((resolve, reject) => {
    // "advanced": typed arrays cross as they are.
    const child = fork(fileURLToPath(workerUrl('latency')), {
      serialization: 'advanced',
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    const stop = () => child.kill();
    signal.addEventListener('abort', stop, { once: true });
    let answer: LatencyAnswer | undefined;
    child.on('message', (message: LatencyAnswer | LatencyNews) => {
      if ('calls' in message) onCalls(message.calls);
      else answer = message;
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
