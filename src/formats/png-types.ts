/**
 * A decoded PNG: row-major, channel-last samples as stored.
 *
 * - Colour types give 1 (grey or palette), 2 (grey + alpha), 3 (RGB) or 4 (RGBA) channels; transparency chunks are
 *   not turned into a channel.
 * - 16-bit samples are in a Uint16Array, all others one per byte in a Uint8Array.
 * - Samples of 1, 2 and 4 bits keep their raw value (0..2^sampleBits-1), because label files store ids that way. A
 *   reader of photographs multiplies grey by 255 / (2^sampleBits - 1).
 * - With a palette, data are the indices and channels is 1.
 */
export interface PngImage {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 2 | 3 | 4;
  /** Of `data`: 16 only where the file has 16 bits a sample. */
  readonly bitDepth: 8 | 16;
  /** Bits of a sample in the file. */
  readonly sampleBits: 1 | 2 | 4 | 8 | 16;
  readonly data: Uint8Array | Uint16Array;
  /** RGB triples; an index may lie beyond its end in a damaged file. */
  readonly palette?: Uint8Array;
}
