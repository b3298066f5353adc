import type { TaskProtocols } from '../../core/protocol.ts';
import type { Task } from '../../core/tasks.ts';
import type { Case, Try } from './mistake.ts';
import { measure, YARDSTICKS } from './yardstick.ts';

/** A figure as it is and as it would be, image by image. */
export interface Trial {
  readonly words: string;
  readonly doubt?: string;
  readonly now: readonly Float64Array[];
  readonly after: readonly Float64Array[];
  /** After the contrary change, where there is one. */
  readonly contrary?: readonly Float64Array[];
}

/** Takes the images of one task one after another, and mends each in every way by the run's own metric and protocol. */
export function trialRunner<T extends Task>(task: T, protocol: TaskProtocols[T], tries: readonly Try<T>[]) {
  const now: Float64Array[] = [];
  const trials = tries.map(({ words, doubt, contrary, measures }) => ({
    words,
    doubt,
    now: measures ? ([] as Float64Array[]) : now,
    after: [] as Float64Array[],
    ...(contrary && { contrary: [] as Float64Array[] }),
  }));
  return {
    trials: trials as readonly Trial[],
    now: now as readonly Float64Array[],
    add(given: Case<T>): void {
      const index = now.length;
      now.push(measure(task, given, protocol).sums);
      tries.forEach(({ mend, contrary, measures }, k) => {
        const trial = trials[k];
        if (measures) {
          const own = measures(given, protocol);
          trial.now.push(own.now);
          trial.after.push(own.after);
          return;
        }
        trial.after.push(measure(task, given, protocol, mend(given, index)).sums);
        if (contrary) trial.contrary?.push(measure(task, given, protocol, contrary(given, index)).sums);
      });
    },
  };
}

/** The figure over images that are given by their sums. NaN where nothing counts. */
export function figureOver(task: Task, images: readonly Float64Array[]): number {
  if (images.length === 0) return Number.NaN;
  const total = new Float64Array(images[0].length);
  for (const sums of images) for (let i = 0; i < total.length; i++) total[i] += sums[i];
  return YARDSTICKS[task].value(total);
}
