import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Split } from '../core/dataset.ts';
import { DensebenchError } from '../core/errors.ts';
import type { Task } from '../core/tasks.ts';
import { sha256OfFile } from '../download/file-hash.ts';
import { type Pin, readPins, writePin } from '../download/pins.ts';
import type { CardFile, DatasetCard } from './card.ts';
import { isBrought } from './fetch.ts';
import { neededPaths, openDataset, splitsOf } from './loaders.ts';

export interface FileCheck {
  readonly name: string;
  /** `unknown`: nothing is known to compare it with. `absent`: missing, and not needed. */
  readonly status: 'ok' | 'missing' | 'absent' | 'wrong size' | 'wrong checksum' | 'pinned now' | 'unknown';
  readonly bytes?: number;
  readonly sha256?: string;
  /** What was expected instead. */
  readonly expected?: string;
}

export interface SplitCheck {
  readonly split: string;
  readonly samples?: number;
  /** As published, where the card knows. */
  readonly officialCount?: number;
  /** Entries of its list that have no truth, and that are no samples therefore. */
  readonly leftOut?: number;
  readonly tasks?: readonly Task[];
  /** Height x width of the first image. */
  readonly size?: string;
  /** Why it cannot be opened or read. */
  readonly problem?: string;
}

export interface Verification {
  readonly id: string;
  readonly directory: string;
  readonly ok: boolean;
  readonly files: readonly FileCheck[];
  readonly splits: readonly SplitCheck[];
}

const GOOD: readonly FileCheck['status'][] = ['ok', 'absent', 'pinned now', 'unknown'];

/**
 * Checks presence, sizes and checksums, then opens each split and reads one sample with all its targets. A file whose
 * checksum nobody knows is pinned, so that the next check can see a change.
 */
export async function verifyData(
  card: DatasetCard,
  directory: string,
  onFile?: (name: string) => void,
): Promise<Verification> {
  const pins = readPins(directory);
  const needed = neededPaths(card);
  const files: FileCheck[] = [];
  for (const file of card.files) {
    onFile?.(file.name);
    files.push(await checkFile(directory, file, pins[file.name], needed.includes(file.name)));
  }
  for (const name of needed.filter((path) => !card.files.some((file) => file.name === path)))
    files.push(existsSync(join(directory, name)) ? { name, status: 'unknown' } : { name, status: 'missing' });
  const isComplete = !files.some(({ status }) => status === 'missing');
  const splits: SplitCheck[] = [];
  if (isComplete) for (const split of splitsOf(card)) splits.push(await checkSplit(card, directory, split));
  const ok = isComplete && files.every(({ status }) => GOOD.includes(status)) && !splits.some(({ problem }) => problem);
  return { id: card.id, directory, ok, files, splits };
}

async function checkFile(
  directory: string,
  file: CardFile,
  pin: Pin | undefined,
  isNeeded: boolean,
): Promise<FileCheck> {
  const { name } = file;
  const path = join(directory, name);
  if (file.archive && pin?.unpacked) return { name, status: 'ok', bytes: pin.bytes, sha256: pin.sha256 };
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status && isBrought(directory, file)) return { name, status: 'unknown' };
  if (!status) return { name, status: isNeeded ? 'missing' : 'absent' };
  const bytes = status.size;
  const expectedBytes = file.bytes ?? pin?.bytes;
  if (expectedBytes !== undefined && bytes !== expectedBytes)
    return { name, status: 'wrong size', bytes, expected: `${expectedBytes} bytes` };
  const sha256 = await sha256OfFile(path);
  const expected = file.sha256 ?? pin?.sha256;
  if (expected === sha256) return { name, status: 'ok', bytes, sha256 };
  if (expected !== undefined) return { name, status: 'wrong checksum', bytes, sha256, expected };
  return { name, status: tryToPin(directory, name, { bytes, sha256 }) ? 'pinned now' : 'unknown', bytes, sha256 };
}

/** Data often lie where only an administrator writes; a check must work there too. */
function tryToPin(directory: string, name: string, pin: Pin): boolean {
  try {
    writePin(directory, name, pin);
    return true;
  } catch {
    return false;
  }
}

async function checkSplit(card: DatasetCard, directory: string, split: Split): Promise<SplitCheck> {
  try {
    const dataset = await openDataset(card, { directory, split });
    try {
      let size: string | undefined;
      for await (const sample of dataset.load([0])) {
        const { height, width } = await sample.image();
        size = `${height}x${width}`;
        for (const task of dataset.info.tasks) await sample[task]();
      }
      const { tasks, officialCount, leftOut } = dataset.info;
      return { split, samples: dataset.samples.length, officialCount, leftOut, tasks, size };
    } finally {
      await dataset.close();
    }
  } catch (error) {
    if (error instanceof DensebenchError) return { split, problem: error.message };
    throw error;
  }
}
