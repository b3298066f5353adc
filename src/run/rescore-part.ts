import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { canonicalJson, fingerprint } from '../core/canonical.ts';
import { InterruptedError, messageOf, ResourceError, UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import { type DepthLoss, type MeasuredEntry, RECORD_SCHEMA, type RunRecord } from '../core/record.ts';
import { METRICS } from '../metrics/index.ts';
import { dataProgress } from './data-progress.ts';
import { JOURNAL_FILE, writeRecord } from './directory.ts';
import { evidenceOf, readingsOfEntry } from './entry-readings.ts';
import { captureEnvironment } from './environment.ts';
import { tallyAll } from './evaluate.ts';
import { Journal } from './journal.ts';
import { outcomeOf } from './outcome.ts';
import { PANELS_FOLDER } from './panels.ts';
import { identityOf } from './plan.ts';
import { lossOf } from './predictions.ts';
import type { RunSurroundings } from './request.ts';
import { openStored, type StoredEntry, type StoredRun } from './stored.ts';

export interface RescoreOptions {
  /** What to score by; undefined: the run's own protocols. */
  readonly protocolsFor?: (run: RunRecord) => RunRecord['protocols'];
  readonly dataDirectory?: string;
  /** As typed, for the record. */
  readonly command: string;
}

export interface PartToRescore extends RescoreOptions {
  /** Folder of a run without parts, or of one part. */
  readonly from: string;
  /** Ids; default every entry that has predictions. */
  readonly entries?: readonly string[];
  /** The new run's own directory. */
  readonly to: string;
  readonly runId: string;
}

/**
 * Scores the stored predictions of a run without parts, or of one part: one pass over them, one tally for each distinct
 * rule. The result is a run of its own with journal and record, there whole or not at all.
 * @throws DensebenchError; InterruptedError when nothing was kept.
 */
export async function rescorePart(request: PartToRescore, surroundings: RunSurroundings): Promise<RunRecord> {
  const startedAt = surroundings.now();
  const { dataDirectory, runId } = request;
  const stored = await openStored(request.from, { dataDirectory, onProgress: dataProgress(surroundings) });
  try {
    const { record } = stored;
    const entries = chosen(stored, request.entries);
    const protocols = request.protocolsFor?.(record) ?? record.protocols;
    return await whole(request.to, async (folder) => {
      const measured = await tallyStored(folder, { stored, entries, protocols, surroundings });
      const rescored = recordOf(measured, { stored, protocols, request, startedAt, runId });
      const finished = { ...rescored, finishedAt: surroundings.now().toISOString() };
      copyPanels(stored.directory, folder);
      writeRecord(folder, finished);
      return finished;
    });
  } finally {
    await stored.close();
  }
}

function chosen({ entries }: StoredRun, wanted: readonly string[] | undefined): readonly StoredEntry[] {
  const ids = entries.map(({ entry }) => entry.id);
  const unknown = wanted?.find((id) => !ids.includes(id));
  if (unknown !== undefined) throw new UsageError(unknownName('entry', unknown, ids));
  return wanted === undefined ? entries : entries.filter(({ entry }) => wanted.includes(entry.id));
}

/** Works in a folder beside `directory` that takes its name when all is done, and is gone when anything went wrong. */
export async function whole<T>(directory: string, work: (folder: string) => Promise<T>): Promise<T> {
  if (existsSync(directory) && readdirSync(directory).length > 0)
    throw new UsageError(`${directory}: is there already; choose another --output`);
  const folder = join(dirname(directory), `.${basename(directory)}.${process.pid}.partial`);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new ResourceError(`${directory}: cannot be made (${messageOf(error)}); choose another place with --output`);
  }
  try {
    const result = await work(folder);
    renameSync(folder, directory);
    return result;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

interface Scoring {
  readonly stored: StoredRun;
  readonly entries: readonly StoredEntry[];
  readonly protocols: RunRecord['protocols'];
  readonly surroundings: RunSurroundings;
}

async function tallyStored(folder: string, scoring: Scoring): Promise<MeasuredEntry[]> {
  const { stored, entries, protocols } = scoring;
  const journal = Journal.open(join(folder, JOURNAL_FILE), planOf(scoring));
  try {
    const measured: MeasuredEntry[] = [];
    for (const { entry, tasks, sampleIds } of entries) {
      journal.append({ kind: 'entry', entry: entry.id, identity: identityOf(entry.backend, entry.model?.card) });
      const depthLoss = await tallyEntry({ entry, tasks, sampleIds }, journal, scoring);
      const run = { dataset: stored.dataset, journal, protocols, plan: { sampleIds } };
      const { kind, id, title, seedsOf, seedsPlanned, backend, model, cost, accuracyUndefined, images, failed } = entry;
      measured.push({
        ...{
          kind,
          id,
          title,
          seedsOf,
          seedsPlanned,
          backend,
          model,
          cost,
          accuracyUndefined,
          depthLoss,
          images,
          failed,
        },
        readings: readingsOfEntry(id, tasks, accuracyUndefined, run),
        evidence: evidenceOf(id, tasks, sampleIds, run),
      });
    }
    return measured;
  } finally {
    journal.close();
  }
}

/** Another plan than any run's, so that none can be resumed into this journal. */
const planOf = ({ stored: { record }, entries, protocols }: Scoring): string =>
  fingerprint({
    rescoredFrom: record.runId,
    data: [record.data.id, record.data.split, record.data.card],
    samples: entries.map(({ entry, sampleIds }) => [entry.id, sampleIds]),
    protocols,
    metrics: Object.values(METRICS).map(({ task, version }) => [task, version]),
  });

/** Returns what the stored depth has lost; undefined where nothing can be. */
async function tallyEntry(
  { entry, tasks, sampleIds }: StoredEntry,
  journal: Journal,
  { stored, protocols, surroundings }: Scoring,
): Promise<DepthLoss | undefined> {
  const { progress, signal } = surroundings;
  let lost: DepthLoss | undefined;
  let done = 0;
  progress.start(entry.id, sampleIds.length);
  for await (const { ref, maps, open, truth, truthHashes, image, depthLoss } of stored.samples(entry.id)) {
    if (signal.aborted) throw new InterruptedError('interrupted; nothing was kept: type the same again');
    const tallies = tallyAll(protocols, tasks, { maps, open, truth }, ref.id);
    journal.append({ kind: 'tally', entry: entry.id, sample: ref.id, truth: truthHashes, image, tallies });
    if (depthLoss)
      lost = {
        nonePx: (lost?.nonePx ?? 0) + depthLoss.nonePx,
        largestPx: (lost?.largestPx ?? 0) + depthLoss.largestPx,
      };
    progress.update(++done);
    // Scoring may block the event loop; without this pause a Ctrl-C would never be seen.
    await new Promise((next) => setImmediate(next));
  }
  progress.end();
  return lost;
}

type Protocols = Pick<RunRecord, 'protocols'>;

/** What papers print stands below the protocol that the suite compares it with, and below no other. */
export const isComparable = (rescored: Protocols, first: Protocols): boolean =>
  canonicalJson(rescored.protocols[0]) === canonicalJson(first.protocols[0]);

interface Rescored {
  readonly stored: StoredRun;
  readonly protocols: RunRecord['protocols'];
  readonly request: RescoreOptions;
  readonly startedAt: Date;
  readonly runId: string;
}

function recordOf(
  measured: readonly MeasuredEntry[],
  { stored, protocols, request, startedAt, runId }: Rescored,
): Omit<RunRecord, 'finishedAt'> {
  const { record, dataset, storage } = stored;
  const failures = record.failures.filter(({ entry }) => measured.some(({ id }) => id === entry));
  const loss = lossOf(storage.format);
  const papers = isComparable({ protocols }, record) ? record.entries.filter(({ kind }) => kind === 'reported') : [];
  return {
    schema: RECORD_SCHEMA,
    runId,
    outcome: outcomeOf(measured, failures),
    suite: record.suite,
    startedAt: startedAt.toISOString(),
    command: request.command,
    data: { ...record.data, location: dataset.info.location },
    ...(record.limit !== undefined && { limit: record.limit }),
    protocols,
    entries: [...measured, ...papers],
    failures,
    environment: captureEnvironment(process.cwd()),
    ...(record.columns && { columns: record.columns }),
    ...(record.deltaM && { deltaM: record.deltaM }),
    ...(record.labels && { labels: record.labels }),
    rescoredFrom: {
      runId: record.runId,
      finishedAt: record.finishedAt,
      command: record.command,
      ...(loss !== undefined && { loss }),
    },
  };
}

function copyPanels(from: string, to: string): void {
  const panels = join(from, PANELS_FOLDER);
  if (existsSync(panels)) cpSync(panels, join(to, PANELS_FOLDER), { recursive: true });
}
