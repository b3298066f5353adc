// Writes schemas/*.schema.json from the code's own schemas; a test tells when they are out of date.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const kind of ['suite', 'dataset', 'model', 'checkpoint', 'published', 'recipe']) {
  const { stdout } = await $`node ${join(root, 'bin/densebench.mjs')} schema ${kind}`.quiet();
  writeFileSync(join(root, 'schemas', `${kind}.schema.json`), stdout);
}
