import { join } from 'node:path';
import { backendOf } from '../backends/index.ts';
import { type OpenedPredictor, openPredictor } from '../backends/open.ts';
import { fingerprint } from '../core/canonical.ts';
import type { Dataset } from '../core/dataset.ts';
import { UsageError } from '../core/errors.ts';
import type { Protocol } from '../core/protocol.ts';
import type { Reading } from '../core/reading.ts';
import type { EntryReading, MeasuredEntry } from '../core/record.ts';
import type { Task } from '../core/tasks.ts';
import { readingsOf } from '../metrics/readings.ts';
import type { Suite, SuiteEntry } from '../suite/schema.ts';
import { evaluate } from './evaluate.ts';
import type { Journal } from './journal.ts';
import { measureLatencyApart } from './latency-process.ts';
import type { PanelStore } from './panels.ts';
import { identityOf, type Plan } from './plan.ts';
import type { Progress } from './progress.ts';

/** What all entries of a run share. */
export interface RunContext {
  readonly suite: Suite;
  readonly dataset: Dataset;
  /** Opens the train split of the same data. */
  readonly openTrain: () => Promise<Dataset>;
  readonly plan: Plan;
  readonly protocols: readonly Protocol[];
  readonly journal: Journal;
  readonly panels: PanelStore;
  readonly directory: string;
  readonly cacheDirectory: string;
  readonly savePredictions: boolean;
  readonly measureLatency: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** One row of the table: accuracy over every image, then cost and latency where there is a network. */
export async function measureEntry(entry: SuiteEntry, run: RunContext): Promise<MeasuredEntry> {
  const { dataset, journal, plan, suite, progress } = run;
  const opened = await open(entry, run);
  const { predictor, model, cost } = opened;
  try {
    requireSameIdentity(journal, entry.id, identityOf(predictor.card, model?.id));
    await evaluate({
      entry: entry.id,
      predictor,
      dataset,
      indices: plan.indices,
      tasks: suite.tasks,
      protocols: run.protocols,
      journal,
      panels: run.panels,
      ...(run.savePredictions && { predictionsDirectory: join(run.directory, 'predictions', entry.id) }),
      progress,
      signal: run.signal,
    });
  } finally {
    await predictor.close();
  }
  // The accuracy session is closed by now: its threads would disturb the timing.
  const latency =
    run.measureLatency && suite.latency && isRuntime(entry)
      ? await measureLatencyApart({ entry, rules: suite.latency, run })
      : undefined;
  const truths = plan.sampleIds.flatMap((sample) => {
    const truth = journal.truthOf(entry.id, sample);
    return truth === undefined ? [] : [[sample, truth]];
  });
  return {
    kind: 'measured',
    id: entry.id,
    title: entry.title ?? entry.id,
    backend: predictor.card,
    model,
    cost,
    latency,
    readings: readingsOfEntry(entry.id, predictor.tasks, predictor.accuracyUndefined, run),
    evidence: fingerprint([dataset.info.id, dataset.info.split, truths]),
    images: truths.length,
    failed: plan.sampleIds.length - truths.length,
  };
}

const isRuntime = (entry: SuiteEntry) => backendOf(entry.backend.id).kind === 'runtime';

function open(entry: SuiteEntry, run: RunContext): Promise<OpenedPredictor> {
  let started = false;
  return openPredictor(entry, {
    cacheDirectory: run.cacheDirectory,
    tasks: run.suite.tasks,
    openTrain: run.openTrain,
    onProgress: (done, total) => {
      if (!started) run.progress.start(`${entry.id}: fit`, total);
      started = true;
      run.progress.update(done);
      if (done === total) run.progress.end();
    },
  });
}

/** @throws UsageError when the journal holds tallies of another predictor under the same entry. */
function requireSameIdentity(journal: Journal, entry: string, identity: string): void {
  const known = journal.identityOf(entry);
  if (known === undefined) journal.append({ kind: 'entry', entry, identity });
  else if (known !== identity)
    throw new UsageError(
      `${journal.path}: entry ${entry} was measured with other weights or options (${known}, now ${identity}); start a new run`,
    );
}

function readingsOfEntry(
  entry: string,
  predicted: readonly Task[],
  accuracyUndefined: string | undefined,
  run: RunContext,
): EntryReading[] {
  const tasks = run.suite.tasks.filter((task) => predicted.includes(task));
  const { classNames } = run.dataset.info;
  return run.protocols.flatMap((protocol) =>
    tasks.flatMap((task) => {
      const rules = protocol[task];
      if (!rules) return [];
      const readings: Reading[] = readingsOf(task, talliesOf(run, entry, protocol.id, task), rules, classNames);
      return readings.map((reading) => ({
        ...reading,
        ...(accuracyUndefined !== undefined && { value: null, reason: accuracyUndefined }),
        protocolId: protocol.id,
      }));
    }),
  );
}

function* talliesOf({ journal, plan }: RunContext, entry: string, protocol: string, task: Task): Generator<unknown> {
  for (const line of journal.tallies(entry, plan.sampleIds)) {
    const tally = line.tallies[protocol]?.[task];
    if (tally !== undefined) yield tally;
  }
}
