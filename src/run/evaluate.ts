import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { canonicalJson } from '../core/canonical.ts';
import type { Dataset, Sample } from '../core/dataset.ts';
import { InterruptedError, messageOf } from '../core/errors.ts';
import type { Predictor } from '../core/predictor.ts';
import type { Protocol, TaskProtocols } from '../core/protocol.ts';
import type { Maps, Task, TaskRasters } from '../core/tasks.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { encodeNpy } from '../formats/npy.ts';
import { METRICS } from '../metrics/index.ts';
import type { Journal, Tallies } from './journal.ts';
import type { PanelStore } from './panels.ts';
import type { Progress } from './progress.ts';

export interface EvaluationJob {
  readonly entry: string;
  readonly predictor: Predictor;
  readonly dataset: Dataset;
  /** Indices of the samples to cover, in image order. */
  readonly indices: readonly number[];
  readonly tasks: readonly Task[];
  readonly protocols: readonly Protocol[];
  readonly journal: Journal;
  readonly panels: PanelStore;
  /** Folder for predictions as lossless .npy, when they are to be kept. */
  readonly predictionsDirectory?: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Predicts and tallies every image of the job that the journal does not hold yet. An image that fails is journalled
 * with its message and does not stop the rest.
 * @throws InterruptedError between two images once the signal is aborted; ResourceError when the journal cannot be written.
 */
export async function evaluate(job: EvaluationJob): Promise<void> {
  const { dataset, journal, entry, progress } = job;
  const open = job.indices.filter((index) => !journal.isTallied(entry, dataset.samples[index].id));
  let done = job.indices.length - open.length;
  progress.start(entry, job.indices.length);
  progress.update(done);
  for await (const sample of dataset.load(open)) {
    if (job.signal.aborted) throw new InterruptedError('interrupted');
    let line: { truth: string; tallies: Tallies } | undefined;
    let failure = '';
    try {
      line = await evaluateSample(job, sample);
    } catch (error) {
      failure = messageOf(error);
    }
    if (line) journal.append({ kind: 'tally', entry, sample: sample.id, ...line });
    else journal.append({ kind: 'failure', entry, sample: sample.id, message: failure });
    progress.update(++done);
    // Inference may block the event loop; without this pause a Ctrl-C would never be seen.
    await new Promise((resolve) => setImmediate(resolve));
  }
  progress.end();
}

async function evaluateSample(job: EvaluationJob, sample: Sample): Promise<{ truth: string; tallies: Tallies }> {
  const tasks = job.tasks.filter((task) => job.predictor.tasks.includes(task));
  const truth = await truthOf(sample, tasks);
  let decoded: ReturnType<Sample['image']> | undefined;
  const image = () => {
    decoded ??= sample.image();
    return decoded;
  };
  const { maps } = await job.predictor.predict({ id: sample.id, image });
  if (job.predictionsDirectory) savePrediction(job.predictionsDirectory, sample.id, maps, tasks);
  if (job.panels.wants(sample.id)) {
    job.panels.keepImage(sample.id, await image());
    job.panels.keepTruth(sample.id, truth);
    if (!job.predictor.accuracyUndefined) job.panels.keepPrediction(sample.id, job.entry, maps, truth);
  }
  return { truth: truthHash(truth), tallies: tallyAll(job.protocols, tasks, maps, truth, sample.id) };
}

async function truthOf(sample: Sample, tasks: readonly Task[]): Promise<Maps> {
  const maps = await Promise.all(tasks.map(async (task) => [task, await sample[task]()] as const));
  return Object.fromEntries(maps);
}

/** Protocols that fix the same for a task share its tally: most presets differ in depth alone. */
export function tallyAll(
  protocols: readonly Protocol[],
  tasks: readonly Task[],
  maps: Maps,
  truth: Maps,
  where: string,
): Tallies {
  const made = new Map<string, unknown>();
  const tallyOnce = (task: Task, protocol: Protocol) => {
    const key = canonicalJson([task, protocol[task]]);
    if (!made.has(key)) made.set(key, tallyTask(task, maps, truth, protocol, where));
    return made.get(key);
  };
  return Object.fromEntries(
    protocols.map((protocol) => [
      protocol.id,
      Object.fromEntries(tasks.map((task) => [task, tallyOnce(task, protocol)])),
    ]),
  );
}

function tallyTask<T extends Task>(task: T, maps: Maps, truth: Maps, protocol: Protocol, where: string): unknown {
  const prediction: TaskRasters[T] | undefined = maps[task];
  const target: TaskRasters[T] | undefined = truth[task];
  const rules = protocol[task] as TaskProtocols[T] | undefined;
  if (!prediction) throw new Error(`the predictor promised ${task} and gave none`);
  if (!target || !rules) throw new Error(`protocol ${protocol.id} does not cover ${task}`);
  return METRICS[task].tally(prediction, target, rules, { where });
}

/** Identifies the truth that was compared with, over all tasks: 16 hex digits of SHA-256. */
function truthHash(truth: Maps): string {
  const hash = createHash('sha256');
  for (const [task, { data, height, width }] of Object.entries(truth).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${task} ${height}x${width} ${data.constructor.name}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex').slice(0, 16);
}

function savePrediction(directory: string, sample: string, maps: Maps, tasks: readonly Task[]): void {
  for (const task of tasks) {
    const raster = maps[task];
    if (!raster) continue;
    const shape = [raster.height, raster.width, ...(raster.channels > 1 ? [raster.channels] : [])];
    writeAtomically(join(directory, task, `${sample}.npy`), encodeNpy({ shape, data: raster.data }));
  }
}
