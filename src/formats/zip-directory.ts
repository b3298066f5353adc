import { ResourceError } from '../core/errors.ts';

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const SEE_EXTRA = 0xffffffff;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const MAX_DIRECTORY_BYTES = 256 * 2 ** 20;

/** Length of a local header without its name and extra field. */
export const LOCAL_HEADER_BYTES = 30;

export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Of the local header. */
  readonly offset: number;
}

/** Where the bytes of an archive come from; may give fewer than asked for where it ends. */
export type ReadAt = (at: number, length: number) => Buffer;

/**
 * The central directory of a zip archive, zip64 included (PKWARE APPNOTE 6.3).
 * @param size of the archive, bytes
 * @throws ResourceError on damage, encryption and links.
 */
export function zipDirectory(size: number, readAt: ReadAt, path: string): Generator<ZipEntry> {
  const read = (at: number, length: number): Buffer => {
    const buffer = at < 0 || at > size ? Buffer.alloc(0) : readAt(at, length);
    if (buffer.length !== length)
      throw new ResourceError(`${path}: truncated zip archive (byte ${Math.max(at, 0) + buffer.length})`);
    return buffer;
  };
  const tailBytes = Math.min(size, END_BYTES + MAX_COMMENT_BYTES);
  const tail = read(size - tailBytes, tailBytes);
  let at = tail.length - END_BYTES;
  while (at >= 0 && tail.readUInt32LE(at) !== END) at--;
  if (at < 0) throw new ResourceError(`${path}: not a zip archive, or truncated (it has no directory)`);
  let bytes = tail.readUInt32LE(at + 12);
  let offset = tail.readUInt32LE(at + 16);
  if (bytes === SEE_EXTRA || offset === SEE_EXTRA) {
    const locator = read(size - tailBytes + at - 20, 20);
    if (locator.readUInt32LE(0) !== LOCATOR64) throw new ResourceError(`${path}: damaged zip archive (zip64 locator)`);
    const end = read(Number(locator.readBigUInt64LE(8)), 56);
    if (end.readUInt32LE(0) !== END64) throw new ResourceError(`${path}: damaged zip archive (zip64 directory)`);
    bytes = Number(end.readBigUInt64LE(40));
    offset = Number(end.readBigUInt64LE(48));
  }
  if (bytes > MAX_DIRECTORY_BYTES || offset + bytes > size)
    throw new ResourceError(`${path}: damaged zip archive (directory of ${bytes} bytes at ${offset})`);
  return parseDirectory(read(offset, bytes), path);
}

/**
 * Where an entry's content begins, by the local header before it.
 * @param header the LOCAL_HEADER_BYTES at `entry.offset`
 */
export function contentStart(entry: ZipEntry, header: Buffer, path: string): number {
  if (header.length < LOCAL_HEADER_BYTES || header.readUInt32LE(0) !== LOCAL)
    throw new ResourceError(`${path}: ${entry.name}: damaged zip archive (entry header at byte ${entry.offset})`);
  return entry.offset + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
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
