// Bundles the sources with esbuild: main and every *.worker.ts become entries of one flat folder.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STALE_MS = 24 * 3600 * 1000;

/** All `*.worker.ts` below a folder. */
function workers(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.worker.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** @returns {Promise<{name: string, text: string}[]>} the files of the bundle, with flat names */
export async function bundleFiles() {
  const result = await build({
    entryPoints: [join(ROOT, 'src/cli/main.ts'), ...workers(join(ROOT, 'src'))],
    outdir: 'out',
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  });
  return result.outputFiles.map((file) => ({ name: basename(file.path), text: file.text }));
}

function write(files, folder) {
  mkdirSync(folder, { recursive: true });
  for (const file of files) writeFileSync(join(folder, file.name), file.text);
}

/** Builds into `folder`, replacing what is there. */
export async function bundleInto(folder) {
  const files = await bundleFiles();
  rmSync(folder, { recursive: true, force: true });
  write(files, folder);
}

/**
 * Builds into a folder of the cache that is named by its content, so that runs which start together share it and a
 * run under way never sees it change. Returns the folder.
 */
export async function bundleCached() {
  const files = await bundleFiles();
  const hash = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
  const cache = join(ROOT, 'node_modules', '.cache', 'densebench');
  const folder = join(cache, hash);
  if (existsSync(folder)) {
    utimesSync(folder, new Date(), new Date());
    return folder;
  }
  const unfinished = `${folder}.${process.pid}`;
  write(files, unfinished);
  try {
    renameSync(unfinished, folder);
  } catch {
    // Another run was first: its folder holds the same files.
    rmSync(unfinished, { recursive: true, force: true });
  }
  for (const name of readdirSync(cache)) {
    const old = join(cache, name);
    if (old !== folder && Date.now() - statSync(old).mtimeMs > STALE_MS) rmSync(old, { recursive: true, force: true });
  }
  return folder;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleInto(join(ROOT, process.argv[2] ?? 'dist'));
