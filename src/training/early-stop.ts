import type { TrainingProgress, TrainingState } from './checkpoint.ts';
import type { Recipe } from './recipe.ts';
import { isBetter } from './validate.ts';

/** Whether training has waited for a better validation as long as the recipe wants. */
export const isStopped = ({ earlyStop }: Recipe, { waited }: TrainingProgress): boolean =>
  earlyStop !== undefined && waited >= earlyStop.patience;

/** Keeps the best weights, or counts how long there were none. @param value of the figure; undefined is not better */
export function judge({ earlyStop }: Recipe, state: TrainingState, value: number | undefined): void {
  if (!earlyStop) return;
  const { progress, parameters, best } = state;
  if (value !== undefined && (progress.best === undefined || isBetter(earlyStop.key, value, progress.best.value))) {
    best.values.set(parameters.values);
    best.running.set(parameters.running);
    state.progress = { ...progress, best: { step: progress.step, value }, waited: 0 };
  } else state.progress = { ...progress, waited: progress.waited + 1 };
}
