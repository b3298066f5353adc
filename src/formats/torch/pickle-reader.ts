import type { Hand, Value } from './values.ts';

/** A pickle is read from here; `refuse` names the file and is told the byte. */
export interface PickleSource {
  readonly bytes: Uint8Array;
  /** @throws ResourceError */
  refuse(what: string, at: number): never;
  /** The global of that name, or refuses. */
  global(module: string, name: string, hand: Hand): Value;
  /** What stands for a persistent id, or refuses. */
  persistent(id: Value, hand: Hand): Value;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder('latin1');

/** The arguments of opcodes: little-endian numbers, counted bytes, lines of text. */
export class PickleReader {
  at: number;
  readonly #source: PickleSource;
  readonly #view: DataView;

  constructor(source: PickleSource, start: number) {
    const { bytes } = source;
    this.#source = source;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
  }

  uint8 = (): number => this.#view.getUint8(this.#skip(1));
  uint16 = (): number => this.#view.getUint16(this.#skip(2), true);
  int32 = (): number => this.#view.getInt32(this.#skip(4), true);
  uint32 = (): number => this.#view.getUint32(this.#skip(4), true);
  uint64 = (): number => Number(this.#view.getBigUint64(this.#skip(8), true));
  /** The one number that pickles write big-endian. */
  float64 = (): number => this.#view.getFloat64(this.#skip(8), false);

  bytes(length: number): Uint8Array {
    const start = this.#skip(length);
    return this.#source.bytes.subarray(start, start + length);
  }

  text(length: number): string {
    const start = this.at;
    const bytes = this.bytes(length);
    try {
      return utf8.decode(bytes);
    } catch {
      return this.#source.refuse('a string that is not UTF-8', start);
    }
  }

  /** A string of Python 2 has no encoding: UTF-8 where it can be, as it is for names. */
  byteText(length: number): string {
    const bytes = this.bytes(length);
    try {
      return utf8.decode(bytes);
    } catch {
      return latin1.decode(bytes);
    }
  }

  line(): string {
    const end = this.#source.bytes.indexOf(0x0a, this.at);
    if (end < 0) return this.#source.refuse('a line without an end', this.at);
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  #skip(length: number): number {
    const start = this.at;
    const left = this.#source.bytes.length - start;
    if (length > left)
      this.#source.refuse(`truncated: ${length} bytes are needed, ${Math.max(0, left)} are left`, start);
    this.at = start + length;
    return start;
  }
}
