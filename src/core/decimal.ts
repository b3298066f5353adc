/**
 * value x 10^places, exact in decimal: 42.02 shifted by -2 is 0.4202, where 42.02 / 100 need not be. Printed
 * percentages become fractions and fractions become percentages without a digit that nobody measured.
 */
export function shiftDecimal(value: number, places: number): number {
  if (!Number.isFinite(value)) return value;
  const [mantissa, exponent = '0'] = String(value).split('e');
  return Number(`${mantissa}e${Number(exponent) + places}`);
}
