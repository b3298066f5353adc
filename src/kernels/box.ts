/** Half-open rectangle of pixels: rows top..bottom-1, columns left..right-1, counted from 0. */
export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}
