import { UsageError } from '../../core/errors.ts';
import { unknownName } from '../../core/nearest.ts';
import { flipAgreement } from './flip-agreement.ts';
import { ensembleInformation, ensembleVote } from './of-ensemble.ts';
import { entropy, margin, maxProbability } from './of-probabilities.ts';
import type { Score } from './score.ts';

/** Every score of a label layer by id. Adding one is a file and a line here. */
export const SCORES = {
  'max-probability': maxProbability,
  margin,
  entropy,
  'flip-agreement': flipAgreement,
  'ensemble-vote': ensembleVote,
  'ensemble-information': ensembleInformation,
} as const satisfies Record<string, Score>;

export type ScoreId = keyof typeof SCORES;
export const SCORE_IDS = Object.keys(SCORES) as ScoreId[];

/**
 * The scores that are asked for, in the order of the registry; all that so many experts can have where none is.
 * @throws UsageError with the nearest id, and for a score that needs several experts where there is one.
 */
export function chosenScores(asked: readonly string[] | undefined, experts: number): ScoreId[] {
  for (const id of asked ?? [])
    if (!Object.hasOwn(SCORES, id)) throw new UsageError(unknownName('score', id, SCORE_IDS));
  const possible = SCORE_IDS.filter((id) => experts > 1 || SCORES[id].needs !== 'several');
  const alone = asked?.find((id) => !possible.includes(id as ScoreId));
  if (alone !== undefined)
    throw new UsageError(`--score ${alone} compares several experts: give --expert more than once`);
  return possible.filter((id) => asked === undefined || asked.includes(id));
}
