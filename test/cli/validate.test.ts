import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../src/core/package-root.ts';
import { cli } from '../helpers/cli.ts';

const cwd = mkdtempSync(join(tmpdir(), 'densebench-validate-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe('densebench validate', () => {
  it.each([
    ['suites/nyud.yaml', 'ok  suite nyud: '],
    ['datasets/rooms.yaml', 'ok  data set rooms\n'],
    ['models/mt-lw-refinenet-nyud.yaml', 'ok  model mt-lw-refinenet-nyud\n'],
    ['models/checkpoints/nekrasov2019-nyud.yaml', 'ok  checkpoint nekrasov2019-nyud\n'],
    ['results/published/nekrasov2019-table1.yaml', 'ok  published table '],
  ])('knows %s by its contents, wherever it lies', (file, line) => {
    writeFileSync(join(cwd, 'some.yaml'), readFileSync(join(PACKAGE_ROOT, file)));
    const { status, stdout, stderr } = cli(['validate', './some.yaml'], { cwd });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.startsWith(line), stdout).toBe(true);
  });

  it('names what is wrong in the card of a checkpoint', () => {
    const text = readFileSync(join(PACKAGE_ROOT, 'models/checkpoints/nekrasov2019-nyud.yaml'), 'utf8');
    writeFileSync(join(cwd, 'broken.yaml'), text.replace(/^file:/m, 'fiel:'));
    const { status, stderr } = cli(['validate', './broken.yaml'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toMatch(/broken\.yaml:\d+:1: unknown key "fiel"; did you mean "file"\?/);
  });

  it('looks at all kinds when none is named', () => {
    const { status, stdout } = cli(['validate'], { cwd });
    expect(status).toBe(0);
    for (const kind of ['suite', 'data set', 'model', 'checkpoint', 'published table'])
      expect(stdout).toMatch(new RegExp(`^ok {2}${kind} `, 'm'));
  });
});
