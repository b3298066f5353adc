import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { ResourceError } from '../core/errors.ts';
import type { ArchiveEntry } from './archive-entry.ts';
import { ByteReader } from './byte-reader.ts';

const BLOCK = 512;
/** Names and extended headers are short; more is an attack or damage. */
const MAX_HEADER_BYTES = 1 << 20;
/** Zeros behind the end mark that fill up the last record of a tape. */
const MAX_PADDING_BYTES = 1 << 24;

/**
 * The entries of a .tar.gz in order (POSIX 1003.1 ustar and pax, and GNU's long names). Each body must be read before
 * the next entry is asked for.
 * @throws ResourceError on damage and on links and devices.
 */
export async function* tarGzEntries(path: string): AsyncGenerator<ArchiveEntry> {
  const source = createReadStream(path);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  const reader = new ByteReader(source.pipe(gunzip) as AsyncIterable<Uint8Array>);
  let longName: string | undefined;
  let longSize: number | undefined;
  try {
    for (;;) {
      const header = await reader.take(BLOCK);
      if (header.length < BLOCK)
        throw new ResourceError(`${path}: truncated tar archive (it ends without its end mark)`);
      if (header.every((byte) => byte === 0)) {
        // Only at its end does gzip compare its checksum.
        for await (const _ of reader.pieces(MAX_PADDING_BYTES));
        return;
      }
      requireChecksum(header, path);
      const type = String.fromCharCode(header[156] || 0x30);
      const size: number = (type === '0' ? longSize : undefined) ?? numberAt(header, 124, 12);
      const name: string = longName ?? nameOf(header);
      if (!Number.isSafeInteger(size) || size < 0) throw new ResourceError(`${path}: ${name}: damaged size`);
      const padding = (BLOCK - (size % BLOCK)) % BLOCK;
      if (type === 'L' || type === 'x' || type === 'g') {
        if (size > MAX_HEADER_BYTES) throw new ResourceError(`${path}: a header of ${size} bytes is refused`);
        const text = (await reader.take(size + padding)).subarray(0, size).toString('utf8');
        if (type === 'L') longName = text.replace(/\0.*$/s, '');
        if (type === 'x') {
          longName = paxField(text, 'path') ?? longName;
          const given = paxField(text, 'size');
          longSize = given === undefined ? undefined : Number(given);
        }
        continue;
      }
      longName = undefined;
      longSize = undefined;
      if (type === '5') {
        for await (const _ of reader.pieces(size + padding));
        continue;
      }
      if (type !== '0' && type !== '7')
        throw new ResourceError(
          `${path}: ${name} is ${type === '1' || type === '2' ? 'a link' : `of type "${type}"`}; only files and folders are unpacked`,
        );
      yield { name, bytes: size, body: () => whole(reader, size, `${path}: ${name}`) };
      await reader.take(padding);
    }
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

async function* whole(reader: ByteReader, size: number, where: string): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const piece of reader.pieces(size)) {
    done += piece.length;
    yield piece;
  }
  if (done < size) throw new ResourceError(`${where}: truncated at ${done} of ${size} bytes`);
}

const textAt = (block: Buffer, at: number, length: number) =>
  block
    .subarray(at, at + length)
    .toString('utf8')
    .replace(/\0.*$/s, '');

function nameOf(header: Buffer): string {
  const prefix = textAt(header, 257, 5) === 'ustar' && header[262] === 0 ? textAt(header, 345, 155) : '';
  return prefix ? `${prefix}/${textAt(header, 0, 100)}` : textAt(header, 0, 100);
}

/** Octal text, or GNU's big-endian binary marked by the top bit. */
function numberAt(header: Buffer, at: number, length: number): number {
  if (header[at] & 0x80) return header.readUIntBE(at + length - 6, 6);
  return Number.parseInt(textAt(header, at, length).trim() || '0', 8);
}

function requireChecksum(header: Buffer, path: string): void {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : header[i];
  if (sum !== numberAt(header, 148, 8))
    throw new ResourceError(`${path}: not a tar archive, or damaged (checksum of a header)`);
}

/** Records are "<length> <key>=<value>\n", the length counting all of it in bytes. */
function paxField(text: string, key: string): string | undefined {
  let found: string | undefined;
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    const length = Number.parseInt(bytes.subarray(at, at + 20).toString('latin1'), 10);
    if (!(length > 0)) break;
    const record = bytes.subarray(at, at + length).toString('utf8');
    const match = /^\d+ ([^=]+)=(.*)\n$/s.exec(record);
    if (match?.[1] === key) found = match[2];
    at += length;
  }
  return found;
}
