import { canonicalJson } from '../core/canonical.ts';
import type { Sample } from '../core/dataset.ts';
import { InterruptedError, messageOf, UsageError } from '../core/errors.ts';
import type { Prediction, Predictor } from '../core/predictor.ts';
import type { Protocol, TaskProtocols } from '../core/protocol.ts';
import { depthLossWords } from '../core/record.ts';
import type { Maps, Task, TaskRasters } from '../core/tasks.ts';
import { METRICS } from '../metrics/index.ts';
import { hashOutputs } from './audit.ts';
import type { RunContext } from './context.ts';
import type { Tallies } from './journal.ts';
import { compareOutputs } from './parity/compare.ts';
import { outputsOf } from './parity/store.ts';
import { storePrediction } from './prediction-maps.ts';
import { hashRaster, truthHashes, truthOf } from './truth.ts';

/**
 * Predicts and tallies every image of the plan that the journal does not hold yet. An image that fails is journalled
 * with its message and does not stop the rest.
 * @throws InterruptedError between two images once the signal is aborted; ResourceError when the journal or a
 * prediction to be kept cannot be written; UsageError when an image or its truth has changed since a
 * resumed run tallied it.
 */
export async function evaluate(entry: string, predictor: Predictor, run: RunContext): Promise<void> {
  const { dataset, journal, plan, progress } = run;
  const tasks = run.suite.tasks.filter((task) => predictor.tasks.includes(task));
  const isDone = (index: number) => journal.isTallied(entry, dataset.samples[index].id);
  const finished = plan.indices.filter(isDone);
  await requireSameData(entry, tasks, finished, run);
  let done = finished.length;
  let toldOfLoss = false;
  progress.start(entry, plan.indices.length);
  progress.update(done);
  for await (const sample of dataset.load(plan.indices.filter((index) => !isDone(index)))) {
    requireNotAborted(run);
    const result = await evaluateSample(sample, predictor, tasks, run).catch((error) => ({
      message: messageOf(error),
    }));
    if ('message' in result) journal.append({ kind: 'failure', entry, sample: sample.id, ...result });
    else {
      // What is kept beside the tally is written first: a line in the journal says that the image is done.
      const loss = keepPrediction(entry, sample.id, tasks, result.prediction, run);
      // Whoever trusts to PNG must hear of what it cannot hold while the run can still be stopped; once is enough.
      if (loss !== undefined && !toldOfLoss) progress.note(`${entry}: ${loss}`);
      toldOfLoss ||= loss !== undefined;
      await keepPanel(entry, sample, result, predictor, run);
      await keepOutputs(entry, sample.id, result.prediction, run);
      const { truth, image, tallies } = result;
      journal.append({ kind: 'tally', entry, sample: sample.id, truth: truthHashes(truth), image, tallies });
    }
    progress.update(++done);
    // Inference may block the event loop; without this pause a Ctrl-C would never be seen.
    await new Promise((resolve) => setImmediate(resolve));
  }
  progress.end();
}

function requireNotAborted({ signal }: RunContext): void {
  if (signal.aborted) throw new InterruptedError('interrupted');
}

/** A resumed run must not mix figures of two data sets: what is tallied already is held against the data of today. */
async function requireSameData(
  entry: string,
  tasks: readonly Task[],
  finished: readonly number[],
  run: RunContext,
): Promise<void> {
  if (finished.length === 0) return;
  const { dataset, journal, progress } = run;
  progress.start(`${entry}: data of what is done`, finished.length);
  let done = 0;
  for await (const sample of dataset.load(finished)) {
    requireNotAborted(run);
    const now = truthHashes(await truthOf(sample, tasks));
    const changed = (what: string) =>
      new UsageError(
        `${journal.path}: the ${what} of image ${sample.id} has changed since it was tallied; start a new run instead of resuming`,
      );
    if (canonicalJson(now) !== canonicalJson(journal.truthOf(entry, sample.id))) throw changed('truth');
    const image = journal.imageOf(entry, sample.id);
    if (image !== undefined && image !== hashRaster(await sample.image())) throw changed('picture');
    progress.update(++done);
  }
  progress.end();
}

interface Evaluated {
  readonly prediction: Prediction;
  readonly maps: Maps;
  readonly truth: Maps;
  /** Hash of the picture, if the predictor looked at it. */
  readonly image?: string;
  readonly tallies: Tallies;
}

async function evaluateSample(
  sample: Sample,
  predictor: Predictor,
  tasks: readonly Task[],
  { protocols, parity }: RunContext,
): Promise<Evaluated> {
  const truth = await truthOf(sample, tasks);
  let image: string | undefined;
  const prediction = await predictor.predict({
    id: sample.id,
    async image() {
      const rgb = await sample.image();
      image = hashRaster(rgb);
      return rgb;
    },
    ...(sample.intrinsics && { intrinsics: () => sample.intrinsics!() }),
    wantsRaw: parity.wants(sample.id),
    wantsOpen: true,
  });
  const { maps, open } = prediction;
  return { prediction, maps, truth, image, tallies: tallyAll(protocols, tasks, { maps, open, truth }, sample.id) };
}

/** Stores the maps where the run keeps them; returns what could not be stored as it was, in words. */
function keepPrediction(
  entry: string,
  sample: string,
  tasks: readonly Task[],
  { maps, open }: Prediction,
  run: RunContext,
): string | undefined {
  if (run.savePredictions === undefined) return undefined;
  const wanted: Maps = Object.fromEntries(tasks.map((task) => [task, maps[task]]));
  const loss = storePrediction(run.directory, entry, sample, { maps: wanted, open }, run.savePredictions);
  if (!loss || loss.nonePx + loss.largestPx === 0) return undefined;
  return `${depthLossWords(loss)}, first in ${sample}; --save-predictions npy would keep them`;
}

/** What later entries and the timed run are held against. */
async function keepOutputs(entry: string, sample: string, prediction: Prediction, run: RunContext): Promise<void> {
  const { journal, parity, suite, progress } = run;
  if (run.audited.has(sample)) journal.append({ kind: 'outputs', entry, sample, sha256: hashOutputs(prediction.maps) });
  if (!parity.wants(sample)) return;
  if (entry === suite.parity?.reference) return parity.keep(sample, prediction);
  const reference = await parity.read(sample);
  if (!reference) return;
  try {
    journal.append({
      kind: 'parity',
      reference: suite.parity?.reference as string,
      entry,
      sample,
      figures: compareOutputs(reference, outputsOf(prediction), sample),
    });
  } catch (error) {
    // Counted below the table: an image that could not be compared breaks parity, not the run.
    progress.note(`${entry}: no parity: ${messageOf(error)}`);
  }
}

/** A picture for the report decides no figure: when it cannot be drawn, that is said and no more. */
async function keepPanel(
  entry: string,
  sample: Sample,
  { maps, truth }: Evaluated,
  predictor: Predictor,
  { panels, progress }: RunContext,
): Promise<void> {
  if (!panels.wants(sample.id)) return;
  try {
    panels.keepTruth(sample.id, truth);
    if (!predictor.accuracyUndefined) panels.keepPrediction(sample.id, entry, maps, truth);
    panels.keepImage(sample.id, await sample.image());
  } catch (error) {
    progress.note(`no picture of ${sample.id} for the report: ${messageOf(error)}`);
  }
}

/** What is compared, of one image. */
interface Compared extends Pick<Prediction, 'maps' | 'open'> {
  readonly truth: Maps;
}

/** Protocols that fix the same for a task share its tally: most presets differ in depth alone. */
export function tallyAll(
  protocols: readonly Protocol[],
  tasks: readonly Task[],
  compared: Compared,
  where: string,
): Tallies {
  const made = new Map<string, unknown>();
  const tallyOnce = (task: Task, protocol: Protocol) => {
    const key = canonicalJson([task, protocol[task]]);
    if (!made.has(key)) made.set(key, tallyTask(task, compared, protocol, where));
    return made.get(key);
  };
  return Object.fromEntries(
    protocols.map((protocol) => [
      protocol.id,
      Object.fromEntries(covered(protocol, tasks).map((task) => [task, tallyOnce(task, protocol)])),
    ]),
  );
}

const covered = (protocol: Protocol, tasks: readonly Task[]): Task[] =>
  tasks.filter((task) => protocol[task] !== undefined);

function tallyTask<T extends Task>(task: T, { maps, open, truth }: Compared, protocol: Protocol, where: string) {
  const prediction: TaskRasters[T] | undefined = maps[task];
  const target: TaskRasters[T] | undefined = truth[task];
  const rules = protocol[task] as TaskProtocols[T] | undefined;
  if (!prediction) throw new Error(`the predictor promised ${task} and gave none`);
  if (!target || !rules) throw new Error(`protocol ${protocol.id} does not cover ${task}`);
  return METRICS[task].tally(prediction, target, rules, { where, open });
}
