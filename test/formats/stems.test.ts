import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import { stemOf } from '../../src/formats/maps.ts';
import { filesByStem, someOf } from '../../src/formats/stems.ts';

function folderOf(...names: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'densebench-stems-'));
  for (const name of names) writeFileSync(join(folder, name), '');
  return folder;
}

it('gives the files of a folder in the order of their stems, and passes over all else', async () => {
  // By file name "a-1.npy" would come before "a.npy".
  const folder = folderOf('b.png', 'a.npy', 'a-1.npy', 'notes.txt', '.npy');
  mkdirSync(join(folder, 'c.npy'));
  const files = await filesByStem(folder, stemOf);
  expect([...files]).toEqual([
    ['a', join(folder, 'a.npy')],
    ['a-1', join(folder, 'a-1.npy')],
    ['b', join(folder, 'b.png')],
  ]);
});

it('refuses two files of one stem, naming both', async () => {
  const folder = folderOf('a.png', 'a.npy', 'b.npy');
  await expect(filesByStem(folder, stemOf)).rejects.toThrow(
    `${join(folder, 'a.npy')} and ${join(folder, 'a.png')} have the same stem "a"`,
  );
});

it('refuses a folder that cannot be listed', async () => {
  await expect(filesByStem(join(folderOf(), 'none'), stemOf)).rejects.toThrow(ResourceError);
});

it('names five stems and counts the rest', () => {
  expect(someOf(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c, d, e');
  expect(someOf(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('a, b, c, d, e and 2 more');
});
