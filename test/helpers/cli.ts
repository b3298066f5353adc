import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = () => fileURLToPath(process.env.DENSEBENCH_TEST_BUNDLE as string);
const STACK_TRACE = /^\s+at .+:\d+:\d+\)?$/m;

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs densebench as a user does, in its own process; any stack trace in the output fails the test. */
export function cli(args: readonly string[], { cwd, env = {} }: CliOptions) {
  const result = spawnSync(process.execPath, [main(), ...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, CI: 'true', ...env },
  });
  const { status, stdout, stderr } = result;
  if (STACK_TRACE.test(stdout + stderr)) throw new Error(`densebench printed a stack trace:\n${stderr}${stdout}`);
  return { status, stdout, stderr };
}

/** The same, left running. */
export function cliStarted(args: readonly string[], { cwd, env = {} }: CliOptions): ChildProcess {
  return spawn(process.execPath, [main(), ...args], {
    cwd,
    env: { ...process.env, CI: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
