import { statSync } from 'node:fs';
import { fingerprint } from '../core/canonical.ts';
import type { Dataset, Split } from '../core/dataset.ts';
import { ResourceError, UsageError } from '../core/errors.ts';
import type { DepthTruth } from '../core/protocol.ts';
import { type DatasetCard, isSampleCard } from './card.ts';
import { ensureData, type OnProgress } from './ensure.ts';
import { findCard } from './find-card.ts';
import { openDataset } from './loaders.ts';
import type { LocateOptions, Location } from './locate.ts';

/** The `data` of a suite. */
export interface SuiteData {
  /** Id of a card, or a path to one. */
  readonly id: string;
  readonly split: Split;
  readonly classes?: number;
  readonly depth?: DepthTruth;
  /** Card of the sample that stands in when the data set is not there. */
  readonly sample?: string;
}

export interface OpenOptions extends LocateOptions {
  /** No sample in place of the data set. */
  readonly requireData?: boolean;
  /** Nothing is downloaded here in any case; offline, the advice is another. */
  readonly offline?: boolean;
  readonly onProgress?: OnProgress;
}

export interface OpenedData {
  readonly dataset: Dataset;
  /** Set when sample data took the place of what the suite asks for. */
  readonly standsInFor?: { readonly id: string; readonly reason: string };
  /** Fingerprint of the card that was used: it decides how files become truth. */
  readonly card: string;
}

/**
 * Opens what a suite evaluates: the data set where it is complete, else the suite's sample, with the reason.
 * A data set that is there but damaged fails: only absence lets the sample in.
 * @throws ResourceError when data are missing and no sample may stand in; UsageError when --data names no folder.
 */
export async function openForSuite(data: SuiteData, options: OpenOptions = {}): Promise<OpenedData> {
  const { dataDir } = options;
  if (dataDir !== undefined && !statSync(dataDir, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`--data ${dataDir}: there is no such folder`);
  const card = findCard(data.id);
  const location = await ensureData(card, options, options.onProgress);
  if (location.missing.length === 0) {
    const dataset = await openDataset(card, { ...data, ...location });
    if (options.requireData && dataset.info.isSample && !isSampleCard(card))
      throw new ResourceError(
        `data set ${card.id}: ${location.directory} holds sample data that densebench made, and --require-data asks for the real ones. ${remedy(card, location, options)}`,
      );
    return { dataset, card: fingerprint(card) };
  }
  const reason = whatIsMissing(location);
  if (options.requireData || data.sample === undefined)
    throw new ResourceError(`data set ${card.id}: ${reason}. ${remedy(card, location, options)}`);
  const sample = findCard(data.sample);
  const place = await ensureData(sample, options, options.onProgress);
  if (place.missing.length)
    throw new ResourceError(`data set ${card.id}: ${reason}; nor is its sample there: ${whatIsMissing(place)}`);
  return {
    dataset: await openDataset(sample, { ...data, ...place }),
    standsInFor: { id: card.id, reason },
    card: fingerprint(sample),
  };
}

function whatIsMissing({ found, missing, directory, lookedIn }: Location): string {
  const names = missing.join(', ');
  return found.length
    ? `${names} missing in ${directory} (looked in ${lookedIn.join(', ')})`
    : `${names} not found (looked in ${lookedIn.join(', ')})`;
}

function remedy(card: DatasetCard, { lookedIn }: Location, { offline }: OpenOptions): string {
  if (card.files.length === 0) return `Name its folder with --data, or a folder that holds ${card.id}/`;
  return offline
    ? `Bring the files to ${lookedIn.at(-1)}, or name their folder with --data`
    : `Get it with "densebench data fetch ${card.id}", or name its folder with --data`;
}
