import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of densebench's own package.json, from the sources, the bundle or an installed package alike. */
export const PACKAGE_ROOT = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

function findPackageRoot(start: string): string {
  // A bundle in node_modules/.cache has no package.json between itself and ours, so the marker is our bin.
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'bin', 'densebench.mjs'))) return directory;
    if (dirname(directory) === directory) throw new Error(`densebench's package folder was not found above ${start}`);
  }
}
