import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { messageOf, ResourceError } from '../core/errors.ts';
import { checkReadable } from '../formats/file.ts';

/** Hex SHA-256 of a file of any size. */
export async function sha256OfFile(path: string): Promise<string> {
  await checkReadable(path);
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  } catch (error) {
    throw new ResourceError(`${path}: cannot be read (${messageOf(error)})`);
  }
  return hash.digest('hex');
}
