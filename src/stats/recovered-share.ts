/** A mean over seeds with the standard deviation of one training; without it where there is one seed. */
export interface Uncertain {
  readonly mean: number;
  readonly deviation?: number;
}

/** A share, or why there is none. */
export type RecoveredShare = { readonly value: number; readonly deviation?: number } | { readonly reason: string };

/**
 * What of the gap between floor and ceiling a student has recovered: r = (m - f) / (c - f). Its deviation is that of one
 * training each, by propagation of the first order over independent m, f and c:
 *   s_r = sqrt(s_m^2 + (1 - r)^2 s_f^2 + r^2 s_c^2) / (c - f)
 * (dr/dm = 1 / (c - f), dr/df = (r - 1) / (c - f), dr/dc = -r / (c - f)). Where the gap is no larger than its own
 * deviation, a quotient by it says nothing.
 */
export function recoveredShare(student: Uncertain, floor: Uncertain, ceiling: Uncertain): RecoveredShare {
  const gap = ceiling.mean - floor.mean;
  if (gap <= 0) return { reason: 'the ceiling is not above the floor, so there is no gap to recover' };
  const value = (student.mean - floor.mean) / gap;
  const [s, f, c] = [student, floor, ceiling].map(({ deviation }) => deviation);
  if (f === undefined && c === undefined)
    return { reason: 'floor and ceiling are one training each, so nothing says that their gap is more than chance' };
  if (gap <= Math.hypot(f ?? 0, c ?? 0))
    return { reason: 'the gap between floor and ceiling is no larger than its own deviation over seeds' };
  if (s === undefined || f === undefined || c === undefined) return { value };
  return { value, deviation: Math.hypot(s, (1 - value) * f, value * c) / gap };
}
