// Packs the tarball, installs it in an empty folder as a user would, and runs it there.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $ } from 'zx';

const folder = mkdtempSync(join(tmpdir(), 'densebench-package-'));
try {
  const packed = JSON.parse((await $`npm pack --json --ignore-scripts --pack-destination ${folder}`.quiet()).stdout)[0];
  const names = packed.files.map(({ path }) => path);
  for (const needed of ['bin/densebench.mjs', 'dist/main.js', 'suites/nyud.yaml', 'datasets/rooms.yaml', 'LICENSE'])
    assert(names.includes(needed), `the package lacks ${needed}`);
  for (const name of readdirSync('models'))
    assert(
      statSync(join('models', name)).isDirectory() || names.includes(`models/${name}`),
      `the package lacks models/${name}`,
    );
  assert(!names.some((name) => /^(src|test|bench)\//.test(name)), 'the package carries sources or tests');
  const inside = $({ cwd: folder, quiet: true });
  await inside`npm init -y`;
  await inside`npm install --no-audit --no-fund --omit=optional --onnxruntime-node-install=skip ${join(folder, packed.filename)}`;
  const list = JSON.parse((await inside`npx densebench list suites --json`).stdout);
  assert(
    list.suites.some(({ id }) => id === 'nyud'),
    'the installed package lists no suite nyud',
  );
  assert.match((await inside`npx densebench run --help`).stdout, /--limit/);
  console.log(`package of ${packed.entryCount} files, ${(packed.size / 1e6).toFixed(2)} MB packed, installs and runs`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
