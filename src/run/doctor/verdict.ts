import type { Task } from '../../core/tasks.ts';
import type { Interval } from '../../stats/bootstrap.ts';
import type { Confidence } from './judge.ts';
import { YARDSTICKS } from './yardstick.ts';

/** What was tried, and how the figure of the task would move. */
interface TriedEffect {
  readonly words: string;
  /** null: undefined. */
  readonly now: number | null;
  readonly after: number | null;
  /** 95 % interval of `after - now`; null where it was not needed, or too few images allow none. */
  readonly change: Interval | null;
}

export interface Verdict {
  readonly task: Task;
  readonly mistake: string;
  readonly title: string;
  /** What `effect` is about. */
  readonly figure: string;
  readonly verdict: 'found' | 'not found' | 'not testable';
  /** Why it was not found or cannot be tested. */
  readonly reason?: string;
  readonly effect?: TriedEffect;
  /** Of what was found. */
  readonly confidence?: Confidence;
  /** Found, too, but explained better by this mistake of the same task. */
  readonly explainedBy?: string;
}

/** All plain JSON. */
export interface Diagnosis {
  readonly title: string;
  readonly images: number;
  readonly imagesInAll: number;
  readonly groups: number;
  /** The figure by which each task was judged. */
  readonly figures: readonly {
    readonly task: Task;
    readonly key: string;
    readonly unit: string;
    readonly better: 'higher' | 'lower';
    readonly value: number | null;
    readonly reason?: string;
  }[];
  readonly verdicts: readonly Verdict[];
}

/** Two explanations are equally good when the errors that they leave differ by less than this share. */
const AS_GOOD = 0.1;

/** Of several mistakes found in one task, the one that leaves the least error is named; among equals the first. */
export function resolve(verdicts: readonly Verdict[]): Verdict[] {
  const remaining = ({ task, effect }: Verdict) => YARDSTICKS[task].error(effect?.after ?? Infinity);
  return verdicts.map((verdict) => {
    if (verdict.verdict !== 'found') return verdict;
    const rivals = verdicts.filter((other) => other.figure === verdict.figure && other.verdict === 'found');
    const least = Math.min(...rivals.map(remaining));
    const named = rivals.find((rival) => remaining(rival) <= (1 + AS_GOOD) * least) as Verdict;
    return named === verdict ? verdict : { ...verdict, explainedBy: named.mistake };
  });
}
