import { closeSync, openSync } from 'node:fs';
import { messageOf, ResourceError } from '../core/errors.ts';
import type { TallyLine } from './journal.ts';
import { scanLines } from './journal-scan.ts';

/** Entry -> image -> what its tally was made from. */
export type TalliedSamples = ReadonlyMap<string, ReadonlyMap<string, Pick<TallyLine, 'truth' | 'image'>>>;

/**
 * What the journal of a finished run says of its images; nothing is written, locked or cut off.
 * @throws ResourceError when it cannot be read or is damaged.
 */
export function readTallied(path: string): TalliedSamples {
  const entries = new Map<string, Map<string, Pick<TallyLine, 'truth' | 'image'>>>();
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw new ResourceError(
      `${path}: cannot be read (${messageOf(error)}); it says what the predictions were compared with`,
    );
  }
  try {
    for (const { line } of scanLines(fd, path)) {
      if (line.kind !== 'tally') continue;
      const samples = entries.get(line.entry) ?? new Map();
      entries.set(line.entry, samples.set(line.sample, { truth: line.truth, image: line.image }));
    }
  } finally {
    closeSync(fd);
  }
  return entries;
}
