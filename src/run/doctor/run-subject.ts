import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { cardFingerprint, findModelCard, isUntrained } from '../../backends/model-card.ts';
import { type OpenedPredictor, openPredictor, type PredictorEntry } from '../../backends/open.ts';
import { variantOf } from '../../backends/variant.ts';
import type { Dataset, Sample } from '../../core/dataset.ts';
import { DensebenchError, ResourceError, UsageError } from '../../core/errors.ts';
import { evenlySpaced } from '../../core/evenly-spaced.ts';
import { unknownName } from '../../core/nearest.ts';
import type { Protocol } from '../../core/protocol.ts';
import type { DepthRaster } from '../../core/raster.ts';
import type { MeasuredEntry, RunRecord } from '../../core/record.ts';
import { TASKS, type Task } from '../../core/tasks.ts';
import type { OnProgress } from '../../datasets/ensure.ts';
import { openForSuite } from '../../datasets/open-for-suite.ts';
import { cacheDirectory } from '../../download/cache-directory.ts';
import { type SuiteEntry, suiteSchema } from '../../suite/schema.ts';
import { JOURNAL_FILE, RESOLVED_SUITE } from '../directory.ts';
import { readTallied, type TalliedSamples } from '../journal-read.ts';
import { PREDICTIONS_FILE } from '../predictions.ts';
import { NOT_RESCORED, runFolders } from '../records.ts';
import { openSameData, openStored, type StoredRun } from '../stored.ts';
import { truthOf } from '../truth.ts';
import type { NotTestable } from './mistake.ts';
import type { RunnableNetwork, Subject } from './subject.ts';

export interface RunSubjectOptions {
  /** The entry to examine; default all that were measured. */
  readonly entry?: string;
  /** Images to look at, evenly over those of the run. */
  readonly limit: number;
  readonly dataDirectory?: string;
  /** Procedural data that are gone are made again. */
  readonly onProgress?: OnProgress;
}

export interface RunSubjects {
  readonly subjects: readonly Subject[];
  /** Entries whose accuracy means nothing, with the reason: there is nothing to explain. */
  readonly leftOut: readonly string[];
  close(): Promise<void>;
}

/**
 * The measured entries of a finished run, of each of its parts: what they stored, or else what they predict when they are
 * opened again, under the first protocol of the run.
 * @throws ResourceError when the run or its data are not there, or an entry stored nothing and cannot be opened;
 * UsageError for an unknown entry, or data that are not those of the run.
 */
export async function openRunSubjects(run: string, options: RunSubjectOptions): Promise<RunSubjects> {
  const { directory, folders, records } = runFolders(run, NOT_RESCORED);
  const [rescoredFrom] = records.flatMap((record) => record.rescoredFrom ?? []);
  if (rescoredFrom)
    throw new UsageError(
      `${directory}: rescored from run ${rescoredFrom.runId}; name that run, which has the predictions`,
    );
  const chosen = entriesOf(basename(directory), records, options.entry);
  const opened: Part[] = [];
  const close = async () => {
    for (const one of opened.reverse()) await one.close();
  };
  try {
    for (const [i, record] of records.entries())
      if (chosen[i].length > 0) opened.push(await openPart(folders[i], record, chosen[i], options));
    return {
      subjects: opened.flatMap(({ subjects }) => subjects),
      leftOut: records.flatMap((record) => leftOutOf(record)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const isMeasured = (entry: RunRecord['entries'][number]): entry is MeasuredEntry => entry.kind === 'measured';

/** The entries to examine, by record. */
function entriesOf(run: string, records: readonly RunRecord[], wanted: string | undefined): MeasuredEntry[][] {
  const measured = records.map(({ entries }) =>
    entries.filter(isMeasured).filter(({ images, accuracyUndefined }) => images > 0 && accuracyUndefined === undefined),
  );
  const chosen = measured.map((ofPart) => ofPart.filter(({ id }) => wanted === undefined || id === wanted));
  if (chosen.some((ofPart) => ofPart.length > 0)) return chosen;
  const [leftOut] = records.flatMap((record) => (wanted === undefined ? [] : leftOutOf(record, wanted)));
  if (leftOut) throw new UsageError(`run ${run}: ${leftOut}`);
  const ids = new Set(measured.flat().map(({ id }) => id));
  if (wanted !== undefined) throw new UsageError(`run ${run}: ${unknownName('entry', wanted, [...ids])}`);
  throw new ResourceError(`run ${run}: it measured the accuracy of no entry, so that there is nothing to examine`);
}

const leftOutOf = ({ entries }: RunRecord, wanted?: string): string[] =>
  entries
    .filter(isMeasured)
    .filter(({ id }) => wanted === undefined || id === wanted)
    .flatMap(({ id, accuracyUndefined }) =>
      accuracyUndefined === undefined ? [] : [`entry ${id} is left out: ${accuracyUndefined}`],
    );

type Part = Pick<RunSubjects, 'subjects' | 'close'>;

async function openPart(
  directory: string,
  record: RunRecord,
  entries: readonly MeasuredEntry[],
  options: RunSubjectOptions,
): Promise<Part> {
  const suite = readSuite(directory);
  const tallied = readTallied(join(directory, JOURNAL_FILE));
  const stored = existsSync(join(directory, PREDICTIONS_FILE)) ? await openStored(directory, options) : undefined;
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closing.reverse()) await one();
  };
  try {
    const data = stored?.storage.data ?? { ...suite.data, id: record.data.id, sample: undefined };
    const dataset = stored?.dataset ?? (await openSameData(record, data, options));
    closing.push(() => (stored ?? dataset).close());
    const other = await openOtherDepth(dataset, data);
    if (other) closing.push(() => other.close());
    const subjects: Subject[] = [];
    for (const entry of entries) {
      const source = {
        record,
        entry,
        suite: suite.entries.find(({ id }) => id === entry.id),
        dataset,
        other,
        stored,
        tallied,
      };
      subjects.push(await subjectOf(source, options.limit, closing));
    }
    return { subjects, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function readSuite(directory: string) {
  const file = join(directory, RESOLVED_SUITE);
  if (!existsSync(file)) throw new ResourceError(`${file}: not there; the run is damaged, make it again`);
  const result = suiteSchema.safeParse(parse(readFileSync(file, 'utf8')));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ResourceError(`${file}: "${issue.path.join('.')}": ${issue.message}; make the run again`);
}

type SuiteData = Parameters<typeof openForSuite>[0];

/** NYUDv2 has two depths, raw and filled: the one that the run did not take. */
async function openOtherDepth({ info }: Dataset, data: SuiteData): Promise<Dataset | undefined> {
  const depth = ({ raw: 'inpainted', inpainted: 'raw' } as const)[info.depthTruth as string];
  if (depth === undefined) return undefined;
  try {
    return (await openForSuite({ ...data, depth }, { dataDir: info.location, requireData: true })).dataset;
  } catch (error) {
    if (error instanceof DensebenchError) return undefined;
    throw error;
  }
}

interface Source {
  readonly record: RunRecord;
  readonly entry: MeasuredEntry;
  /** As the run resolved it. */
  readonly suite?: SuiteEntry;
  readonly dataset: Dataset;
  readonly other?: Dataset;
  readonly stored?: StoredRun;
  readonly tallied: TalliedSamples;
}

async function subjectOf(source: Source, limit: number, closing: (() => Promise<void>)[]): Promise<Subject> {
  const { record, entry, dataset, other, stored } = source;
  const tasks = TASKS.filter((task) => task in entry.evidence && record.protocols.some((one) => one[task]));
  const kept = stored?.entries.find((one) => one.entry.id === entry.id);
  const measured = source.tallied.get(entry.id);
  const all = dataset.samples.flatMap(({ id }, index) => (measured?.has(id) ? [index] : []));
  const indices = evenlySpaced(all.length, limit).map((i) => all[i]);
  const network = await networkOf(source, tasks);
  const again = kept ? undefined : await reopened(source, tasks, network);
  if (again) closing.push(() => again.predictor.close());
  return {
    title: `run ${record.runId}, entry ${entry.id}`,
    tasks,
    protocol: firstProtocols(record, tasks),
    images: indices.length,
    imagesInAll: all.length,
    network,
    async *walk() {
      const others = other && tasks.includes('depth') ? other.load(indices)[Symbol.asyncIterator]() : undefined;
      const predictions = stored && kept ? stored.samples(entry.id, indices)[Symbol.asyncIterator]() : undefined;
      for await (const sample of dataset.load(indices)) {
        const { id, group } = sample;
        const otherDepth = await depthOf((await others?.next())?.value);
        const picture = () => sample.image();
        const found = (await predictions?.next())?.value;
        const maps = found?.maps ?? (await again?.predictor.predict({ id, image: picture }))?.maps ?? {};
        yield { id, group, maps, truth: found?.truth ?? (await truthOf(sample, tasks)), otherDepth, picture };
      }
    },
  };
}

const depthOf = async (sample: Sample | undefined): Promise<DepthRaster | undefined> => sample?.depth();

/** For each task the first protocol of the run that covers it: the one of the main table. */
function firstProtocols({ protocols }: RunRecord, tasks: readonly Task[]): Protocol {
  const rules = tasks.map((task) => [task, protocols.find((one) => one[task])?.[task]]);
  return { id: protocols[0].id, ...Object.fromEntries(rules) };
}

async function networkOf(source: Source, tasks: readonly Task[]): Promise<RunnableNetwork | NotTestable> {
  const { entry, suite, record } = source;
  if (!entry.model || !suite?.model) return { reason: 'needs a network to run again, and this entry has none' };
  try {
    const { card } = variantOf(findModelCard(suite.model), suite.variant, suite.id);
    if (cardFingerprint(card) !== entry.model.card)
      return { reason: `the card of model ${card.id} has changed since the run` };
    if (isUntrained(card)) return { reason: 'the network is not trained' };
    const open = async (input: Partial<typeof card.input>) => {
      const variant = { ...suite.variant, input: { ...inputOf(suite.variant), ...input } };
      return (await opened({ ...suite, variant }, source, tasks)).predictor;
    };
    const first = await open({});
    await first.close();
    if (first.card.weightsSha256 !== entry.backend.weightsSha256)
      return { reason: `the weights of model ${card.id} have changed since run ${record.runId}` };
    return { input: card.input, open };
  } catch (error) {
    if (error instanceof DensebenchError) return { reason: `the network cannot be opened again: ${error.message}` };
    throw error;
  }
}

const inputOf = (variant: SuiteEntry['variant']) => (variant?.input ?? {}) as object;

/** What stored nothing must be opened again, as it was. */
async function reopened(source: Source, tasks: readonly Task[], network: RunnableNetwork | NotTestable) {
  const { entry, suite, record } = source;
  const remedy = 'make the run again with --save-predictions';
  if (!suite)
    throw new ResourceError(`run ${record.runId}: entry ${entry.id} is not in its ${RESOLVED_SUITE}; ${remedy}`);
  if (entry.model && 'reason' in network)
    throw new ResourceError(
      `run ${record.runId} stored no predictions, and for entry ${entry.id} ${network.reason}; ${remedy}`,
    );
  return opened(suite, source, tasks);
}

function opened(suite: PredictorEntry, { dataset, record }: Source, tasks: readonly Task[]): Promise<OpenedPredictor> {
  const { id, location, taxonomy, classNames, depthTruth } = dataset.info;
  return openPredictor(suite, {
    cacheDirectory: cacheDirectory(),
    tasks,
    classCount: classNames.length || undefined,
    taxonomy,
    openTrain: async () => {
      const data = { id, split: 'train', depth: depthTruth, classes: classNames.length || undefined };
      const { dataset: train } = await openForSuite(data, { dataDir: location, requireData: true });
      if (train.info.taxonomy !== taxonomy)
        throw new ResourceError(`run ${record.runId}: its train split has other classes`);
      return train;
    },
  });
}
