import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { DensebenchError, InterruptedError } from '../core/errors.ts';
import { evenlySpaced } from '../core/evenly-spaced.ts';
import { type FailureRecord, RECORD_SCHEMA, type RunRecord } from '../core/record.ts';
import type { OpenedData } from '../datasets/open-for-suite.ts';
import { cacheDirectory } from '../download/cache-directory.ts';
import { type MeasuredLabels, measureSuiteLabels } from '../experts/suite-labels.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { deltaMTerms } from '../suite/delta-m.ts';
import type { Suite } from '../suite/schema.ts';
import { AUDIT_IMAGES } from './audit.ts';
import type { RunContext } from './context.ts';
import { JOURNAL_FILE, RESOLVED_SUITE, writeRecord } from './directory.ts';
import { Journal } from './journal.ts';
import { type DoneEntry, withRatios } from './latency-entry.ts';
import { measureEntry, openEntry } from './measure-entry.ts';
import { outcomeOf } from './outcome.ts';
import { PanelStore } from './panels.ts';
import { discardParity, ParityStore } from './parity/store.ts';
import type { Plan } from './plan.ts';
import { describePredictions, lossOf, type PredictionFormat, type PredictionStorage } from './predictions.ts';
import { openData, type PreparedSuite } from './prepare-suite.ts';
import type { RunSurroundings } from './request.ts';

export interface RunStart {
  readonly startedAt: Date;
  readonly environment: RunRecord['environment'];
  /** Default: the name of the directory. */
  readonly runId?: string;
}

/**
 * Measures every entry of a prepared suite and writes the record into `directory`, which is there and locked. Where no
 * entry could be opened nothing is written, and the record returned has no measured rows but the reasons.
 * @throws DensebenchError; every image that is done is journalled.
 */
export async function measureSuite(
  prepared: PreparedSuite,
  directory: string,
  surroundings: RunSurroundings,
  { startedAt, environment, runId = basename(directory) }: RunStart,
): Promise<RunRecord> {
  const { request, data, protocols, plan, limit, reported } = prepared;
  const { suite } = request.loaded;
  const measured = await measureAll(prepared, directory, surroundings);
  // Labels of experts without a single student to show are no run.
  const labels =
    measured.entries.length === 0 ? undefined : await labelsOf(prepared, directory, surroundings, environment);
  const failures = [...measured.failures, ...(labels?.failures ?? [])];
  const record: RunRecord = {
    schema: RECORD_SCHEMA,
    runId,
    outcome: outcomeOf(measured.entries, failures),
    suite: { id: suite.id, title: suite.title, hash: request.loaded.hash },
    startedAt: startedAt.toISOString(),
    finishedAt: surroundings.now().toISOString(),
    command: request.command,
    data: dataRecord(data, plan),
    ...(plan.indices.length < data.dataset.samples.length && { limit }),
    protocols,
    entries: [...measured.entries, ...reported],
    failures,
    environment,
    ...(suite.columns && { columns: suite.columns }),
    ...(suite.deltaM && { deltaM: deltaMTerms(suite.deltaM) }),
    ...(labels && { labels: labels.record }),
    ...(request.savePredictions && { predictions: predictionsRecord(request.savePredictions) }),
    ...(request.loaded.overrides && { overrides: request.loaded.overrides }),
  };
  if (measured.entries.length === 0) return record;
  writeRecord(directory, record);
  // A resumed run compares what is missing still, so the reference's outputs stay until nothing is.
  if (record.outcome === 'complete') discardParity(directory);
  return record;
}

async function labelsOf(
  { request, limit }: PreparedSuite,
  directory: string,
  surroundings: RunSurroundings,
  { densebench }: RunRecord['environment'],
): Promise<MeasuredLabels | undefined> {
  const { suite } = request.loaded;
  const { dataDirectory, offline } = request;
  if (!suite.labels) return undefined;
  return measureSuiteLabels(
    { labels: suite.labels, directory, dataDirectory, offline, limit, densebench },
    surroundings,
  );
}

async function measureAll(
  { request, data, protocols, plan }: PreparedSuite,
  directory: string,
  surroundings: RunSurroundings,
) {
  const { suite } = request.loaded;
  const { progress, signal } = surroundings;
  // First the journal: it refuses a plan that is not its own, and then nothing in the directory may change.
  const journal = Journal.open(join(directory, JOURNAL_FILE), plan.hash);
  try {
    if (request.savePredictions) describePredictions(directory, request.savePredictions, evaluatedData(suite, data));
    writeAtomically(join(directory, RESOLVED_SUITE), stringify(suite));
    const panels = new PanelStore(directory, spread(plan.sampleIds, suite.panels));
    const parity = new ParityStore(directory, spread(plan.sampleIds, suite.parity?.images ?? 0));
    const context: RunContext = {
      suite,
      dataset: data.dataset,
      openTrain: async () => (await openData(request, surroundings, 'train')).dataset,
      plan,
      protocols,
      journal,
      panels,
      parity,
      audited: new Set(suite.latency ? spread(plan.sampleIds, AUDIT_IMAGES) : []),
      directory,
      cacheDirectory: cacheDirectory(),
      savePredictions: request.savePredictions,
      measureLatency: request.measureLatency,
      progress,
      signal,
    };
    const done: DoneEntry[] = [];
    const unopened: FailureRecord[] = [];
    for (const entry of suite.entries) {
      const opened = await openEntry(entry, context).catch((error) => {
        // A missing model, device or train split costs its own row; anything else stops the run.
        if (!(error instanceof DensebenchError) || error instanceof InterruptedError) throw error;
        unopened.push(
          entry.optional
            ? { entry: entry.id, message: `left out, as the suite allows: ${error.message}`, allowed: true }
            : { entry: entry.id, message: error.message },
        );
      });
      if (opened) done.push({ entry, built: opened.built, measured: await measureEntry(entry, opened, context) });
    }
    const known = new Set(suite.entries.map(({ id }) => id));
    const failed = journal.failures().filter(({ entry }) => known.has(entry));
    return {
      entries: await withRatios(done, context),
      failures: [...unopened, ...failed.map(({ entry, sample, message }) => ({ entry, sample, message }))],
    };
  } finally {
    journal.close();
  }
}

/** What was evaluated, as a suite would name it: the sample itself where it stands in. */
function evaluatedData({ data }: Suite, { standsInFor }: OpenedData): PredictionStorage['data'] {
  const { sample, ...rest } = data;
  return { ...rest, id: standsInFor && sample !== undefined ? sample : data.id };
}

function predictionsRecord(format: PredictionFormat): RunRecord['predictions'] {
  const loss = lossOf(format);
  return { format, ...(loss !== undefined && { loss }) };
}

function dataRecord({ dataset, standsInFor, card }: OpenedData, plan: Plan): RunRecord['data'] {
  return {
    ...dataset.info,
    splitCount: dataset.samples.length,
    count: plan.indices.length,
    sampleIdsSha256: plan.sampleIdsSha256,
    card,
    ...(standsInFor && { standsInFor }),
  };
}

/** `count` of the values, evenly over their order. */
function spread<V>(values: readonly V[], count: number): V[] {
  return evenlySpaced(values.length, count).map((index) => values[index]);
}
