/** Newton's method comes from the left of the smallest root and doubles its digits; a double root takes longer. */
const MOST_STEPS = 60;
const PRECISION = 1e-15;

/**
 * The eigenvector of the smallest eigenvalue of positive semi-definite, symmetric 4 x 4 matrices.
 *
 * The eigenvalue is the first root of the characteristic polynomial: all four are real, so Newton's method started at 0
 * cannot step over it. The vector is the longest column of the adjugate of (matrix - root x identity), which has rank 1.
 * That is several times quicker than turning axis after axis, and a picture has 300,000 such matrices.
 *
 * @returns a function of a row-major matrix that fills `vector` (not of unit length), or says false where the smallest
 * eigenvalue is shared by several directions. It keeps its scratch space: make one for many matrices.
 */
export function smallestEigenvector4(): (matrix: Float64Array, vector: Float64Array) => boolean {
  const adjugate = new Float64Array(16);
  const shifted = new Float64Array(16);
  return (matrix, vector) => {
    const determinant = adjugateOf(matrix, adjugate);
    const trace = matrix[0] + matrix[5] + matrix[10] + matrix[15];
    const minors2 =
      minor(matrix, 0, 1) +
      minor(matrix, 0, 2) +
      minor(matrix, 0, 3) +
      minor(matrix, 1, 2) +
      minor(matrix, 1, 3) +
      minor(matrix, 2, 3);
    const minors3 = adjugate[0] + adjugate[5] + adjugate[10] + adjugate[15];
    let root = 0;
    for (let step = 0; step < MOST_STEPS; step++) {
      const value = (((root - trace) * root + minors2) * root - minors3) * root + determinant;
      const slope = ((4 * root - 3 * trace) * root + 2 * minors2) * root - minors3;
      const change = value / slope;
      // The slope is negative left of the root; anything else is rounding, and no further digit is to be had.
      if (!(slope < 0) || Math.abs(change) <= PRECISION * trace) break;
      root -= change;
    }
    shifted.set(matrix);
    for (let i = 0; i < 16; i += 5) shifted[i] -= root;
    adjugateOf(shifted, adjugate);
    let longest = 0;
    for (let i = 1; i < 4; i++) if (Math.abs(adjugate[5 * i]) > Math.abs(adjugate[5 * longest])) longest = i;
    for (let i = 0; i < 4; i++) vector[i] = adjugate[4 * longest + i];
    return Math.abs(adjugate[5 * longest]) > PRECISION * trace * trace * trace;
  };
}

const minor = (a: Float64Array, i: number, j: number) => a[5 * i] * a[5 * j] - a[4 * i + j] * a[4 * i + j];

/** Fills `b` with the adjugate of a symmetric matrix by its 2 x 2 minors (Laplace); gives the determinant. */
function adjugateOf(a: Float64Array, b: Float64Array): number {
  const a01 = a[1];
  const a02 = a[2];
  const a03 = a[3];
  const a12 = a[6];
  const a13 = a[7];
  const a23 = a[11];
  const s0 = a[0] * a[5] - a01 * a01;
  const s1 = a[0] * a12 - a01 * a02;
  const s2 = a[0] * a13 - a01 * a03;
  const s3 = a01 * a12 - a[5] * a02;
  const s4 = a01 * a13 - a[5] * a03;
  const s5 = a02 * a13 - a12 * a03;
  const c5 = a[10] * a[15] - a23 * a23;
  const c4 = a12 * a[15] - a13 * a23;
  const c3 = a12 * a23 - a13 * a[10];
  const c2 = a02 * a[15] - a03 * a23;
  const c1 = a02 * a23 - a03 * a[10];
  const c0 = a02 * a13 - a03 * a12;
  b[0] = a[5] * c5 - a12 * c4 + a13 * c3;
  b[5] = a[0] * c5 - a02 * c2 + a03 * c1;
  b[10] = a03 * s4 - a13 * s2 + a[15] * s0;
  b[15] = a02 * s3 - a12 * s1 + a[10] * s0;
  b[1] = b[4] = -a01 * c5 + a02 * c4 - a03 * c3;
  b[2] = b[8] = a13 * s5 - a23 * s4 + a[15] * s3;
  b[3] = b[12] = -a12 * s5 + a[10] * s4 - a23 * s3;
  b[6] = b[9] = -a03 * s5 + a23 * s2 - a[15] * s1;
  b[7] = b[13] = a02 * s5 - a[10] * s2 + a23 * s1;
  b[11] = b[14] = -a02 * s4 + a12 * s2 - a23 * s0;
  return s0 * c5 - s1 * c4 + s2 * c3 + s3 * c2 - s4 * c1 + s5 * c0;
}
