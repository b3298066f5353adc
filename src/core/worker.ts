/**
 * Where the bundle keeps the worker made from `<name>.worker.ts`. All entries and chunks of a bundle lie in one
 * folder; the tests, which run the sources, build one first and name its folder in DENSEBENCH_TEST_BUNDLE.
 */
export function workerUrl(name: string): URL {
  return new URL(`./${name}.worker.js`, process.env.DENSEBENCH_TEST_BUNDLE ?? import.meta.url);
}
