import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { MeasuredEntry } from '../../src/core/record.ts';
import { cli, cliStarted } from '../helpers/cli.ts';
import { IN_WORKSPACE, makeWorkspace, newestRun, recordIn } from '../helpers/workspace.ts';

const PROGRAM = fileURLToPath(new URL('../fixtures/process/program.mjs', import.meta.url));
const cwd = makeWorkspace({ count: 4, height: 24, width: 32 });
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function suite(id: string, mode: string, extra = '', latency = ''): void {
  const command = JSON.stringify([process.execPath, PROGRAM, mode]);
  // Not an argument: what the program writes would count among the files that it is made of.
  const env = extra ? `, env: ${JSON.stringify({ PID_FILE: extra })}` : '';
  writeFileSync(
    join(cwd, 'suites', `${id}.yaml`),
    `id: ${id}\ntitle: ${id}\ndata: { id: tiny }\ntasks: [depth]\nprotocols: [authors-nyud]\n${latency}` +
      `entries:\n  - { id: outside, backend: { id: process, command: ${command}${env}, timeoutSeconds: 600 } }\n`,
  );
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};
async function until(isTrue: () => boolean): Promise<boolean> {
  for (let i = 0; i < 1500 && !isTrue(); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  return isTrue();
}

const LATENCY = 'latency: { minimumSeconds: 0.05, minimumCount: 5, warmupSeconds: 0 }\n';

describe('a suite with an external program', () => {
  it('is scored and timed as any other row', () => {
    suite('good', 'good', '', LATENCY);
    const { status, stderr } = cli(['run', 'good', ...IN_WORKSPACE], { cwd });
    expect(stderr).not.toContain('bug of densebench');
    const record = recordIn(newestRun(cwd, 'good'));
    const [entry] = record.entries as MeasuredEntry[];
    // On a busy machine a timing may be called unstable (exit code 4); what was timed is there all the same.
    expect([0, 4]).toContain(status);
    expect(entry).toMatchObject({ images: 4, failed: 0, backend: { id: 'process', weightsSha256: 'ab'.repeat(32) } });
    expect(entry.readings.find(({ key }) => key === 'depth/absRel')?.value).toBeGreaterThan(0);
    expect(entry.latency?.samplesMs.total.length).toBeGreaterThanOrEqual(5);
    expect(entry.latency?.stages.infer.medianMs).toBeGreaterThan(0);
  });

  it('that crashes midway fails the images from there on, and says why', () => {
    suite('crash', 'dies-mid-run');
    const { status } = cli(['run', 'crash', ...IN_WORKSPACE], { cwd });
    expect(status).toBe(5);
    const { outcome, failures } = recordIn(newestRun(cwd, 'crash'));
    expect(outcome).toBe('partial');
    expect(failures.map(({ sample }) => sample)).toEqual(['frame-001', 'frame-002', 'frame-003']);
    for (const { message } of failures) expect(message).toContain('CUDA error: out of memory');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves nothing behind after two %s, though the program hears none',
    async (signal) => {
      const file = join(cwd, `${signal}.pid`);
      suite('silent', 'never-answers', file);
      const run = cliStarted(['run', 'silent', ...IN_WORKSPACE], { cwd });
      const ended = new Promise<number | null>((resolve) => run.once('exit', resolve));
      expect(await until(() => existsSync(file))).toBe(true);
      const pid = Number(readFileSync(file, 'utf8'));
      expect(isAlive(pid)).toBe(true);
      // The second one ends densebench at once, in the middle of the question.
      run.kill(signal);
      await new Promise((resolve) => setTimeout(resolve, 300));
      run.kill(signal);
      expect(await ended).toBe(130);
      expect(await until(() => !isAlive(pid))).toBe(true);
    },
  );

  it('leaves nothing behind when stopped while it is timed in a process of its own', async () => {
    const file = join(cwd, 'timed.pid');
    suite('timed', 'hangs-when-timed', file, LATENCY);
    const run = cliStarted(['run', 'timed', ...IN_WORKSPACE], { cwd });
    const ended = new Promise<number | null>((resolve) => run.once('exit', resolve));
    expect(await until(() => existsSync(`${file}.timed`))).toBe(true);
    const pid = Number(readFileSync(`${file}.timed`, 'utf8'));
    expect(isAlive(pid)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    run.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(await until(() => !isAlive(pid))).toBe(true);
  });
});
