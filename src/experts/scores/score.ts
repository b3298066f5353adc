/** One row of pixels as the experts see it. Probabilities are planar: class, column. */
export interface PixelRow {
  readonly width: number;
  readonly classes: number;
  /** Mean over the experts; of a single one its own. */
  readonly mean: Float64Array;
  readonly experts: readonly Float64Array[];
  /** Mean over the experts for the mirrored image, mirrored back; there where a score needs it. */
  readonly mirrored?: Float64Array;
  /** The class of the layer for each column: the largest of `mean`, the first on ties. */
  readonly labels: Uint8Array;
}

/** How sure of its label a pixel is: 0..1, larger is surer. */
export interface Score {
  readonly title: string;
  /** `mirror`: a second prediction of each image. */
  readonly needs: 'one' | 'mirror' | 'several';
  /** Writes the score of each column into `out`. */
  row(row: PixelRow, out: Float64Array): void;
}
