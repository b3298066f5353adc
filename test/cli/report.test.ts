import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerReport } from '../../src/cli/report.ts';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { REPORTERS } from '../../src/reports/index.ts';
import { writeReports } from '../../src/reports/write.ts';
import { syntheticRecord } from '../helpers/record.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'densebench-report-'));
  vi.spyOn(process, 'cwd').mockReturnValue(root);
  for (const run of ['first', 'second']) {
    mkdirSync(join(root, 'results', 'nyud', run), { recursive: true });
    writeFileSync(join(root, 'results', 'nyud', run, 'record.json'), JSON.stringify(syntheticRecord({ runId: run })));
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

async function report(...args: string[]): Promise<string> {
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  registerReport(program);
  await program.parseAsync(['report', ...args], { from: 'user' });
  return printed;
}

describe('densebench report', () => {
  it('prints any format of a run', async () => {
    const record = syntheticRecord({ runId: 'first' });
    for (const [format, { render }] of Object.entries(REPORTERS)) {
      if (format === 'terminal') continue;
      expect(await report('nyud/first', '--format', format)).toBe(render([JSON.parse(JSON.stringify(record))]));
    }
    expect(await report('nyud/first')).toContain('42.02');
  });

  it('takes several runs, each its own section', async () => {
    const text = await report('nyud/first', 'nyud/second', '-f', 'markdown');
    expect(text).toContain('run first');
    expect(text).toContain('run second');
  });

  it('writes a file whole, with the pictures of the run', async () => {
    const pictures = join(root, 'results', 'nyud', 'first', 'panels', 's1');
    mkdirSync(pictures, { recursive: true });
    writeFileSync(join(pictures, 'image.png'), 'hi');
    const file = join(root, 'out', 'page.html');
    expect(await report('nyud/first', '-f', 'html', '-o', file)).toBe('');
    expect(readFileSync(file, 'utf8')).toContain('data:image/png;base64,aGk=');
    expect(readdirSync(join(root, 'out'))).toEqual(['page.html']);
  });

  it('leaves an earlier file alone when the run cannot be read', async () => {
    const file = join(root, 'page.html');
    writeFileSync(file, 'earlier');
    writeFileSync(join(root, 'results', 'nyud', 'first', 'record.json'), '{"schema": ');
    await expect(report('nyud/first', '-f', 'html', '-o', file)).rejects.toThrow(ResourceError);
    expect(readFileSync(file, 'utf8')).toBe('earlier');
  });

  it('names the nearest format', async () => {
    await expect(report('nyud', '--format', 'markdwon')).rejects.toThrow(UsageError);
    await expect(report('nyud', '--format', 'markdwon')).rejects.toThrow(/did you mean "markdown"/);
    await expect(report('nyud', '--format', 'toString')).rejects.toThrow(UsageError);
  });
});

describe('writeReports', () => {
  it('writes four files named after suite and run', () => {
    const files = writeReports(syntheticRecord({ runId: 'r1' }), new Map(), join(root, 'reports'));
    expect(Object.keys(files)).toEqual(['html', 'csv', 'markdown', 'latex']);
    expect(files.html).toBe(join(root, 'reports', 'nyud', 'r1.html'));
    for (const path of Object.values(files)) expect(existsSync(path)).toBe(true);
    expect(readdirSync(join(root, 'reports', 'nyud')).sort()).toEqual(['r1.csv', 'r1.html', 'r1.md', 'r1.tex']);
  });
});
