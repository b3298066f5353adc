import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { canonicalJson, sha256 } from '../core/canonical.ts';
import { messageOf, ResourceError, UsageError } from '../core/errors.ts';
import type { ParityFigures } from '../core/parity.ts';
import type { Task } from '../core/tasks.ts';
import { type ScannedLine, scanLines } from './journal-scan.ts';

export const JOURNAL_SCHEMA = 'densebench.journal/1';
const FSYNC_EVERY_LINES = 16;

/** The sufficient statistics of one image under every protocol of the run: protocol id -> task -> tally. */
export type Tallies = Readonly<Record<string, Readonly<Partial<Record<Task, unknown>>>>>;

/** Hash of the truth that was compared with, per task: part of the evidence. */
export type TruthHashes = Readonly<Partial<Record<Task, string>>>;

export interface TallyLine {
  readonly kind: 'tally';
  readonly entry: string;
  readonly sample: string;
  readonly truth: TruthHashes;
  /** Hash of the picture; absent where the predictor did not look at it. */
  readonly image?: string;
  readonly tallies: Tallies;
}
export interface FailureLine {
  readonly kind: 'failure';
  readonly entry: string;
  readonly sample: string;
  readonly message: string;
}
/** How far the outputs of an image are from those of the reference entry. */
export interface ParityLine {
  readonly kind: 'parity';
  /** The entry it was compared with. */
  readonly reference: string;
  readonly entry: string;
  readonly sample: string;
  readonly figures: ParityFigures;
}
/** Hash of what an entry put out for an image: the audit of the timed run must find the same. */
export interface OutputsLine {
  readonly kind: 'outputs';
  readonly entry: string;
  readonly sample: string;
  readonly sha256: string;
}
/** Which predictor made an entry's tallies; a resumed run must open the same. */
export interface EntryLine {
  readonly kind: 'entry';
  readonly entry: string;
  readonly identity: string;
}
export interface HeaderLine {
  readonly kind: 'plan';
  readonly schema: typeof JOURNAL_SCHEMA;
  readonly plan: string;
}
export type JournalLine = HeaderLine | EntryLine | TallyLine | FailureLine | ParityLine | OutputsLine;

interface Place {
  readonly offset: number;
  readonly length: number;
  readonly hash: string;
  readonly truth: TruthHashes;
  readonly image?: string;
}

/** The few calls to the system that the journal writes by; tests pass one that fails. */
export interface JournalFile {
  write(fd: number, bytes: Uint8Array, position: number): number;
  sync(fd: number): void;
}
const SYSTEM: JournalFile = {
  write: (fd, bytes, position) => writeSync(fd, bytes, 0, bytes.length, position),
  sync: fsyncSync,
};

/**
 * The append-only record of work done: one line per image and entry, each with its own checksum. Only the place of a
 * line is kept in memory, so a journal of any length costs little; tallies are read back when figures are made.
 */
export class Journal {
  readonly path: string;
  private readonly fd: number;
  private readonly system: JournalFile;
  private end = 0;
  private unsynced = 0;
  private readonly tallied = new Map<string, Place>();
  private readonly failed = new Map<string, FailureLine>();
  private readonly identities = new Map<string, string>();
  private readonly parities = new Map<string, ParityLine>();
  private readonly outputs = new Map<string, string>();

  private constructor(path: string, fd: number, system: JournalFile) {
    this.path = path;
    this.fd = fd;
    this.system = system;
  }

  /**
   * Opens the journal of a run, new or to be continued. A torn last line (the program was killed while writing) is
   * cut off.
   * @throws UsageError when the journal belongs to another plan; ResourceError when it is damaged or not writable.
   */
  static open(path: string, plan: string, system: JournalFile = SYSTEM): Journal {
    const fresh = !existsSync(path);
    let fd: number;
    try {
      fd = openSync(path, fresh ? 'wx+' : 'r+');
    } catch (error) {
      throw new ResourceError(`${path}: the journal cannot be opened for writing (${messageOf(error)})`);
    }
    const journal = new Journal(path, fd, system);
    try {
      for (const line of scanLines(fd, path)) journal.take(line, plan);
      ftruncateSync(fd, journal.end);
      if (journal.end === 0) journal.append({ kind: 'plan', schema: JOURNAL_SCHEMA, plan });
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return journal;
  }

  private take({ line, offset, length, number }: ScannedLine, plan: string): void {
    this.end = offset + length;
    if (number === 1) {
      if (line.kind !== 'plan' || line.schema !== JOURNAL_SCHEMA)
        throw new ResourceError(`${this.path}:1: not a journal of this version (expected ${JOURNAL_SCHEMA})`);
      if (line.plan !== plan)
        throw new UsageError(
          `${this.path}: belongs to another plan (${line.plan}, now ${plan}): the flags (--limit, --data), the suite, the data, the ` +
            'protocols or the metrics are not those that it began with; repeat its flags, or start a new run',
        );
      return;
    }
    this.note(line);
    if (line.kind === 'tally') this.remember(line, offset, length, number);
  }

  private remember(line: TallyLine, offset: number, length: number, number: number): void {
    const key = keyOf(line.entry, line.sample);
    const hash = sha256(canonicalJson(line));
    const known = this.tallied.get(key);
    if (known && known.hash !== hash)
      throw new ResourceError(
        `${this.path}:${number}: image ${line.sample} of entry ${line.entry} is tallied twice with different results; ` +
          'two different runs wrote here: start a new run',
      );
    this.tallied.set(key, { offset, length, hash, truth: line.truth, image: line.image });
    this.failed.delete(key);
  }

  /** @throws ResourceError when the disk is full or gone; what was written before stays valid. */
  append(line: JournalLine): void {
    const value = JSON.stringify(line);
    const bytes = Buffer.from(`{"sha":"${sha256(value).slice(0, 16)}","line":${value}}\n`, 'utf8');
    const offset = this.end;
    try {
      for (let written = 0; written < bytes.length; )
        written += this.system.write(this.fd, bytes.subarray(written), offset + written);
      this.end += bytes.length;
      if (++this.unsynced >= FSYNC_EVERY_LINES) this.sync();
    } catch (error) {
      throw new ResourceError(
        `${this.path}: the journal cannot be written (${messageOf(error)}); make room, then continue this run with --resume`,
      );
    }
    if (line.kind === 'tally') this.remember(line, offset, bytes.length, 0);
    this.note(line);
  }

  private note(line: JournalLine): void {
    if (line.kind === 'entry') this.identities.set(line.entry, line.identity);
    if (line.kind === 'failure') this.failed.set(keyOf(line.entry, line.sample), line);
    if (line.kind === 'parity') this.parities.set(keyOf(line.entry, line.sample), line);
    if (line.kind === 'outputs') this.outputs.set(keyOf(line.entry, line.sample), line.sha256);
  }

  private sync(): void {
    this.unsynced = 0;
    this.system.sync(this.fd);
  }

  isTallied(entry: string, sample: string): boolean {
    return this.tallied.has(keyOf(entry, sample));
  }

  /** Hashes of the truth that an image was compared with; undefined while it is not tallied. */
  truthOf(entry: string, sample: string): TruthHashes | undefined {
    return this.tallied.get(keyOf(entry, sample))?.truth;
  }

  /** Hash of the picture that a tally was made from; undefined where the predictor did not look at it. */
  imageOf(entry: string, sample: string): string | undefined {
    return this.tallied.get(keyOf(entry, sample))?.image;
  }

  identityOf(entry: string): string | undefined {
    return this.identities.get(entry);
  }

  /** Undefined where the image was not compared with this reference entry. */
  parityOf(entry: string, sample: string, reference: string): ParityFigures | undefined {
    const line = this.parities.get(keyOf(entry, sample));
    return line?.reference === reference ? line.figures : undefined;
  }

  /** SHA-256 of what the entry put out for an image; undefined where it was not kept. */
  outputsOf(entry: string, sample: string): string | undefined {
    return this.outputs.get(keyOf(entry, sample));
  }

  failures(): FailureLine[] {
    return [...this.failed.values()];
  }

  /** Lines of an entry in the order of `samples`; samples without one are passed over. */
  *tallies(entry: string, samples: Iterable<string>): Generator<TallyLine> {
    for (const sample of samples) {
      const place = this.tallied.get(keyOf(entry, sample));
      if (!place) continue;
      const bytes = Buffer.alloc(place.length);
      readSync(this.fd, bytes, 0, place.length, place.offset);
      yield (JSON.parse(bytes.toString('utf8')) as { line: TallyLine }).line;
    }
  }

  close(): void {
    try {
      this.sync();
    } finally {
      closeSync(this.fd);
    }
  }
}

const keyOf = (entry: string, sample: string) => `${entry}\n${sample}`;
