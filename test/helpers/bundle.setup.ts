import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundleInto } from '../../scripts/bundle.mjs';

/** Workers and the command line are tested as users run them: bundled. Built once, before all tests. */
export default async function setup(): Promise<void> {
  const folder = fileURLToPath(new URL('../../node_modules/.cache/densebench-test', import.meta.url));
  await bundleInto(folder).catch((error) => console.log(`bundle not built: ${error.message.split('\n')[0]}`));
  process.env.DENSEBENCH_TEST_BUNDLE = pathToFileURL(`${folder}/main.js`).href;
}
