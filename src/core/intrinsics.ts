/** A pinhole camera. The centre of pixel (row 0, column 0) lies at (0, 0); a ray through column u has x = (u - cxPx) / fxPx, z = 1. */
export interface Intrinsics {
  readonly fxPx: number;
  readonly fyPx: number;
  readonly cxPx: number;
  readonly cyPx: number;
}
