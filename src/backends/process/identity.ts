import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { sha256OfFile } from '../../download/file-hash.ts';

/**
 * SHA-256 of each part of a command that is a file (its script, its weights), by the part as typed. What the program
 * reads beyond that only the program can say: "weights" of its greeting.
 */
export async function filesOf(command: readonly string[], cwd: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const part of command) {
    const path = resolve(cwd, part);
    // Whatever cannot even be looked at (too long, a zero byte) is an argument and no file.
    const isFile = await stat(path).then(
      (status) => status.isFile(),
      () => false,
    );
    if (isFile) files[part] = await sha256OfFile(path);
  }
  return files;
}
