/** Reads exact counts of bytes from a stream of chunks, without holding more than one chunk and one request. */
export class ByteReader {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  /** The next bytes, at most `bytes` of them and at least one; undefined at the end. */
  private async some(bytes: number): Promise<Uint8Array | undefined> {
    while (this.rest.length === 0) {
      const next = await this.chunks.next();
      if (next.done) return undefined;
      this.rest = next.value;
    }
    const taken = this.rest.subarray(0, bytes);
    this.rest = this.rest.subarray(taken.length);
    return taken;
  }

  /** Yields exactly `bytes` bytes, in pieces; fewer only where the source ends. */
  async *pieces(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0; ) {
      const piece = await this.some(left);
      if (!piece) return;
      left -= piece.length;
      yield piece;
    }
  }

  /** Exactly `bytes` bytes; fewer only where the source ends. */
  async take(bytes: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.pieces(bytes)) pieces.push(piece);
    return Buffer.concat(pieces);
  }
}
