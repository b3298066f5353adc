import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { findCard } from '../../src/datasets/find-card.ts';

const folder = mkdtempSync(join(tmpdir(), 'densebench-generate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LOADERS = {
  rooms: 'loader: nyudv2',
  streets: 'loader: kitti\nlists: { test: test_files.txt }\ndates: [2000_01_01]',
};

/** The card of a world, as a user writes it. */
function open(world: keyof typeof LOADERS, options: string) {
  const path = join(folder, 'mine.yaml');
  const generate = `generate: { world: ${world}${options && `, ${options}`} }`;
  writeFileSync(path, `id: mine\ntitle: mine\nlicence: { name: MIT }\n${LOADERS[world]}\n${generate}\n`);
  return findCard(path);
}

describe('options of the worlds', () => {
  it.each([
    ['rooms', 'width: 16, height: 12'],
    ['streets', 'width: 32, height: 16, seed: 0'],
    ['streets', 'path: drive, framesPerScene: 120'],
    ['streets', 'path: views, framesPerScene: 121'],
    ['streets', 'seed: 2147483647'],
  ] as const)('%s: %s', (world, options) => {
    expect(open(world, options)).toMatchObject({ generate: { world } });
  });

  it.each([
    ['rooms', 'test: 0', /generate.*test/],
    ['rooms', 'width: 6.5', /generate.*width/],
    ['rooms', 'width: 15', /generate.*width/],
    ['rooms', 'height: 11', /generate.*height/],
    ['streets', 'train: 0', /generate.*train/],
    ['streets', 'width: 16, height: 16', /generate.*width/],
    ['streets', 'height: 15', /generate.*height/],
    ['streets', 'seed: -1', /generate.*seed/],
    ['streets', 'seed: 2147483648', /generate.*seed/],
    [
      'streets',
      'path: drive, framesPerScene: 500',
      /ends after 120 frames of a drive, got 500 \(at generate\.framesPerScene/,
    ],
  ] as const)('%s: %s is refused before anything is rendered', (world, options, message) => {
    expect(() => open(world, options)).toThrow(UsageError);
    expect(() => open(world, options)).toThrow(message);
  });
});
