import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, ResourceError, UsageError } from '../core/errors.ts';
import { cacheDirectory } from '../download/cache-directory.ts';
import { type DownloadOptions, download } from '../download/download.ts';
import { sha256OfFile } from '../download/file-hash.ts';
import { readPins, writePin } from '../download/pins.ts';
import { readCheckpoint } from '../formats/torch/index.ts';
import type { CheckpointCard } from './card.ts';

export interface FetchedCheckpoint {
  readonly path: string;
  readonly sha256: string;
  /** `there`: nothing was downloaded. `pinned`: no checksum was known, this one holds from now on. */
  readonly state: 'there' | 'checked' | 'pinned';
}

/** Where a published checkpoint is kept: a folder of its own in the cache, beside its pin. */
export const checkpointPath = ({ id, file }: CheckpointCard): string => join(folderOf(id), file);

const folderOf = (id: string): string => join(cacheDirectory(), 'checkpoints', id);

/**
 * Brings a published checkpoint into the cache; a download that was cut off goes on where it ended. The licence is the
 * caller's concern.
 * @throws UsageError when --offline forbids; ResourceError from the download, when the checksum is not the published or
 * pinned one, or when what came is no checkpoint (it is then not pinned).
 */
export async function fetchCheckpoint(
  card: CheckpointCard,
  options: DownloadOptions & { readonly offline?: boolean } = {},
): Promise<FetchedCheckpoint> {
  const path = checkpointPath(card);
  const folder = folderOf(card.id);
  const known = card.sha256 ?? readPins(folder)[card.file]?.sha256;
  if (existsSync(path)) return { path, sha256: await requireSame(path, known), state: 'there' };
  if (options.offline) throw new UsageError(`--offline forbids downloading ${card.file}`);
  const got = await download({ url: card.url, path, bytes: card.bytes, sha256: known }, options);
  try {
    await readCheckpoint(path);
  } catch (error) {
    rmSync(path);
    throw new ResourceError(`${card.url}: what was downloaded cannot be used and is not kept: ${messageOf(error)}`);
  }
  writePin(folder, card.file, { url: card.url, ...got });
  return { path, sha256: got.sha256, state: known === undefined ? 'pinned' : 'checked' };
}

async function requireSame(path: string, known: string | undefined): Promise<string> {
  const sha256 = await sha256OfFile(path);
  if (known === undefined || known === sha256) return sha256;
  throw new ResourceError(`${path}: SHA-256 is ${sha256}, expected ${known}; delete it and fetch it again`);
}
