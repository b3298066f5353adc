/**
 * The errors a user can cause or meet. Each carries the exit code of the command line; anything else that is
 * thrown is a bug of ours (exit code 70). A message says what is wrong, the offending value, and what to do.
 */
export abstract class DensebenchError extends Error {
  abstract readonly exitCode: number;
  override get name(): string {
    return this.constructor.name;
  }
}

/** Wrong command line or configuration: flags, suites, cards. Exit code 2. */
export class UsageError extends DensebenchError {
  readonly exitCode = 2;
}

/** Data, a model or a backend is missing or damaged. Exit code 3. */
export class ResourceError extends DensebenchError {
  readonly exitCode = 3;
}

/** A measurement was taken but is not valid. Exit code 4. */
export class MeasurementError extends DensebenchError {
  readonly exitCode = 4;
}

/** The user stopped the program (Ctrl-C, SIGTERM). Exit code 130. */
export class InterruptedError extends DensebenchError {
  readonly exitCode = 130;
}

/** The message of anything thrown, without a stack trace. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
