import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { messageOf, ResourceError } from '../core/errors.ts';
import type { ArchiveEntry } from './archive-entry.ts';

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const SEE_EXTRA = 0xffffffff;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const MAX_DIRECTORY_BYTES = 256 * 2 ** 20;

interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly offset: number;
}

/**
 * The files of a zip archive by its central directory, zip64 included; stored and deflated (PKWARE APPNOTE 6.3).
 * @throws ResourceError on damage, encryption, other methods and links.
 */
export async function* zipEntries(path: string): AsyncGenerator<ArchiveEntry> {
  const file = await open(path, 'r');
  try {
    for (const entry of parseDirectory(await readDirectory(file, path), path)) {
      if (entry.name.endsWith('/')) continue;
      yield { name: entry.name, bytes: entry.bytes, body: () => content(file, path, entry) };
    }
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, at: number, length: number, path: string): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = at < 0 ? { bytesRead: -1 } : await file.read(buffer, 0, length, at);
  if (bytesRead !== length)
    throw new ResourceError(`${path}: truncated zip archive (byte ${at + Math.max(bytesRead, 0)})`);
  return buffer;
}

async function readDirectory(file: FileHandle, path: string): Promise<Buffer> {
  const { size } = await file.stat();
  const tailBytes = Math.min(size, END_BYTES + MAX_COMMENT_BYTES);
  const tail = await readAt(file, size - tailBytes, tailBytes, path);
  let at = tail.length - END_BYTES;
  while (at >= 0 && tail.readUInt32LE(at) !== END) at--;
  if (at < 0) throw new ResourceError(`${path}: not a zip archive, or truncated (it has no directory)`);
  let bytes = tail.readUInt32LE(at + 12);
  let offset = tail.readUInt32LE(at + 16);
  if (bytes === SEE_EXTRA || offset === SEE_EXTRA) {
    const locator = await readAt(file, size - tailBytes + at - 20, 20, path);
    if (locator.readUInt32LE(0) !== LOCATOR64) throw new ResourceError(`${path}: damaged zip archive (zip64 locator)`);
    const end = await readAt(file, Number(locator.readBigUInt64LE(8)), 56, path);
    if (end.readUInt32LE(0) !== END64) throw new ResourceError(`${path}: damaged zip archive (zip64 directory)`);
    bytes = Number(end.readBigUInt64LE(40));
    offset = Number(end.readBigUInt64LE(48));
  }
  if (bytes > MAX_DIRECTORY_BYTES || offset + bytes > size)
    throw new ResourceError(`${path}: damaged zip archive (directory of ${bytes} bytes at ${offset})`);
  return readAt(file, offset, bytes, path);
}

function* parseDirectory(directory: Buffer, path: string): Generator<ZipEntry> {
  for (let at = 0; at < directory.length; ) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== CENTRAL)
      throw new ResourceError(`${path}: damaged zip archive (directory entry at byte ${at})`);
    const nameBytes = directory.readUInt16LE(at + 28);
    const extraBytes = directory.readUInt16LE(at + 30);
    const next = at + 46 + nameBytes + extraBytes + directory.readUInt16LE(at + 32);
    if (next > directory.length) throw new ResourceError(`${path}: damaged zip archive (directory is cut off)`);
    const name = directory.subarray(at + 46, at + 46 + nameBytes).toString('utf8');
    const extra = directory.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes);
    if (directory.readUInt16LE(at + 8) & 1) throw new ResourceError(`${path}: ${name} is encrypted`);
    const unixType = (directory.readUInt32LE(at + 38) >>> 16) & 0o170000;
    if (unixType !== 0 && unixType !== 0o100000 && unixType !== 0o040000)
      throw new ResourceError(`${path}: ${name} is a link or device; only files and folders are unpacked`);
    const sizes = [24, 20, 42].map((field) => directory.readUInt32LE(at + field));
    const [bytes, packedBytes, offset] = wideSizes(sizes, extra, `${path}: ${name}`);
    const method = directory.readUInt16LE(at + 10);
    yield { name, method, crc: directory.readUInt32LE(at + 16), bytes, packedBytes, offset };
    at = next;
  }
}

/** Zip64's extra field holds, in this order, those of size, packed size and offset that did not fit 32 bits. */
function wideSizes(sizes: readonly number[], extra: Buffer, where: string): number[] {
  if (!sizes.includes(SEE_EXTRA)) return [...sizes];
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let field = at + 4;
    return sizes.map((size) => {
      if (size !== SEE_EXTRA) return size;
      if (field + 8 > extra.length) throw new ResourceError(`${where}: damaged zip archive (zip64 sizes)`);
      field += 8;
      return Number(extra.readBigUInt64LE(field - 8));
    });
  }
  return [...sizes];
}

async function* content(file: FileHandle, path: string, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const where = `${path}: ${entry.name}`;
  const header = await readAt(file, entry.offset, 30, path);
  if (header.readUInt32LE(0) !== LOCAL) throw new ResourceError(`${where}: damaged zip archive (entry header)`);
  const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
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
