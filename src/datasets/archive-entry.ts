/** One file of an archive. */
export interface ArchiveEntry {
  readonly name: string;
  readonly bytes: number;
  body(): AsyncIterable<Uint8Array>;
}
