import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleCached } from '../../scripts/bundle.mjs';

/** Workers and the command line are tested as users run them: bundled. Built once, before all tests. */
export default async function setup(): Promise<void> {
  process.env.DENSEBENCH_TEST_BUNDLE = pathToFileURL(join(await bundleCached(), 'main.js')).href;
}
