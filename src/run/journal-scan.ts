import { fstatSync, readSync } from 'node:fs';
import { sha256 } from '../core/canonical.ts';
import { ResourceError } from '../core/errors.ts';
import type { JournalLine } from './journal.ts';

const BLOCK_BYTES = 1 << 20;
const NEWLINE = 10;

export interface ScannedLine {
  readonly line: JournalLine;
  readonly offset: number;
  readonly length: number;
  /** Counted from 1. */
  readonly number: number;
}

/**
 * Walks the whole lines of a journal, checking each against its checksum, in little memory. A last line without its
 * newline, or damaged, is torn and left out; damage before the last line is an error.
 */
export function* scanLines(fd: number, path: string): Generator<ScannedLine> {
  const size = fstatSync(fd).size;
  let number = 0;
  for (const { bytes, offset } of rawLines(fd)) {
    number++;
    const line = checked(bytes);
    const isLast = offset + bytes.length + 1 >= size;
    if (!line && isLast) return;
    if (!line)
      throw new ResourceError(
        `${path}:${number}: this line is damaged (its checksum does not match); the results after it cannot be trusted: start a new run`,
      );
    yield { line, offset, length: bytes.length + 1, number };
  }
}

/** Only lines that end in a newline. */
function* rawLines(fd: number): Generator<{ bytes: Buffer; offset: number }> {
  const block = Buffer.alloc(BLOCK_BYTES);
  let rest = Buffer.alloc(0);
  let offset = 0;
  for (let position = 0; ; ) {
    const count = readSync(fd, block, 0, BLOCK_BYTES, position);
    if (count === 0) return;
    position += count;
    let buffer = Buffer.concat([rest, block.subarray(0, count)]);
    for (let end = buffer.indexOf(NEWLINE); end >= 0; end = buffer.indexOf(NEWLINE)) {
      yield { bytes: buffer.subarray(0, end), offset };
      offset += end + 1;
      buffer = buffer.subarray(end + 1);
    }
    rest = Buffer.from(buffer);
  }
}

function checked(bytes: Buffer): JournalLine | undefined {
  try {
    const { sha, line } = JSON.parse(bytes.toString('utf8')) as { sha: string; line: JournalLine };
    return sha256(JSON.stringify(line)).slice(0, 16) === sha ? line : undefined;
  } catch {
    return undefined;
  }
}
