import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { PACKAGE_ROOT } from '../core/package-root.ts';
import type { EnvironmentRecord } from '../core/record.ts';

/** Packages whose version can change a figure. */
const PACKAGES = [
  'onnxruntime-node',
  'onnxruntime-web',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-converter',
  '@tensorflow/tfjs-node',
  'h5wasm',
  'sharp',
];

/** Taken before the run begins: afterwards the load is its own. */
export function captureEnvironment(workingDirectory: string): EnvironmentRecord {
  const cores = cpus();
  const packages = PACKAGES.flatMap((name) => {
    const found = packageVersion(name);
    return found ? [[name, found] as const] : [];
  });
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    // Windows knows no such average, and Node gives 0 for it.
    ...(process.platform !== 'win32' && { loadAverage1m: Math.round(100 * loadavg()[0]) / 100 }),
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
    densebench: readVersion(PACKAGE_ROOT) ?? 'unknown',
    packages: Object.fromEntries(packages),
    ...gitState(workingDirectory),
  };
}

const readVersion = (folder: string): string | undefined =>
  existsSync(join(folder, 'package.json'))
    ? (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: string }).version
    : undefined;

/** Looked for as Node does, in node_modules of the package's folder and of every folder above it. */
function packageVersion(name: string): string | undefined {
  for (let folder = PACKAGE_ROOT; ; folder = dirname(folder)) {
    const found = readVersion(join(folder, 'node_modules', name));
    if (found !== undefined || dirname(folder) === folder) return found;
  }
}

function gitState(directory: string): Pick<EnvironmentRecord, 'git'> {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return { git: { commit: git('rev-parse', 'HEAD'), dirty: git('status', '--porcelain') !== '' } };
  } catch {
    // No git, or not a checkout: then the record has no commit to name.
    return {};
  }
}
