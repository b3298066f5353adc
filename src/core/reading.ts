/** `pixel`: pooled over all counted pixels; `image`: mean over images that have a counted pixel; `image-rms`: root of the mean of squared per-image values. */
export const POOLINGS = ['pixel', 'image', 'image-rms'] as const;
export type Pooling = (typeof POOLINGS)[number];
export type Better = 'higher' | 'lower' | 'neither';

/** One figure as a metric gives it: a value, or the reason why there is none. Never 0, -1 or NaN for "none". */
export interface Figure {
  /** "task/name", e.g. "depth/rmse", "segmentation/IoU:bed". */
  readonly key: string;
  readonly value: number | undefined;
  /** Set exactly when value is undefined. */
  readonly reason?: string;
  /** SI or "1" for a fraction; percent is a matter of reports. */
  readonly unit: string;
  readonly better: Better;
  readonly pooling: Pooling;
  /** How many pixels (pooling pixel) or images the figure rests on. */
  readonly count: number;
  /** What else decides the value, beside protocol and data: goes into the fingerprint. */
  readonly among?: string;
}

/** A figure with what makes it comparable. */
export interface Reading extends Omit<Figure, 'value' | 'among'> {
  /** null = undefined, with a reason (JSON has no undefined). */
  readonly value: number | null;
  /** Fingerprint of the protocol; "unknown" equals nothing. */
  readonly protocol: string;
}

export const UNKNOWN_PROTOCOL = 'unknown';

/** Readings may be ranked against each other only when they measure the same thing by the same protocol. */
export function comparable(
  a: Pick<Reading, 'key' | 'pooling' | 'protocol'>,
  b: Pick<Reading, 'key' | 'pooling' | 'protocol'>,
): boolean {
  return a.key === b.key && a.pooling === b.pooling && a.protocol === b.protocol && a.protocol !== UNKNOWN_PROTOCOL;
}

/** A figure that exists only where `count` is above zero. */
export function figure(
  definition: Pick<Figure, 'key' | 'unit' | 'better' | 'pooling' | 'among'>,
  value: number | undefined,
  count: number,
  reason?: string,
): Figure {
  const defined = value !== undefined && Number.isFinite(value) && reason === undefined;
  return defined
    ? { ...definition, value, count }
    : { ...definition, value: undefined, reason: reason ?? 'the value is not finite', count };
}
