import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../src/core/package-root.ts';

const SHARED = join(PACKAGE_ROOT, '..', 'shared');
/** What may be published of ../shared, under the same paths (test/fixtures/README.md); arrays are gzipped there. */
export const COPIES = join(PACKAGE_ROOT, 'test', 'fixtures', 'shared');

/** Golden and real data lie beside a checkout on some machines; a fresh clone elsewhere has the copies alone. */
export function sharedPath(...parts: string[]): string {
  const original = join(SHARED, ...parts);
  const copy = join(COPIES, ...parts);
  return [original, copy, `${copy}.gz`].find((path) => existsSync(path)) ?? original;
}

/**
 * For `describe.skipIf(needsShared('golden', 'costs').skip)`: never skips in silence. A folder may be copied in part:
 * ask for the very file where that matters.
 */
export function needsShared(...parts: string[]): { skip: boolean } {
  const skip = !existsSync(sharedPath(...parts));
  if (skip) console.log(`SKIPPED: needs ../shared/${parts.join('/')}, which is not there`);
  return { skip };
}
