import type { MeasuredEntry, RunRecord } from '../core/record.ts';

/** `failed`: an entry without a single image; `partial`: an image or an entry failed. */
export function outcomeOf(entries: readonly MeasuredEntry[], failures: RunRecord['failures']): RunRecord['outcome'] {
  if (entries.length === 0 || entries.some(({ images }) => images === 0)) return 'failed';
  return failures.length > 0 ? 'partial' : 'complete';
}
