import { renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DensebenchError, messageOf, ResourceError } from '../core/errors.ts';
import { diskError } from '../download/disk-error.ts';
import { makeFolders } from '../formats/folders.ts';
import type { ArchiveEntry } from './archive-entry.ts';
import { isInside } from './card.ts';
import { tarGzEntries } from './tar.ts';
import { zipEntries } from './zip.ts';

export interface UnpackLimits {
  readonly bytes: number;
  readonly entries: number;
}

/** Above what the data sets of this field hold, below what fills a disk. */
const LIMITS: UnpackLimits = { bytes: 400 * 2 ** 30, entries: 1_000_000 };

const READERS = { zip: zipEntries, 'tar.gz': tarGzEntries } as const;

/**
 * Unpacks an archive into `directory`: into a folder beside first, so that nothing half-unpacked is left. Entries that
 * lead out of the folder, links, devices, repeated names and archives above the limits are refused.
 * @returns the names of the files, as they lie in `directory`
 */
export async function unpack(
  archive: string,
  kind: keyof typeof READERS,
  directory: string,
  limits: UnpackLimits = LIMITS,
): Promise<string[]> {
  const temporary = join(directory, `.unpacking-${basename(archive)}`);
  const names: string[] = [];
  let bytes = 0;
  rmSync(temporary, { recursive: true, force: true });
  try {
    for await (const entry of READERS[kind](archive)) {
      const name = entry.name.replace(/^(\.\/)+/, '');
      if (!isInside(name))
        throw new ResourceError(`${archive}: entry "${entry.name}" leads out of the folder; refused`);
      bytes += entry.bytes;
      if (bytes > limits.bytes || names.length >= limits.entries)
        throw new ResourceError(
          `${archive}: more than ${limits.bytes} bytes or ${limits.entries} files when unpacked; refused. Unpack it by hand if you trust it`,
        );
      await writeEntry(join(temporary, name), entry);
      names.push(name);
    }
    for (const name of names) {
      makeFolders(dirname(join(directory, name)));
      renameSync(join(temporary, name), join(directory, name));
    }
    return names;
  } catch (error) {
    if (error instanceof DensebenchError) throw error;
    throw new ResourceError(`${archive}: cannot be unpacked (${messageOf(error)})`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function writeEntry(path: string, entry: ArchiveEntry): Promise<void> {
  const file = await open(path, 'wx').catch(async (error: { code?: string }) => {
    if (error.code !== 'ENOENT') throw diskError(path, error);
    makeFolders(dirname(path));
    return open(path, 'wx');
  });
  try {
    for await (const piece of entry.body()) await file.appendFile(piece);
  } finally {
    await file.close();
  }
}
