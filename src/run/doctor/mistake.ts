import type { ModelCard } from '../../backends/model-card.ts';
import type { TaskProtocols } from '../../core/protocol.ts';
import type { Task, TaskRasters } from '../../core/tasks.ts';
import type { Evidence } from './evidence/index.ts';

/** One image with what was predicted and what is true. */
export interface Case<T extends Task> {
  readonly id: string;
  /** Scene or drive: intervals resample groups. */
  readonly group: string;
  readonly prediction: TaskRasters[T];
  readonly truth: TaskRasters[T];
  /** 0 = the pixel does not count. */
  readonly mask?: Uint8Array;
  /** The same depth by the data set's other truth (raw, in-painted), where there is one. */
  readonly otherTruth?: TaskRasters[T];
}

/** What a case is after mending; what is left out stays as it is. */
export interface Mended<T extends Task> {
  readonly prediction?: TaskRasters[T];
  readonly truth?: TaskRasters[T];
  readonly protocol?: TaskProtocols[T];
}

/** One way to mend a mistake. */
export interface Try<T extends Task> {
  /** What is done, e.g. "prediction x 0.001". */
  readonly words: string;
  /** `index`: of the case, in the order of the evidence. */
  readonly mend: (given: Case<T>, index: number) => Mended<T>;
  /** Why this would not be the mistake even where the score gets better. */
  readonly doubt?: string;
  /** The contrary change: what is gained must be gained against it too, or it comes from smoothing. */
  readonly contrary?: (given: Case<T>, index: number) => Mended<T>;
  /** Own sums in place of the metric's, where the figure that moves is another program's. */
  readonly measures?: (
    given: Case<T>,
    protocol: TaskProtocols[T],
  ) => { readonly now: Float64Array; readonly after: Float64Array };
}

/** A mistake that shows in predictions and truth. */
export interface Mistake<T extends Task> {
  readonly title: string;
  /** The figure that moves, where it is not the one by which the task is judged. */
  readonly figure?: string;
  /** The share of the error that mending must take away before the mistake is named. */
  readonly least: number;
  /** Ways to mend it, or why nothing can be said on this evidence. */
  readonly tries: (evidence: Evidence[T], protocol: TaskProtocols[T]) => readonly Try<T>[] | NotTestable;
}

export interface NotTestable {
  readonly reason: string;
}

type Input = ModelCard['input'];

/** A mistake in how images are prepared, which shows only when the network is run again. */
export interface InputMistake {
  readonly title: string;
  readonly least: number;
  /** Other preparations, as changes of the card's `input`. */
  readonly changes: (input: Input) => readonly { readonly words: string; readonly input: Partial<Input> }[];
}
