import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf, ResourceError } from '../../core/errors.ts';

const STDERR_KEPT_CHARACTERS = 4000;
const STDERR_SHOWN_LINES = 8;
/** How long a program that was told to end may take, once for asking (end of input) and once for SIGTERM. */
const GRACE_MS = 2000;
const LEAVING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Command {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A running program, in a process group of its own so that it can be ended with everything that it started. */
export class ChildProgram {
  readonly #process: ChildProcess;
  readonly #exited: Promise<string>;
  /** Fulfilled when something could not be written because the program no longer reads. */
  readonly inputClosed: Promise<void>;
  #how: string | undefined;
  #stderr = '';

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.#exited = new Promise((resolve) => {
      process.once('exit', (code, signal) => {
        this.#how = signal ? `killed by ${signal}` : `exit code ${code}`;
        // Whatever it started itself would outlive it.
        this.#signalGroup('SIGKILL');
        stopGuarding(this.#leave);
        resolve(this.#how);
      });
    });
    process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT_CHARACTERS);
    });
    this.inputClosed = new Promise((resolve) => process.stdin?.on('error', () => resolve()));
    guard(this.#leave);
  }

  /** @throws ResourceError when it cannot be started. */
  static async start({ command: [file, ...args], cwd, env }: Command): Promise<ChildProgram> {
    const fail = (error: unknown) =>
      new ResourceError(
        `backend process: cannot start ${JSON.stringify(file)} in ${cwd} (${messageOf(error)}); ` +
          'check "command" (a list: program first, then its arguments) and "cwd"',
      );
    let child: ChildProcess;
    try {
      child = spawn(file, args, {
        cwd,
        env: { ...process.env, ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: process.platform !== 'win32',
        windowsHide: true,
      });
    } catch (error) {
      throw fail(error);
    }
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(fail(error)));
    });
    return new ChildProgram(child);
  }

  get stdin(): NodeJS.WritableStream & { readonly writable: boolean } {
    return this.#process.stdin as NonNullable<ChildProcess['stdin']>;
  }

  get stdout() {
    return this.#process.stdout as NonNullable<ChildProcess['stdout']>;
  }

  /** How it ended and its last words, as the end of a sentence; waits a moment for an end that is under way. */
  async lastWords(waitMs: number): Promise<string> {
    await Promise.race([this.#exited, sleep(waitMs)]);
    const lines = this.#stderr.trimEnd().split('\n').slice(-STDERR_SHOWN_LINES).join('\n  ');
    const words = lines.trim()
      ? `; the last lines of its standard error:\n  ${lines}`
      : '; its standard error is empty';
    return `${this.#how ?? 'still running'}${words}`;
  }

  /** At once, with everything that it started. */
  async kill(): Promise<void> {
    this.#signalGroup('SIGKILL');
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  /** Asks it to end by the end of its input, then by SIGTERM, then does not ask. */
  async end(): Promise<void> {
    if (this.#how !== undefined) return;
    this.#process.stdin?.end();
    // What it still writes must not block it.
    this.stdout.resume();
    if (await this.#endsWithin(GRACE_MS)) return;
    this.#signalGroup('SIGTERM');
    if (await this.#endsWithin(GRACE_MS)) return;
    await this.kill();
  }

  async #endsWithin(ms: number): Promise<boolean> {
    await Promise.race([this.#exited, sleep(ms)]);
    return this.#how !== undefined;
  }

  #signalGroup(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      // A negative id names the whole group; Windows has none.
      if (process.platform === 'win32') this.#process.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // Nobody is left in it.
    }
  }

  readonly #leave = (): void => this.#signalGroup('SIGKILL');
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

/** What must be killed when this process ends, however it ends: a group of its own hears no Ctrl-C of the terminal. */
const guarded = new Set<() => void>();

function guard(leave: () => void): void {
  if (guarded.size === 0) {
    process.on('exit', leaveAll);
    for (const signal of LEAVING) process.on(signal, onSignal);
  }
  guarded.add(leave);
}

function stopGuarding(leave: () => void): void {
  guarded.delete(leave);
  if (guarded.size > 0) return;
  process.off('exit', leaveAll);
  for (const signal of LEAVING) process.off(signal, onSignal);
}

function leaveAll(): void {
  for (const leave of guarded) leave();
}

/** Where nobody else listens (the process that measures latency), the signal must end us as if we did not either. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  leaveAll();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}
