import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, ResourceError } from '../core/errors.ts';
import { writeAtomically } from '../formats/atomic.ts';

/** What was downloaded, beside the data: checksums that no card knows are pinned at the first use and hold from then on. */
export const PINS_FILE = 'densebench.lock.json';

const pinSchema = z.object({
  url: z.string().optional(),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** An archive leaves its contents, not itself. */
  unpacked: z.boolean().optional(),
});
const pinsSchema = z.object({ version: z.literal(1), files: z.record(z.string(), pinSchema) });
export type Pin = z.output<typeof pinSchema>;

/** Pins by file name; none where there is no lock file. @throws ResourceError when it is damaged. */
export function readPins(directory: string): Readonly<Record<string, Pin>> {
  const path = join(directory, PINS_FILE);
  if (!existsSync(path)) return {};
  try {
    return pinsSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).files;
  } catch (error) {
    throw new ResourceError(
      `${path}: not a lock file of densebench (${messageOf(error).split('\n')[0]}); delete it to pin the files anew`,
    );
  }
}

export function writePin(directory: string, name: string, pin: Pin): void {
  const files = { ...readPins(directory), [name]: pin };
  writeAtomically(join(directory, PINS_FILE), `${JSON.stringify({ version: 1, files }, null, 2)}\n`);
}
