import { z } from 'zod';
import type { DeltaMTerm } from '../core/record.ts';
import { TASKS, type Task } from '../core/tasks.ts';

/** The figure that stands for a task where the suite names none. */
const USUAL: Readonly<Record<Task, string>> = {
  segmentation: 'segmentation/mIoU',
  depth: 'depth/rmse',
  normals: 'normals/meanDeg',
};

const byTask = (what: string) => z.partialRecord(z.enum(TASKS), z.string().min(1)).meta({ description: what });

export const deltaMSchema = z
  .strictObject({
    singles: byTask('for each task the id of the entry that was made for it alone').refine(
      (singles) => Object.keys(singles).length > 0,
      'name an entry for at least one task, e.g. {depth: depth-alone}',
    ),
    figures: byTask(`the figure that stands for a task; default: ${Object.values(USUAL).join(', ')}`).default({}),
  })
  .refine(({ singles, figures }) => TASKS.every((task) => figures[task] === undefined || singles[task] !== undefined), {
    message: 'names the figure of a task that has no entry in singles',
    path: ['figures'],
  })
  .meta({ description: 'delta_m: the mean relative gain over networks of one task each, in a column of its own' });

type DeltaM = z.output<typeof deltaMSchema>;

/** In the order of the tasks. */
export const deltaMTerms = ({ singles, figures }: DeltaM): DeltaMTerm[] =>
  TASKS.flatMap((task) => {
    const single = singles[task];
    return single === undefined ? [] : [{ task, figure: figures[task] ?? USUAL[task], single }];
  });

/** What of it a part can show: tasks that it measures, with an entry that runs in it. Undefined where nothing is left. */
export function deltaMOfPart(
  deltaM: DeltaM | undefined,
  tasks: readonly Task[],
  entries: readonly { readonly id: string }[],
): DeltaM | undefined {
  if (!deltaM) return undefined;
  const { singles, figures } = deltaM;
  const left = TASKS.filter((task) => tasks.includes(task) && entries.some(({ id }) => id === singles[task]));
  const of = (names: DeltaM['singles']) =>
    Object.fromEntries(left.flatMap((task) => (names[task] === undefined ? [] : [[task, names[task]]])));
  return left.length > 0 ? { singles: of(singles), figures: of(figures) } : undefined;
}
