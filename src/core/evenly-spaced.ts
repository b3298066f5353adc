/** `count` indices spread evenly over 0..total-1, ascending; all of them when count >= total. */
export function evenlySpaced(total: number, count: number): number[] {
  const n = Math.min(total, count);
  return Array.from({ length: n }, (_, i) => Math.floor(((i + 0.5) * total) / n));
}
