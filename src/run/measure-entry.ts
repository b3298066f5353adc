import { type OpenedPredictor, openPredictor } from '../backends/open.ts';
import { UsageError } from '../core/errors.ts';
import type { MeasuredEntry } from '../core/record.ts';
import type { SuiteEntry } from '../suite/schema.ts';
import type { RunContext } from './context.ts';
import { evidenceOf, readingsOfEntry } from './entry-readings.ts';
import { evaluate } from './evaluate.ts';
import type { Journal } from './journal.ts';
import { latencyOf } from './latency-entry.ts';
import { summariseParity } from './parity/summary.ts';
import { identityOf } from './plan.ts';

/** One row of the table: accuracy over every image, then cost and latency where there is a network. Closes `opened`. */
export async function measureEntry(
  entry: SuiteEntry,
  opened: OpenedPredictor,
  run: RunContext,
): Promise<MeasuredEntry> {
  const { journal, plan } = run;
  const { predictor, model, cost } = opened;
  const identity = identityOf(predictor.card, model?.card);
  try {
    requireSameIdentity(journal, entry.id, identity);
    await evaluate(entry.id, predictor, run);
  } finally {
    await predictor.close();
  }
  const tallied = plan.sampleIds.filter((sample) => journal.isTallied(entry.id, sample));
  const tasks = run.suite.tasks.filter((task) => predictor.tasks.includes(task));
  const withheld = tallied.length === 0 ? `all ${plan.sampleIds.length} images failed` : predictor.accuracyUndefined;
  return {
    kind: 'measured',
    id: entry.id,
    title: entry.title ?? entry.id,
    ...(entry.seedsOf !== undefined && {
      seedsOf: entry.seedsOf,
      seedsPlanned: run.suite.entries.filter(({ seedsOf }) => seedsOf === entry.seedsOf).length,
    }),
    backend: predictor.card,
    model,
    cost,
    // The accuracy session is closed by now: its threads would disturb the timing.
    ...(await latencyOf(entry, opened, timedSample(tallied, run), run)),
    ...parityOf(entry, run),
    ...(predictor.accuracyUndefined !== undefined && { accuracyUndefined: predictor.accuracyUndefined }),
    readings: readingsOfEntry(entry.id, tasks, withheld, run),
    evidence: evidenceOf(entry.id, tasks, tallied, run),
    images: tallied.length,
    failed: plan.sampleIds.length - tallied.length,
  };
}

/** The image that latency is measured on: one whose outputs the audit knows, where there is one. */
const timedSample = (tallied: readonly string[], { audited }: RunContext): string | undefined =>
  tallied.find((sample) => audited.has(sample)) ?? tallied[0];

/** Against the suite's reference entry; the reference itself has none. */
function parityOf({ id, parity: own }: SuiteEntry, run: RunContext): Pick<MeasuredEntry, 'parity'> {
  const rules = run.suite.parity;
  if (!rules || id === rules.reference) return {};
  const wanted = run.plan.sampleIds.filter((sample) => run.parity.wants(sample));
  const compared = wanted.flatMap((sample) => {
    const figures = run.journal.parityOf(id, sample, rules.reference);
    return figures ? [{ sample, figures }] : [];
  });
  return { parity: summariseParity(rules.reference, wanted.length, compared, own ?? rules.thresholds) };
}

/** The predictor of an entry. @throws ResourceError when a model, device or file that it needs is not there. */
export function openEntry(entry: SuiteEntry, run: RunContext): Promise<OpenedPredictor> {
  let started = false;
  return openPredictor(entry, {
    cacheDirectory: run.cacheDirectory,
    tasks: run.suite.tasks,
    classCount: run.dataset.info.classNames.length || undefined,
    taxonomy: run.dataset.info.taxonomy,
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
