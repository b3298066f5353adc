import { createHash } from 'node:crypto';
import { readBytes } from './file.ts';

/**
 * One SHA-256 over the names and bytes of files inside a folder, whatever their order.
 * @param paths absolute, or starting with `directory`
 * @throws ResourceError when one cannot be read.
 */
export async function hashFiles(directory: string, paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of [...paths].sort()) {
    const bytes = await readBytes(path);
    hash.update(`${path.slice(directory.length).replaceAll('\\', '/')}\0${bytes.length}\0`);
    hash.update(bytes);
  }
  return hash.digest('hex');
}
