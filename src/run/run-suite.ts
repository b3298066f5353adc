import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { canonicalJson } from '../core/canonical.ts';
import type { Dataset } from '../core/dataset.ts';
import { DensebenchError, InterruptedError, ResourceError } from '../core/errors.ts';
import { evenlySpaced } from '../core/evenly-spaced.ts';
import { PROTOCOL_PRESETS, type ProtocolId } from '../core/protocol-presets.ts';
import { type FailureRecord, type MeasuredEntry, RECORD_SCHEMA, type RunRecord } from '../core/record.ts';
import { openForSuite } from '../datasets/open-for-suite.ts';
import { cacheDirectory } from '../download/cache-directory.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { resolveProtocol } from '../metrics/protocols.ts';
import type { LoadedSuite } from '../suite/load.ts';
import { loadPublished } from '../suite/published.ts';
import type { Suite } from '../suite/schema.ts';
import { AUDIT_IMAGES } from './audit.ts';
import { checkSuite } from './check-suite.ts';
import type { RunContext } from './context.ts';
import { makeRunDirectory, newRunDirectory } from './directory.ts';
import { captureEnvironment } from './environment.ts';
import { Journal } from './journal.ts';
import { type DoneEntry, withRatios } from './latency-entry.ts';
import { lockDirectory } from './lock.ts';
import { measureEntry, openEntry } from './measure-entry.ts';
import { PanelStore } from './panels.ts';
import { discardParity, ParityStore } from './parity/store.ts';
import { type Plan, planRun } from './plan.ts';
import { describePredictions, lossOf, type PredictionFormat, type PredictionStorage } from './predictions.ts';
import type { Progress } from './progress.ts';

export interface RunRequest {
  readonly loaded: LoadedSuite;
  /** The run's own directory; default results/<suite>/<time>. */
  readonly output?: string;
  /** Continue the run in `output` instead of starting one. */
  readonly resume: boolean;
  readonly dataDirectory?: string;
  readonly requireData: boolean;
  readonly offline: boolean;
  readonly limit?: number;
  /** How to store every prediction; undefined: not at all. */
  readonly savePredictions?: PredictionFormat;
  readonly measureLatency: boolean;
  /** As typed, for the record. */
  readonly command: string;
  /** What to type to go on with the run in `directory`. */
  readonly resumeCommand: (directory: string) => string;
}

export interface RunSurroundings {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

export interface FinishedRun {
  readonly record: RunRecord;
  readonly directory: string;
}

/**
 * Runs one suite from plan to record. Work that is done survives: every image is journalled, and a run that was
 * interrupted or ran out of disk goes on with `resume`.
 * @throws DensebenchError; InterruptedError says how to go on.
 */
export async function runSuite(request: RunRequest, surroundings: RunSurroundings): Promise<FinishedRun> {
  const { suite } = request.loaded;
  const startedAt = surroundings.now();
  const environment = captureEnvironment(process.cwd());
  checkSuite(suite);
  const reported = suite.reported.flatMap((id) => loadPublished(id));
  const data = await openData(request, surroundings, suite.data.split);
  try {
    const protocols = suite.protocols.map((id) => runProtocol(id, data.dataset));
    const limit = request.limit ?? suite.limit;
    const plan = planRun(suite, data.dataset, protocols, limit, data.card);
    const directory = makeRunDirectory(request.output ?? newRunDirectory(suite.id, startedAt), request.resume);
    const unlock = lockDirectory(directory);
    try {
      const measured = await measureAll({ request, surroundings, data, protocols, plan, directory });
      const record: RunRecord = {
        schema: RECORD_SCHEMA,
        runId: basename(directory),
        outcome: outcomeOf(measured),
        suite: { id: suite.id, title: suite.title, hash: request.loaded.hash },
        startedAt: startedAt.toISOString(),
        finishedAt: surroundings.now().toISOString(),
        command: request.command,
        data: dataRecord(data, plan),
        ...(plan.indices.length < data.dataset.samples.length && { limit }),
        protocols,
        entries: [...measured.entries, ...reported],
        failures: measured.failures,
        environment,
        ...(suite.columns && { columns: suite.columns }),
        ...(request.savePredictions && { predictions: predictionsRecord(request.savePredictions) }),
        ...(request.loaded.overrides && { overrides: request.loaded.overrides }),
      };
      canonicalJson(record); // throws on NaN and Infinity before anything is written
      writeAtomically(join(directory, 'record.json'), `${JSON.stringify(record, null, 1)}\n`);
      // A resumed run compares what is missing still, so the reference's outputs stay until nothing is.
      if (record.outcome === 'complete') discardParity(directory);
      return { record, directory };
    } catch (error) {
      if (!(error instanceof InterruptedError)) throw error;
      throw new InterruptedError(
        `interrupted; what is done is kept. Continue with: ${request.resumeCommand(directory)}`,
      );
    } finally {
      unlock();
    }
  } finally {
    await data.dataset.close();
  }
}

interface Measuring {
  readonly request: RunRequest;
  readonly surroundings: RunSurroundings;
  readonly data: OpenedData;
  readonly protocols: RunRecord['protocols'];
  readonly plan: Plan;
  readonly directory: string;
}

async function measureAll({ request, surroundings, data, protocols, plan, directory }: Measuring) {
  const { suite } = request.loaded;
  const { progress, signal } = surroundings;
  // First the journal: it refuses a plan that is not its own, and then nothing in the directory may change.
  const journal = Journal.open(join(directory, 'journal.jsonl'), plan.hash);
  try {
    if (request.savePredictions) describePredictions(directory, request.savePredictions, evaluatedData(suite, data));
    writeAtomically(join(directory, 'suite.resolved.yaml'), stringify(suite));
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
        unopened.push({ entry: entry.id, message: error.message });
      });
      if (opened) done.push({ entry, built: opened.built, measured: await measureEntry(entry, opened, context) });
    }
    if (done.length === 0) throw new ResourceError(unopened.map(({ message }) => message).join('\n'));
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

type OpenedData = Awaited<ReturnType<typeof openForSuite>>;

function openData(
  request: RunRequest,
  { progress, signal }: RunSurroundings,
  split: Suite['data']['split'],
): Promise<OpenedData> {
  let started = false;
  return openForSuite(
    { ...request.loaded.suite.data, split },
    {
      dataDir: request.dataDirectory,
      requireData: request.requireData,
      offline: request.offline,
      onProgress: (done, total) => {
        if (!started) progress.start('making the sample data, once', total);
        started = true;
        if (signal.aborted) throw new InterruptedError('interrupted while the sample data were made; nothing was kept');
        progress.update(done);
        if (done === total) progress.end();
      },
    },
  );
}

function runProtocol(id: ProtocolId, { info }: Dataset): RunRecord['protocols'][number] {
  const { taxonomy, classNames, depthTruth } = info;
  const { title, source, figures } = PROTOCOL_PRESETS[id];
  const protocol = resolveProtocol(id, { classes: classNames.length || undefined, taxonomy, depthTruth });
  return { ...protocol, title, source, figures };
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

/** `failed`: an entry without a single image; `partial`: an image or an entry failed. */
function outcomeOf({ entries, failures }: Pick<RunRecord, 'failures'> & { entries: readonly MeasuredEntry[] }) {
  if (entries.some(({ images }) => images === 0)) return 'failed';
  return failures.length > 0 ? 'partial' : 'complete';
}

/** `count` of the values, evenly over their order. */
function spread<V>(values: readonly V[], count: number): V[] {
  return evenlySpaced(values.length, count).map((index) => values[index]);
}
