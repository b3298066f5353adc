import type { Readable } from 'node:stream';

const NEWLINE = 10;

/** Thrown where the stream ends before what was asked for. */
export class StreamEnded extends Error {
  readonly gotBytes: number;
  constructor(gotBytes: number) {
    super('the stream ended');
    this.gotBytes = gotBytes;
  }
}

/** Thrown for a line that is longer than any header. */
export class LineTooLong extends Error {
  readonly start: Uint8Array;
  constructor(start: Uint8Array) {
    super('the line is too long');
    this.start = start;
  }
}

/**
 * Reads a stream piece by piece. Nothing is read ahead of what is asked for (but the stream's own small buffer), so that
 * a program that writes without end is stopped by its full pipe and not by our memory.
 */
export class ByteReader {
  readonly #stream: Readable;
  #rest: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(stream: Readable) {
    this.#stream = stream;
    const end = () => {
      this.#ended = true;
    };
    stream.once('end', end).once('close', end).once('error', end);
  }

  /** Bytes that lie here and that nobody has asked for. */
  get unreadBytes(): number {
    return this.#rest.length + this.#stream.readableLength;
  }

  /** Up to and without the next newline. @throws StreamEnded, LineTooLong */
  async line(maximumBytes: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const piece = await this.#next(length);
      const end = piece.indexOf(NEWLINE);
      const taken = end < 0 ? piece : piece.subarray(0, end);
      pieces.push(taken);
      length += taken.length;
      if (length > maximumBytes) throw new LineTooLong(Buffer.concat(pieces).subarray(0, 40));
      if (end < 0) continue;
      this.#rest = piece.subarray(end + 1);
      return Buffer.concat(pieces);
    }
  }

  /** @throws StreamEnded */
  async exactly(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(count);
    for (let done = 0; done < count; ) {
      const piece = await this.#next(done);
      const taken = piece.subarray(0, count - done);
      bytes.set(taken, done);
      this.#rest = piece.subarray(taken.length);
      done += taken.length;
    }
    return bytes;
  }

  async #next(got: number): Promise<Uint8Array> {
    if (this.#rest.length > 0) {
      const piece = this.#rest;
      this.#rest = new Uint8Array(0);
      return piece;
    }
    for (;;) {
      const piece = this.#stream.read() as Buffer | null;
      if (piece !== null) return piece;
      if (this.#ended) throw new StreamEnded(got);
      await this.#readableOrOver();
    }
  }

  #readableOrOver(): Promise<void> {
    const events = ['readable', 'end', 'close', 'error'] as const;
    return new Promise((resolve) => {
      const done = () => {
        for (const event of events) this.#stream.off(event, done);
        resolve();
      };
      for (const event of events) this.#stream.on(event, done);
    });
  }
}
