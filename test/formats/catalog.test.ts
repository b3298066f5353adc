import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { findModelCard } from '../../src/backends/model-card.ts';
import { findCheckpointCard } from '../../src/checkpoints/card.ts';
import { UsageError } from '../../src/core/errors.ts';
import { PACKAGE_ROOT } from '../../src/core/package-root.ts';
import { findCard } from '../../src/datasets/find-card.ts';
import { loadSuite } from '../../src/suite/load.ts';
import { loadPublished } from '../../src/suite/published.ts';

const work = mkdtempSync(join(tmpdir(), 'densebench-catalog-'));
vi.spyOn(process, 'cwd').mockReturnValue(work);
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(work, { recursive: true, force: true });
});

describe('what is found by its id', () => {
  it.each<[folder: string, id: string, find: (reference: string) => unknown]>([
    ['suites', 'nyud', loadSuite],
    ['datasets', 'rooms', findCard],
    ['models', 'mt-lw-refinenet-nyud', findModelCard],
    ['models/checkpoints', 'nekrasov2019-nyud', findCheckpointCard],
    ['results/published', 'nekrasov2019-table1', loadPublished],
  ])('bears that id: %s', (folder, id, find) => {
    const text = readFileSync(join(PACKAGE_ROOT, folder, `${id}.yaml`), 'utf8');
    // Ends as the id does, which must not be enough.
    const path = join(work, folder, `xx-${id}.yaml`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    expect(find(id)).toBeDefined();
    expect(() => find(`xx-${id}`)).toThrow(UsageError);
    expect(() => find(`xx-${id}`)).toThrow(`xx-${id}.yaml: its id is "${id}"; an id is the name of its file`);
    // By path, a file may be called anything.
    expect(find(path)).toBeDefined();
  });
});
