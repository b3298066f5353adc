import { messageOf, ResourceError } from '../core/errors.ts';

/** What the file system refused while data were written, with what to do. */
export function diskError(path: string, error: unknown): ResourceError {
  const { code } = error as { code?: string };
  return new ResourceError(
    code === 'ENOSPC' || code === 'EDQUOT'
      ? `${path}: the disk is full; make room and run it again, it goes on from there`
      : `${path}: cannot be written (${messageOf(error)}); name another folder`,
  );
}
