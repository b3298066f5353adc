import type { Split } from '../core/dataset.ts';
import { UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import type { DepthTruth } from '../core/protocol.ts';

/** What is asked of a data set whose folder is known. */
export interface OpenRequest {
  readonly directory: string;
  readonly split: Split;
  /** Class count, where the data set offers several taxonomies; else it must be the one there is. */
  readonly classes?: number;
  /** Which depth is the truth; likewise. */
  readonly depth?: DepthTruth;
}

/** @throws UsageError with the nearest name when the card has no such split. */
export function requireSplit(id: string, split: Split, offered: readonly Split[]): void {
  if (!offered.includes(split)) throw new UsageError(`data set ${id}: ${unknownName('split', split, offered)}`);
}

/**
 * What is asked, or the first that is offered when the question is left open.
 * @throws UsageError when it is not offered: nothing is changed in silence.
 */
export function requireOffered<T extends string | number>(
  id: string,
  what: string,
  asked: string | number | undefined,
  offered: readonly T[],
): T {
  const chosen = asked === undefined ? offered[0] : offered.find((one) => one === asked);
  if (chosen !== undefined) return chosen;
  throw new UsageError(`data set ${id}: ${what} ${asked} is not offered; it has ${offered.join(' or ') || 'none'}`);
}
