import { fingerprint } from '../core/canonical.ts';
import type { EntryReading, MeasuredEntry } from '../core/record.ts';
import type { Task } from '../core/tasks.ts';
import { readingsOf } from '../metrics/readings.ts';
import type { RunContext } from './context.ts';
import type { Plan } from './plan.ts';

/** A journal, and what its tallies were made from. */
type Tallied = Pick<RunContext, 'dataset' | 'journal' | 'protocols'> & { readonly plan: Pick<Plan, 'sampleIds'> };

/** Which images and which truth stand behind the readings of each task. */
export function evidenceOf(
  entry: string,
  tasks: readonly Task[],
  tallied: readonly string[],
  { dataset, journal }: Tallied,
): MeasuredEntry['evidence'] {
  const { id, split } = dataset.info;
  const truths = (task: Task) => tallied.map((sample) => [sample, journal.truthOf(entry, sample)?.[task]]);
  return Object.fromEntries(tasks.map((task) => [task, fingerprint([id, split, truths(task)])]));
}

/** The figures of an entry under every protocol. `withheld`: why none of them means anything. */
export function readingsOfEntry(
  entry: string,
  tasks: readonly Task[],
  withheld: string | undefined,
  run: Tallied,
): EntryReading[] {
  const { classNames } = run.dataset.info;
  return run.protocols.flatMap((protocol) =>
    tasks.flatMap((task) => {
      const rules = protocol[task];
      if (!rules) return [];
      const readings = readingsOf(task, talliesOf(run, entry, protocol.id, task), rules, classNames);
      return readings.map((reading) => ({
        ...reading,
        ...(withheld !== undefined && { value: null, reason: withheld }),
        protocolId: protocol.id,
      }));
    }),
  );
}

function* talliesOf({ journal, plan }: Tallied, entry: string, protocol: string, task: Task): Generator<unknown> {
  for (const line of journal.tallies(entry, plan.sampleIds)) {
    const tally = line.tallies[protocol]?.[task];
    if (tally !== undefined) yield tally;
  }
}
