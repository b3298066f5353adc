import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { COPIES, needsShared, sharedPath } from './shared.ts';

const copies = readdirSync(COPIES, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => join(parentPath, name).slice(COPIES.length + 1));
/** Bytes as they were before they were gzipped. */
const contents = (path: string): Buffer => {
  const bytes = readFileSync(path);
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
};

describe('copies of ../shared', () => {
  it('are many and small', () => {
    expect(copies.length).toBeGreaterThan(100);
    const total = copies.reduce((sum, name) => sum + readFileSync(join(COPIES, name)).length, 0);
    expect(total).toBeLessThan(5.5e6);
  });

  it.skipIf(needsShared('golden', 'README.md').skip)('equal what they were copied from', () => {
    for (const name of copies) {
      const original = [sharedPath(name), sharedPath(name.replace(/\.gz$/, ''))].find(
        (path) => !path.startsWith(COPIES),
      );
      expect(existsSync(original ?? ''), name).toBe(true);
      expect(contents(original!).equals(contents(join(COPIES, name))), name).toBe(true);
    }
  });

  it('are nothing that comes from a photograph or a data set', () => {
    // What golden/README.md rules out, and the cases of golden/metrics that were made from such files.
    const banned = /^golden\/(datasets|forward|trajectory)\/|\/(nyu_|uint8_)|normals\/images|^real\//;
    expect(copies.filter((name) => banned.test(name))).toEqual([]);
  });
});
