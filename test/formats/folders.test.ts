import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import { writeAtomically } from '../../src/formats/atomic.ts';
import { makeFolders } from '../../src/formats/folders.ts';
import { makeRunDirectory } from '../../src/run/directory.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'densebench-folders-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('makeFolders', () => {
  it('makes what is missing and accepts what is there', () => {
    makeFolders(join(folder, 'a/b/c'));
    makeFolders(join(folder, 'a/b/c'));
    makeFolders(join(folder, 'a/b/../d/'));
    symlinkSync(join(folder, 'a'), join(folder, 'link'));
    makeFolders(join(folder, 'link/e'));
    for (const name of ['a/b/c', 'a/d', 'a/e']) expect(statSync(join(folder, name)).isDirectory(), name).toBe(true);
  });

  it('refuses a file and a link to nothing on the way', () => {
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
    for (const name of ['file', 'file/x', 'dangling', 'dangling/x'])
      expect(() => makeFolders(join(folder, name)), name).toThrow(/EEXIST|ENOTDIR/);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
    expect(() => writeAtomically(join(folder, 'file/x/y'), 'text')).toThrow(ResourceError);
  });

  // Node's own recursive mkdir never comes back from this: hence in a process that can be ended.
  it.skipIf(process.platform !== 'linux')('comes back where no folder can be made', async () => {
    const module = join(folder, 'folders.mjs');
    await build({ entryPoints: ['src/formats/folders.ts'], outfile: module, platform: 'node', format: 'esm' });
    const script = `import { makeFolders } from ${JSON.stringify(module)};
      for (const path of ['/proc/x', '/proc/x/y'])
        try { makeFolders(path); console.log('made'); } catch (error) { console.log(error.code, error.path); }`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(said).toBe('ENOENT /proc/x\nENOENT /proc/x\n');
    expect(() => makeRunDirectory('/proc/x/run', false)).toThrow(
      /^\/proc\/x\/run: cannot be made \(ENOENT.*'\/proc\/x'\); choose another place with --output$/,
    );
    expect(() => makeRunDirectory('/proc/x/run', false)).toThrow(ResourceError);
    expect(() => writeAtomically('/proc/x/file', 'text')).toThrow(ResourceError);
  });
});
