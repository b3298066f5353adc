import { createReadStream, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { messageOf, ResourceError } from '../core/errors.ts';
import { contentStart, LOCAL_HEADER_BYTES, type ZipEntry, zipDirectory } from '../formats/zip-directory.ts';
import type { ArchiveEntry } from './archive-entry.ts';

/**
 * The files of a zip archive by its central directory; stored and deflated.
 * @throws ResourceError on damage, encryption, other methods and links.
 */
export async function* zipEntries(path: string): AsyncGenerator<ArchiveEntry> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    for (const entry of zipDirectory(size, (at, length) => readAt(file, at, length), path)) {
      if (entry.name.endsWith('/')) continue;
      yield { name: entry.name, bytes: entry.bytes, body: () => content(file, path, entry) };
    }
  } finally {
    await file.close();
  }
}

function readAt(file: FileHandle, at: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(file.fd, buffer, 0, length, at));
}

async function* content(file: FileHandle, path: string, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const where = `${path}: ${entry.name}`;
  const start = contentStart(entry, readAt(file, entry.offset, LOCAL_HEADER_BYTES), path);
  if (entry.method !== 0 && entry.method !== 8)
    throw new ResourceError(`${where}: compression method ${entry.method} is not read; stored and deflated are`);
  if (entry.bytes === 0) return;
  const packed = createReadStream(path, { start, end: start + entry.packedBytes - 1 });
  const plain = entry.method === 0 ? packed : packed.pipe(createInflateRaw());
  packed.on('error', (error) => plain.destroy(error));
  let crc = 0;
  let done = 0;
  try {
    for await (const piece of plain as AsyncIterable<Uint8Array>) {
      crc = crc32(piece, crc);
      done += piece.length;
      if (done > entry.bytes) break;
      yield piece;
    }
  } catch (error) {
    throw new ResourceError(`${where}: damaged zip archive (${messageOf(error)})`);
  } finally {
    packed.destroy();
    plain.destroy();
  }
  if (done !== entry.bytes || crc !== entry.crc)
    throw new ResourceError(`${where}: damaged zip archive (${done === entry.bytes ? 'checksum' : 'size'} is wrong)`);
}
