import { type FileHandle, open } from 'node:fs/promises';
import { messageOf, ResourceError } from '../core/errors.ts';
import { MAX_ARRAY_BYTES } from './array.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path',
  ENOTDIR: 'there is no such file; a part of the path is not a folder',
  EACCES: 'may not be read; check its permissions',
  EPERM: 'may not be read; check its permissions',
  EISDIR: 'is a folder, a file is expected',
  ELOOP: 'is a symbolic link that leads nowhere',
  ENAMETOOLONG: 'has a name that is too long for the file system',
  EMFILE: 'cannot be opened: too many files are open; raise the limit (ulimit -n) or use fewer workers',
};

/**
 * The whole file.
 * @throws ResourceError when it is missing, a folder, not readable, or larger than 2 GiB.
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  return withFile(path, async (handle, sizeBytes) => {
    if (sizeBytes >= MAX_ARRAY_BYTES)
      throw new ResourceError(`${path}: ${sizeBytes} bytes; files of 2 GiB and more are not read as a whole`);
    const content = await handle.readFile();
    // A plain Uint8Array, for the slice() of a Buffer is a view and would surprise.
    return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  });
}

/** For libraries that open files themselves: the errors of `readBytes`, without reading. */
export async function checkReadable(path: string): Promise<void> {
  await withFile(path, async () => {});
}

async function withFile<T>(path: string, use: (handle: FileHandle, sizeBytes: number) => Promise<T>): Promise<T> {
  try {
    const handle = await open(path, 'r');
    try {
      const status = await handle.stat();
      if (status.isDirectory()) throw new ResourceError(`${path}: ${REASONS.EISDIR}`);
      // A device such as /dev/zero never ends; a pipe does.
      if (!status.isFile() && !status.isFIFO()) throw new ResourceError(`${path}: is not a regular file`);
      return await use(handle, status.size);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ResourceError) throw error;
    const reason = REASONS[(error as { code?: string } | undefined)?.code ?? ''];
    throw new ResourceError(`${path}: ${reason ?? `cannot be read (${messageOf(error)})`}`);
  }
}
