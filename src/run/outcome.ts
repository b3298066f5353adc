import type { MeasuredEntry, RunRecord } from '../core/record.ts';

/** `failed`: an entry without a single image; `partial`: an image failed, or an entry that the suite needs. */
export function outcomeOf(entries: readonly MeasuredEntry[], failures: RunRecord['failures']): RunRecord['outcome'] {
  if (entries.length === 0 || entries.some(({ images }) => images === 0)) return 'failed';
  return failures.some(({ allowed }) => !allowed) ? 'partial' : 'complete';
}
