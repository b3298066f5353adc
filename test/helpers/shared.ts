import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Golden and real data lie beside a checkout on some machines; a fresh clone elsewhere has none. */
export const SHARED = join(ROOT, '..', 'shared');

export const sharedPath = (...parts: string[]): string => join(SHARED, ...parts);

/** For `describe.skipIf(needsShared('golden', 'costs').skip)`: never skips in silence. */
export function needsShared(...parts: string[]): { skip: boolean } {
  const path = sharedPath(...parts);
  const skip = !existsSync(path);
  if (skip) console.log(`SKIPPED: needs ../shared/${parts.join('/')}, which is not there`);
  return { skip };
}
