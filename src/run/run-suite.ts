import { InterruptedError, ResourceError } from '../core/errors.ts';
import type { RunRecord } from '../core/record.ts';
import { checkSuite } from './check-suite.ts';
import { makeRunDirectory, newRunDirectory } from './directory.ts';
import { captureEnvironment } from './environment.ts';
import { lockDirectory } from './lock.ts';
import { measureSuite } from './measure-suite.ts';
import { prepareSuite } from './prepare-suite.ts';
import type { RunOptions, RunRequest, RunSurroundings } from './request.ts';

export interface FinishedRun {
  readonly record: RunRecord;
  readonly directory: string;
}

/**
 * Runs one suite from plan to record. Work that is done survives: every image is journalled, and a run that was
 * interrupted or ran out of disk goes on with `resume`.
 * @throws DensebenchError; InterruptedError says how to go on.
 */
export async function runSuite(request: RunRequest, surroundings: RunSurroundings): Promise<FinishedRun> {
  const { suite } = request.loaded;
  const startedAt = surroundings.now();
  const environment = captureEnvironment(process.cwd());
  checkSuite(suite);
  const prepared = await prepareSuite(request, surroundings);
  try {
    const directory = makeRunDirectory(request.output ?? newRunDirectory(suite.id, startedAt), request.resume);
    const record = await inDirectory(directory, request, () =>
      measureSuite(prepared, directory, surroundings, { startedAt, environment }),
    );
    if (!record.entries.some(({ kind }) => kind === 'measured'))
      throw new ResourceError(record.failures.map(({ message }) => message).join('\n'));
    return { record, directory };
  } finally {
    await prepared.data.dataset.close();
  }
}

/** Holds the directory's lock meanwhile; an interruption says how to go on there. */
export async function inDirectory<R>(
  directory: string,
  { resumeCommand }: Pick<RunOptions, 'resumeCommand'>,
  work: () => Promise<R>,
): Promise<R> {
  const unlock = lockDirectory(directory);
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    throw new InterruptedError(`interrupted; what is done is kept. Continue with: ${resumeCommand(directory)}`);
  } finally {
    unlock();
  }
}
