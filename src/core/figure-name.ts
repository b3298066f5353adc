import { POOLINGS, type Pooling } from './reading.ts';
import { TASKS, type Task } from './tasks.ts';

/** What a name of a figure says, as suites, presets and records write it: "depth/absRel", or "depth/absRel@image". */
export interface FigureName {
  /** Undefined where the name begins with no task, e.g. "parity/violations". */
  readonly task: Task | undefined;
  /** The name without its pooling, as readings have it. */
  readonly key: string;
  readonly pooling?: Pooling;
}

/** Only the word of a pooling is cut off: the names of classes may hold "@" and "/". */
export function figureName(name: string): FigureName {
  const pooling = POOLINGS.find((word) => name.endsWith(`@${word}`));
  const key = pooling === undefined ? name : name.slice(0, -1 - pooling.length);
  const task = TASKS.find((candidate) => key.startsWith(`${candidate}/`));
  return { task, key, ...(pooling !== undefined && { pooling }) };
}

/** The task of a figure's name or key. */
export const taskOf = (name: string): Task | undefined => figureName(name).task;
