#!/usr/bin/env node
// In a checkout the sources are bundled at each start (about 20 ms), so that a change of code takes effect at once;
// an installed package carries the bundle in dist/.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const sources = new URL('../src/cli/main.ts', import.meta.url);
if (existsSync(sources)) {
  let bundle;
  try {
    bundle = await import('../scripts/bundle.mjs');
  } catch {
    console.error('densebench: the packages of this checkout are not installed: run "npm ci" first');
    process.exit(3);
  }
  const folder = await bundle.bundleCached();
  await import(pathToFileURL(`${folder}/main.js`).href);
} else {
  await import(new URL('../dist/main.js', import.meta.url).href);
}
