import { basename, join, resolve } from 'node:path';
import { ResourceError, UsageError } from '../core/errors.ts';
import { type AnyRecord, type JointRecord, type PartRecord, worstOutcome } from '../core/joint-record.ts';
import { unknownName } from '../core/nearest.ts';
import type { RunRecord } from '../core/record.ts';
import { newRunDirectory, writeRecord } from './directory.ts';
import { progressOfPart } from './progress.ts';
import { KEPT_PREDICTIONS, runFolders } from './records.ts';
import type { RunSurroundings } from './request.ts';
import { isComparable, type RescoreOptions, rescorePart, whole } from './rescore-part.ts';

export interface RescoreRequest extends RescoreOptions {
  /** As findRun takes it; of "latest" and of a suite, the newest run that kept predictions. */
  readonly run: string;
  /** Ids; default every entry that has predictions. */
  readonly entries?: readonly string[];
  /** The new run's own directory; default results/<suite>/<run>-rescored-<time>. */
  readonly output?: string;
}

/**
 * Scores the stored predictions of a run again. The result is a run of its own, of as many parts as have an entry to
 * score, there whole or not at all. Nothing is inferred, so nothing is timed; costs are those of the first run.
 * @throws DensebenchError; InterruptedError when nothing was kept.
 */
export async function rescore(
  request: RescoreRequest,
  surroundings: RunSurroundings,
): Promise<{ readonly record: AnyRecord; readonly directory: string }> {
  const startedAt = surroundings.now();
  const { directory: from, records, joint } = runFolders(request.run, KEPT_PREDICTIONS);
  const { runId, suite } = joint ?? records[0];
  const to = resolve(request.output ?? newRunDirectory(suite.id, startedAt, { prefix: `${runId}-rescored-` }));
  if (!joint) {
    const record = await rescorePart({ ...request, from, to, runId: basename(to) }, surroundings);
    return { record, directory: to };
  }
  const chosen = chosenParts(joint, request.entries);
  const record = await whole(to, async (folder) => {
    const parts: PartRecord[] = [];
    for (const { part, entries } of chosen) {
      const { id } = part;
      const place = { from: join(from, id), to: join(folder, id), runId: `${basename(to)}.${id}` };
      const within = { ...surroundings, progress: progressOfPart(surroundings.progress, id) };
      parts.push({ ...part, record: await rescorePart({ ...request, ...place, entries }, within) });
    }
    const isAsFirst = parts.every((one, i) => isComparable(one.record, chosen[i].part.record));
    const rescored: JointRecord = {
      ...joint,
      runId: basename(to),
      outcome: worstOutcome(parts.map((part) => part.record)),
      startedAt: startedAt.toISOString(),
      finishedAt: surroundings.now().toISOString(),
      command: request.command,
      parts,
      reported: isAsFirst ? joint.reported : [],
    };
    writeRecord(folder, rescored);
    return rescored;
  });
  return { record, directory: to };
}

/** An entry need not run in every part; parts that have none of those wanted are left out. */
function chosenParts({ runId, parts }: JointRecord, wanted: readonly string[] | undefined) {
  const all = parts.map((part) => ({ part, entries: predictingIds(part.record) }));
  const known = [...new Set(all.flatMap(({ entries }) => entries))];
  const unknown = wanted?.find((id) => !known.includes(id));
  if (unknown !== undefined) throw new UsageError(unknownName('entry', unknown, known));
  if (known.length === 0) throw new ResourceError(`run ${runId}: none of its entries has a prediction`);
  return all
    .map(({ part, entries }) => ({ part, entries: entries.filter((id) => wanted?.includes(id) ?? true) }))
    .filter(({ entries }) => entries.length > 0);
}

const predictingIds = ({ entries }: RunRecord): string[] =>
  entries.flatMap((entry) => (entry.kind === 'measured' && entry.images > 0 ? [entry.id] : []));
