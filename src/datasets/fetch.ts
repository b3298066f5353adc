import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ResourceError, UsageError } from '../core/errors.ts';
import { type DownloadOptions, download } from '../download/download.ts';
import { type Pin, readPins, writePin } from '../download/pins.ts';
import { type CardFile, type DatasetCard, generateOptions } from './card.ts';
import { ensureData } from './ensure.ts';
import { destination, type LocateOptions, type Location, locate } from './locate.ts';
import { unpack } from './unpack.ts';

export interface FetchOptions extends LocateOptions {
  readonly offline?: boolean;
  /** Bytes of a download, or frames of procedural data. */
  readonly onProgress?: (what: string, done: number, total: number | undefined) => void;
  readonly onNote?: (text: string) => void;
  readonly download?: Pick<DownloadOptions, 'tries' | 'pauseMs' | 'silenceMs'>;
}

/** The files of the card that a fetch would download. */
export function filesToFetch(card: DatasetCard, options: LocateOptions = {}): CardFile[] {
  const directory = destination(card, options);
  const pins = readPins(directory);
  return card.files.filter((file) => !isThere(directory, file, pins[file.name]));
}

/**
 * Brings a data set to where it is looked for: downloads what is not there yet, or makes procedural data. The licence
 * is the caller's concern.
 * @throws UsageError when nothing says where it could come from, or --offline forbids; ResourceError from the download.
 */
export async function fetchData(card: DatasetCard, options: FetchOptions = {}): Promise<Location> {
  const { onProgress, onNote } = options;
  if (generateOptions(card)) return ensureData(card, options, (done, total) => onProgress?.(card.id, done, total));
  const directory = destination(card, options);
  const missing = filesToFetch(card, options);
  if (missing.length && options.offline)
    throw new UsageError(`--offline forbids downloading ${missing.map(({ name }) => name).join(', ')}`);
  if (card.files.length === 0 && locate(card, options).missing.length)
    throw new UsageError(`data set ${card.id}: its card names no downloads; bring its files to ${directory}`);
  const pins = readPins(directory);
  for (const file of missing) {
    const pin = pins[file.name];
    const got = await download(
      { url: file.url, path: join(directory, file.name), bytes: file.bytes, sha256: file.sha256 ?? pin?.sha256 },
      { ...options.download, onNote, onProgress: (done, total) => onProgress?.(file.name, done, total ?? file.bytes) },
    );
    const isPinnedNow = file.sha256 === undefined && pin === undefined;
    onNote?.(
      `${file.name}: ${got.bytes} bytes, SHA-256 ${got.sha256}${isPinnedNow ? ' (pinned: no checksum is published)' : ''}`,
    );
    if (file.archive) await unpackFile(directory, file, onNote);
    writePin(directory, file.name, { url: file.url, ...got, ...(file.archive && { unpacked: true }) });
  }
  const location = locate(card, options);
  if (location.missing.length)
    throw new ResourceError(
      `data set ${card.id}: everything is downloaded, but ${location.missing.join(', ')} is not in ${location.directory}; correct the card`,
    );
  return location;
}

async function unpackFile(directory: string, file: CardFile, onNote: FetchOptions['onNote']): Promise<void> {
  const path = join(directory, file.name);
  const names = await unpack(path, file.archive!, directory);
  rmSync(path);
  onNote?.(`${file.name}: ${names.length} files unpacked`);
}

/** Whether what an archive brings is there, unpacked by whomever. */
export const isBrought = (directory: string, { brings }: CardFile): boolean =>
  brings?.some((path) => existsSync(join(directory, path))) ?? false;

/** A file of the wrong size is fetched anew: the size is known, and no download of ours leaves a file cut short. */
function isThere(directory: string, file: CardFile, pin: Pin | undefined): boolean {
  if (file.archive) return pin?.unpacked === true || isBrought(directory, file);
  const status = statSync(join(directory, file.name), { throwIfNoEntry: false });
  return status?.isFile() === true && (file.bytes === undefined || status.size === file.bytes);
}
