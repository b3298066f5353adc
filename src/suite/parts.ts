import { fingerprint } from '../core/canonical.ts';
import { UsageError } from '../core/errors.ts';
import { taskOf } from '../core/figure-name.ts';
import { mergeMappings } from '../core/merge.ts';
import { unknownName } from '../core/nearest.ts';
import { deltaMOfPart } from './delta-m.ts';
import type { LoadedPart } from './loaded.ts';
import type { JointSuite, Suite, SuiteEntry, SuitePart } from './schema.ts';

/**
 * The suites that the parts are run as, in their order: <suite>.<part>, with the entries that run there.
 * @throws UsageError for a part, entry or specialist that the suite does not have, with the nearest one.
 */
export function partsOf(joint: JointSuite, file: string): LoadedPart[] {
  const ids = joint.parts.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new UsageError(`${file}: two parts have the id "${twice}"; give each its own`);
  for (const { id, parts = [] } of joint.entries) {
    const unknown = parts.find((part) => !ids.includes(part));
    if (unknown !== undefined)
      throw new UsageError(`${file}: entry ${id}, parts: ${unknownName('part', unknown, ids)}`);
  }
  requireEntry(joint, joint.parity?.reference, `${file}: parity.reference`);
  requireEntry(joint, joint.latency?.compareTo, `${file}: latency.compareTo`);
  for (const [task, single] of Object.entries(joint.deltaM?.singles ?? {}))
    requireEntry(joint, single, `${file}: deltaM.singles.${task}`);
  return joint.parts.map((part) => {
    const suite = suiteOf(joint, part, file);
    const { id, title = id, specialist } = part;
    requireSpecialist(joint, suite, part, file);
    for (const entry of Object.keys(part.variants ?? {}))
      requireEntry(joint, entry, `${file}: part ${part.id}, variants`);
    return {
      suite,
      file,
      hash: fingerprint(suite),
      part: { id, title, ...(specialist !== undefined && { specialist }) },
    };
  });
}

/** Of all parts together: what a joint record was made by. */
export const jointHash = ({ suite, parts }: { suite: JointSuite; parts: readonly LoadedPart[] }): string =>
  fingerprint({ id: suite.id, reported: suite.reported, parts: parts.map(({ part, hash }) => [part, hash]) });

function suiteOf(joint: JointSuite, part: SuitePart, file: string): Suite {
  const { id, title, limit, latency, parity, columns, panels } = joint;
  const entries = joint.entries.filter(({ parts }) => parts?.includes(part.id) ?? true);
  if (entries.length === 0)
    throw new UsageError(`${file}: no entry runs in part ${part.id}; remove the part, or name it`);
  const has = (entry: string | undefined) => entries.some((other) => other.id === entry);
  const { tasks = joint.tasks, protocols = joint.protocols } = part;
  if (!tasks || !protocols)
    throw new UsageError(`${file}: part ${part.id} lacks ${tasks ? 'protocols' : 'tasks'}; give it some, or the suite`);
  const timed = part.latency === undefined ? latency : (part.latency ?? undefined);
  const { compareTo, ...alone } = timed ?? { compareTo: undefined };
  const deltaM = part.deltaM ?? deltaMOfPart(joint.deltaM, tasks, entries);
  const shown = columns?.filter((column) => tasks.some((task) => taskOf(column) === task));
  return {
    id: `${id}.${part.id}`,
    title: `${title}: ${part.title ?? part.id}`,
    data: part.data,
    ...(limit !== undefined && { limit }),
    tasks,
    protocols,
    entries: entries.map((entry) => entryOf(entry, part)),
    reported: [],
    ...(shown && { columns: shown }),
    ...(deltaM && { deltaM }),
    // What an entry of another part is the reference of is not measured here.
    ...(timed && { latency: part.latency || has(compareTo) ? timed : (alone as typeof timed) }),
    ...(has(parity?.reference) && { parity }),
    panels,
  };
}

/** What the part says of this row goes before the row's own change of the card, and that before the part's of all. */
function entryOf({ parts: _, ...entry }: SuiteEntry, { variant, variants = {} }: SuitePart): SuiteEntry {
  const own = Object.hasOwn(variants, entry.id) ? variants[entry.id] : undefined;
  if (entry.model === undefined || (variant ?? own) === undefined) return entry;
  const changes = [variant, entry.variant, own].flatMap((change) => change ?? []);
  return { ...entry, variant: changes.reduce<unknown>(mergeMappings, {}) as SuiteEntry['variant'] };
}

function requireEntry({ entries }: JointSuite, wanted: string | undefined, where: string): void {
  const ids = entries.map(({ id }) => id);
  if (wanted !== undefined && !ids.includes(wanted))
    throw new UsageError(`${where}: ${unknownName('entry', wanted, ids)}`);
}

function requireSpecialist(joint: JointSuite, { entries, tasks }: Suite, part: SuitePart, file: string): void {
  const { specialist } = part;
  const where = `${file}: part ${part.id}, specialist`;
  if (specialist === undefined) return;
  const named = typeof specialist === 'string' ? [specialist] : Object.entries(specialist).flat();
  for (const id of named) {
    requireEntry(joint, id, where);
    if (!entries.some((entry) => entry.id === id))
      throw new UsageError(`${where}: entry ${id} does not run in this part; add it to its "parts"`);
  }
  if (!tasks.includes('segmentation'))
    throw new UsageError(
      `${where}: the mIoU is compared, and the part has only ${tasks.join(', ')}; remove the specialist`,
    );
}
