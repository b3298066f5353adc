import type { RunRecord } from '../core/record.ts';
import type { Task } from '../core/tasks.ts';

/** The protocol whose figures of a task stand in the table over all parts: the first that covers it. */
export const mainProtocol = (
  { protocols }: Pick<RunRecord, 'protocols'>,
  task: Task,
): RunRecord['protocols'][number] | undefined => protocols.find((protocol) => protocol[task] !== undefined);
