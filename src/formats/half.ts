/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
}

/** The largest finite float16; what rounds beyond it is an overflow. */
export const HALF_MAX = 65504;

/**
 * A float32 as the bits of the nearest float16 (IEEE 754 binary16, ties to even): subnormals are kept, what lies half a
 * step beyond 65504 and further becomes an infinity, NaN stays NaN.
 */
export function halfBits(value: number): number {
  FLOAT[0] = value;
  const bits = BITS[0];
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction ? 0x200 : 0);
  const shifted = exponent - 112; // the biases are 127 and 15
  if (shifted >= 31) return sign | 0x7c00;
  if (shifted > 0) return sign + roundShift((shifted << 23) | fraction, 13);
  // Below 2^-14 the hidden bit moves into the fraction; below 2^-25 nothing is left.
  const shift = 14 - shifted;
  return shift > 24 ? sign : sign | roundShift(fraction | 0x800000, shift);
}

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/** value / 2^shift, rounded to nearest, ties to even; a carry into the exponent is the right next number. */
function roundShift(value: number, shift: number): number {
  const kept = value >>> shift;
  const lost = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return lost > half || (lost === half && (kept & 1) === 1) ? kept + 1 : kept;
}
