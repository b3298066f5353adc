import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, sha256 } from '../core/canonical.ts';
import type { Dataset, Sample, SampleRef } from '../core/dataset.ts';
import { ResourceError, UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import type { OpenSegmentation } from '../core/raster.ts';
import type { DepthLoss, MeasuredEntry, RunRecord } from '../core/record.ts';
import { type Maps, TASKS, type Task } from '../core/tasks.ts';
import type { OnProgress } from '../datasets/ensure.ts';
import { openForSuite } from '../datasets/open-for-suite.ts';
import { MAP_EXTENSIONS, stemOf } from '../formats/maps.ts';
import { filesByStem, someOf } from '../formats/stems.ts';
import { JOURNAL_FILE } from './directory.ts';
import type { TruthHashes } from './journal.ts';
import { readTallied, type TalliedSamples } from './journal-read.ts';
import { readPrediction } from './prediction-maps.ts';
import { type PredictionStorage, predictionFolder, readPredictionStorage, type StoredKind } from './predictions.ts';
import { readRecord } from './records.ts';
import { truthHashes, truthOf } from './truth.ts';

export interface OpenStoredOptions {
  /** Where the data set lies; default where the run found it, then where data sets are looked for. */
  readonly dataDirectory?: string;
  /** Procedural data that are gone are made again. */
  readonly onProgress?: OnProgress;
}

/** An entry of a run whose predictions were kept. */
export interface StoredEntry {
  readonly entry: MeasuredEntry;
  readonly tasks: readonly Task[];
  /** The images that were tallied, in image order. */
  readonly sampleIds: readonly string[];
}

/** One image of an entry: what it predicted, and the very truth that the run compared it with. */
export interface StoredSample {
  readonly ref: SampleRef;
  readonly sample: Sample;
  readonly maps: Maps;
  /** Of a network of several data sets. */
  readonly open?: OpenSegmentation;
  readonly truth: Maps;
  readonly truthHashes: TruthHashes;
  /** Hash of the picture, where the predictor looked at it. */
  readonly image?: string;
  /** Set where the storage rounds depth. */
  readonly depthLoss?: DepthLoss;
}

/** A finished run with its stored predictions and its data. */
export interface StoredRun {
  readonly record: RunRecord;
  readonly directory: string;
  readonly storage: PredictionStorage;
  readonly dataset: Dataset;
  readonly entries: readonly StoredEntry[];
  /**
   * The images of an entry, in image order, one in memory at a time; `only` those at some places of the data set.
   * @throws UsageError for an unknown entry, and when a truth is not the one of the run; ResourceError when a
   * prediction is missing or damaged.
   */
  samples(entryId: string, only?: readonly number[]): AsyncIterable<StoredSample>;
  close(): Promise<void>;
}

/**
 * Opens a run that kept its predictions, with the same data.
 * @param directory of a run without parts, or of one part.
 * @throws ResourceError when the run, its predictions or its data are not there; UsageError when the data are others.
 */
export async function openStored(directory: string, options: OpenStoredOptions = {}): Promise<StoredRun> {
  const record = readRecord(directory);
  const storage = readPredictionStorage(directory);
  const tallied = readTallied(join(directory, JOURNAL_FILE));
  const dataset = await openSameData(record, storage.data, options);
  try {
    const entries = entriesOf(record, directory, dataset, tallied);
    if (entries.length === 0) throw new ResourceError(`${directory}: none of its entries has a prediction`);
    return {
      record,
      directory,
      storage,
      dataset,
      entries,
      samples: (entryId, only) => {
        const entry = entries.find((candidate) => candidate.entry.id === entryId);
        if (entry) return samplesOf(entry, { directory, storage, dataset, tallied }, only);
        throw new UsageError(
          unknownName(
            'entry',
            entryId,
            entries.map((candidate) => candidate.entry.id),
          ),
        );
      },
      close: () => dataset.close(),
    };
  } catch (error) {
    await dataset.close();
    throw error;
  }
}

function entriesOf(
  { entries }: RunRecord,
  directory: string,
  dataset: Dataset,
  tallied: TalliedSamples,
): StoredEntry[] {
  const ids = dataset.samples.map(({ id }) => id);
  return entries.flatMap((entry) => {
    if (entry.kind !== 'measured') return [];
    const sampleIds = ids.filter((sample) => tallied.get(entry.id)?.has(sample));
    if (sampleIds.length !== entry.images)
      throw new ResourceError(
        `${directory}: the record has ${entry.images} images of entry ${entry.id}, the journal ${sampleIds.length}; make the run again`,
      );
    return sampleIds.length > 0 ? [{ entry, tasks: TASKS.filter((task) => task in entry.evidence), sampleIds }] : [];
  });
}

/** The data set of the run, and nothing else: no sample may stand in here for what was there then. */
export async function openSameData(
  { data }: RunRecord,
  stored: PredictionStorage['data'],
  { dataDirectory, onProgress }: OpenStoredOptions,
): Promise<Dataset> {
  const known = existsSync(data.location) ? data.location : undefined;
  const { dataset, card } = await openForSuite(stored, { dataDir: dataDirectory ?? known, onProgress });
  const ids = dataset.samples.slice(0, data.count).map(({ id }) => id);
  const differences = [
    ...(card === data.card ? [] : [`its card has fingerprint ${card}, then ${data.card}`]),
    ...(dataset.samples.length === data.splitCount
      ? []
      : [`its ${data.split} split has ${dataset.samples.length} images, then ${data.splitCount}`]),
    ...(sha256(canonicalJson(ids)) === data.sampleIdsSha256 ? [] : ['its images have other names or another order']),
  ];
  if (differences.length === 0) return dataset;
  await dataset.close();
  throw new UsageError(
    `data set ${data.id} in ${dataset.info.location} is not the one of the run: ${differences.join('; ')}; name the right folder with --data, or make the run again`,
  );
}

interface Opened {
  readonly directory: string;
  readonly storage: PredictionStorage;
  readonly dataset: Dataset;
  readonly tallied: TalliedSamples;
}

async function* samplesOf(
  { entry, tasks, sampleIds }: StoredEntry,
  run: Opened,
  only?: readonly number[],
): AsyncGenerator<StoredSample> {
  const { directory, dataset, storage, tallied } = run;
  const hasOpen = existsSync(predictionFolder(directory, entry.id, 'open'));
  const files = await filesOf(directory, entry.id, [...tasks, ...(hasOpen ? (['open'] as const) : [])], sampleIds);
  const wanted = new Set(sampleIds);
  const indices = only ?? dataset.samples.flatMap(({ id }, index) => (wanted.has(id) ? [index] : []));
  for await (const sample of dataset.load(indices)) {
    const { id, group } = sample;
    const then = tallied.get(entry.id)?.get(id);
    const truth = await truthOf(sample, tasks);
    const hashes = truthHashes(truth);
    const changed = tasks.find((task) => hashes[task] !== then?.truth[task]);
    if (changed !== undefined)
      throw new UsageError(
        `${directory}: the ${changed} truth of image ${id} is not the one that the run compared with; make the run again`,
      );
    const paths = Object.fromEntries(Object.entries(files).map(([kind, ofKind]) => [kind, ofKind.get(id)]));
    const read = await readPrediction(paths, storage);
    yield { ref: { id, group }, sample, ...read, truth, truthHashes: hashes, image: then?.image };
  }
}

/** @throws ResourceError when the maps of a kind are not all there: figures of fewer images are other figures. */
async function filesOf(
  directory: string,
  entry: string,
  kinds: readonly StoredKind[],
  sampleIds: readonly string[],
): Promise<Record<string, ReadonlyMap<string, string>>> {
  const folders = await Promise.all(
    kinds.map(async (kind) => {
      const folder = predictionFolder(directory, entry, kind);
      const files = await filesByStem(folder, stemOf);
      const missing = sampleIds.filter((id) => !files.has(id));
      if (missing.length > 0)
        throw new ResourceError(
          `${folder}: no prediction of ${someOf(missing)} (looked for ${MAP_EXTENSIONS.join(', ')}); make the run again with --save-predictions`,
        );
      return [kind, files] as const;
    }),
  );
  return Object.fromEntries(folders);
}
