// Runs one benchmark of bench/: npm run bench:self, or node scripts/bench.mjs kernels. Each prints ratios against a peer or a floor.
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundleCached } from './bundle.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [name, ...args] = process.argv.slice(2);
const known = readdirSync(join(root, 'bench')).flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3)] : []));
if (!known.includes(name)) {
  console.error(`name a benchmark: ${known.join(', ')}`);
  process.exit(2);
}
const folder = join(root, 'node_modules', '.cache', 'densebench-bench');
mkdirSync(folder, { recursive: true });
await build({
  entryPoints: [join(root, 'bench', `${name}.ts`)],
  outfile: join(folder, `${name}.mjs`),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
});
// Workers come from the bundle of the sources, as in a run.
process.env.DENSEBENCH_TEST_BUNDLE = pathToFileURL(join(await bundleCached(), 'main.js')).href;
const { main } = await import(pathToFileURL(join(folder, `${name}.mjs`)).href);
await main(args);
