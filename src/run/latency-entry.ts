import { isTimed } from '../backends/backend.ts';
import { backendOf } from '../backends/index.ts';
import type { OpenedPredictor } from '../backends/open.ts';
import { canonicalJson } from '../core/canonical.ts';
import { MeasurementError, messageOf, UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import type { MeasuredEntry } from '../core/record.ts';
import type { Suite, SuiteEntry } from '../suite/schema.ts';
import type { AuditCase } from './audit.ts';
import type { RunContext } from './context.ts';
import { comparePredictors, startLatencyProcess } from './latency-process.ts';
import { judgeLoad } from './latency-stability.ts';
import type { Seat } from './latency-tasks.ts';
import { identityOf } from './plan.ts';

/** The part of an entry's record that latency fills. */
export type EntryLatency = Pick<
  MeasuredEntry,
  'latency' | 'latencyUndefined' | 'latencyRejected' | 'openLoop' | 'openLoopUndefined' | 'openLoopRejected'
>;

/** An entry whose accuracy is known, with what its network was built to. */
export interface DoneEntry {
  readonly entry: SuiteEntry;
  readonly measured: MeasuredEntry;
  readonly built: OpenedPredictor['built'];
}

/** @throws UsageError when the suite compares with an entry that it does not have, or that cannot be timed. */
export function checkLatency(suite: Suite): void {
  const { id, entries, latency } = suite;
  const timed = entries.filter(isTimedEntry);
  const ids = timed.map((entry) => entry.id);
  for (const entry of timed) {
    const where =
      entry.latency?.compareTo === undefined ? `suite ${id}, latency` : `suite ${id}, entry ${entry.id}, latency`;
    const to = rulesOf(entry, suite)?.compareTo;
    if (to === undefined || to === null) continue;
    if (!entries.some((other) => other.id === to))
      throw new UsageError(`${where}.compareTo: ${unknownName('entry', to, ids)}`);
    if (!ids.includes(to))
      throw new UsageError(`${where}.compareTo: entry "${to}" runs no network, so it has no latency`);
  }
  if (latency?.compareTo !== undefined && ids.length === 1)
    throw new UsageError(
      `suite ${id}, latency.compareTo: entry "${latency.compareTo}" would be compared with itself; add another`,
    );
}

type LatencySettings = Omit<NonNullable<Suite['latency']>, 'compareTo'> & {
  /** null: this row is not compared. */
  readonly compareTo?: string | null;
};

/** The suite's rules with what the entry changes; undefined where the suite measures no latency. */
function rulesOf({ latency: own }: SuiteEntry, { latency }: Suite): LatencySettings | undefined {
  return latency && { ...latency, ...own };
}

/** Whether the latency of an entry can be measured. */
export const isTimedEntry = ({ backend }: SuiteEntry): boolean => isTimed(backendOf(backend.id));

/** Absolute latency, and an open loop where the suite asks for one; what cannot be measured leaves a reason. */
export async function latencyOf(
  entry: SuiteEntry,
  { predictor, model, built }: OpenedPredictor,
  sample: string | undefined,
  run: RunContext,
): Promise<EntryLatency> {
  const rules = rulesOf(entry, run.suite);
  if (!run.measureLatency || !rules || !isTimedEntry(entry)) return {};
  const { openLoop } = rules;
  if (sample === undefined) {
    const reason = 'no image could be run';
    return { latencyUndefined: reason, ...(openLoop && { openLoopUndefined: reason }) };
  }
  const seat = await seatOf(entry, identityOf(predictor.card, model?.card), built, sample, run);
  return {
    ...(await absoluteOf(seat, rules, await auditOf(entry, sample, run), run)),
    ...(openLoop && (await openLoopOf(seat, { ...openLoop, warmupSeconds: rules.warmupSeconds }, run))),
  };
}

/** The timed image first, then the others whose outputs the accuracy run kept a hash of. */
async function auditOf(entry: SuiteEntry, timed: string, run: RunContext): Promise<AuditCase[]> {
  const cases: AuditCase[] = [];
  for (const sample of new Set([timed, ...run.audited])) {
    const sha256 = run.journal.outputsOf(entry.id, sample);
    if (sha256 !== undefined) cases.push({ sample, ...(await frameOf(sample, entry, run)), sha256 });
  }
  return cases;
}

/** A disturbance of seconds should not cost a whole run its exit code. */
const ATTEMPTS = 5;

async function absoluteOf(
  seat: Seat,
  rules: LatencySettings,
  audit: readonly AuditCase[],
  run: RunContext,
): Promise<EntryLatency> {
  const { id } = seat.entry;
  const { minimumCount, minimumSeconds, warmupSeconds } = rules;
  let attempt = 1;
  const begin = () => {
    const which = attempt === 1 ? '' : `, attempt ${attempt} of ${ATTEMPTS}`;
    run.progress.start(`${id}: latency, alone in its own process${which}, calls`, minimumCount);
  };
  begin();
  const onCalls = (calls: number) => run.progress.update(Math.min(calls, minimumCount));
  const onRejected = (reason: string) => {
    run.progress.note(`${id}: latency, attempt ${attempt++} of ${ATTEMPTS} is invalid: ${reason}`);
    begin();
  };
  const process = startLatencyProcess({ who: id, signal: run.signal, onCalls, onRejected });
  return undefinedOnError('latencyUndefined', async () => {
    try {
      const latency = await process.ask('measure', {
        seat,
        rules: { minimumCount, minimumSeconds, warmupSeconds, attempts: ATTEMPTS },
        audit,
      });
      run.progress.end();
      if (latency.stability?.verdict !== 'invalid') return { latency };
      const { stages: _, ...latencyRejected } = latency;
      run.progress.note(`${id}: latency, attempt ${attempt} of ${ATTEMPTS} is invalid, so there is no figure`);
      const tries = 1 + (latency.rejectedAttempts?.length ?? 0);
      return { latencyUndefined: invalid(latency.stability, tries), latencyRejected };
    } finally {
      await process.end();
    }
  });
}

async function openLoopOf(
  seat: Seat,
  rules: { rateHz: number; seconds: number; warmupSeconds: number },
  run: RunContext,
): Promise<EntryLatency> {
  const { id } = seat.entry;
  run.progress.note(`${id}: open loop, ${rules.seconds} s of frames at ${rules.rateHz} Hz`);
  const process = startLatencyProcess({ who: id, signal: run.signal });
  return undefinedOnError('openLoopUndefined', async () => {
    try {
      const openLoop = await process.ask('openLoop', { seat, rules });
      const load = judgeLoad(openLoop.conditions);
      if (load.verdict !== 'invalid') return { openLoop };
      const { rateHz, frames, responsesMs, conditions } = openLoop;
      return { openLoopUndefined: invalid(load), openLoopRejected: { rateHz, frames, responsesMs, conditions } };
    } finally {
      await process.end();
    }
  });
}

const invalid = ({ reason, remedy }: { reason: string; remedy: string }, tries = 1) =>
  `measurement invalid${tries > 1 ? `, ${tries} attempts of ${tries}, the last because` : ':'} ${reason}; ${remedy}`;

/** Every entry beside the suite's reference, after all of them are measured: the reference may stand last. */
export async function withRatios(done: readonly DoneEntry[], run: RunContext): Promise<MeasuredEntry[]> {
  if (!run.measureLatency) return done.map(({ measured }) => measured);
  const compared: MeasuredEntry[] = [];
  for (const one of done) {
    const rules = rulesOf(one.entry, run.suite);
    const to = rules?.compareTo;
    if (!rules || to === undefined || to === null || to === one.entry.id || !isTimedEntry(one.entry))
      compared.push(one.measured);
    else {
      const reference = done.find(({ entry }) => entry.id === to);
      compared.push({ ...one.measured, ...(await ratioOf(one, reference, { ...rules, to }, run)) });
    }
  }
  return compared;
}

async function ratioOf(
  own: DoneEntry,
  reference: DoneEntry | undefined,
  rules: LatencySettings & { to: string },
  run: RunContext,
): Promise<Pick<MeasuredEntry, 'latencyRatio' | 'latencyRatioUndefined'>> {
  const { to, halfWidth, maximumSeconds, warmupSeconds } = rules;
  const no = (latencyRatioUndefined: string) => ({ latencyRatioUndefined });
  if (!reference) return no(`the reference entry ${to} could not be opened`);
  const sample = run.plan.sampleIds.find((id) =>
    [own, reference].every(({ entry }) => run.journal.isTallied(entry.id, id)),
  );
  if (sample === undefined) return no(`no image was run by both ${own.entry.id} and ${to}`);
  const spinning = [own, reference].find(({ measured }) => measured.backend.options.spinning === true);
  if (spinning) return no(`entry ${spinning.entry.id} asks for spinning threads: while idle it would slow the other`);
  const seat = ({ entry, measured: { backend, model }, built }: DoneEntry) =>
    seatOf(entry, identityOf(backend, model?.card), built, sample, run);
  const inOneProcess = configurationOf(own) === configurationOf(reference);
  run.progress.note(`${own.entry.id}: alternating with ${to}, warm-up and pilot`);
  let planned = false;
  // How many it will be is known after the pilot.
  const onCalls = (calls: number, of = calls) => {
    if (!planned) run.progress.start(`${own.entry.id}: alternating with ${to}, calls`, of);
    planned = true;
    run.progress.update(calls);
  };
  return undefinedOnError('latencyRatioUndefined', async () => {
    const comparison = await comparePredictors(
      {
        own: await seat(own),
        reference: await seat(reference),
        inOneProcess,
        rules: { halfWidth, maximumSeconds, warmupSeconds },
      },
      { who: own.entry.id, signal: run.signal, onCalls },
    );
    if (planned) run.progress.end();
    return { latencyRatio: { to, processes: inOneProcess ? 1 : 2, ...comparison } };
  });
}

/** Some runtimes keep their settings for the whole process: only equal ones may share it. */
const configurationOf = ({ measured: { backend } }: DoneEntry) =>
  canonicalJson([backend.id, backend.device, backend.threads, backend.options]);

async function undefinedOnError<K extends string, R>(
  key: K,
  measure: () => Promise<R>,
): Promise<R | Record<K, string>> {
  try {
    return await measure();
  } catch (error) {
    if (!(error instanceof MeasurementError)) throw error;
    return { [key]: messageOf(error) } as Record<K, string>;
  }
}

async function seatOf(
  entry: SuiteEntry,
  identity: string,
  built: OpenedPredictor['built'],
  sample: string,
  run: RunContext,
): Promise<Seat> {
  const { cacheDirectory, suite, dataset } = run;
  const { taxonomy } = dataset.info;
  const frame = await frameOf(sample, entry, run);
  return { entry, sample, ...frame, cacheDirectory, identity, built, tasks: suite.tasks, taxonomy };
}

/** An image, and its camera where the row derives maps with it. */
async function frameOf(
  id: string,
  { derive }: SuiteEntry,
  { dataset, plan }: RunContext,
): Promise<Pick<Seat, 'image' | 'intrinsics'>> {
  const index = plan.indices[plan.sampleIds.indexOf(id)];
  for await (const sample of dataset.load([index]))
    return { image: await sample.image(), ...(derive && { intrinsics: await sample.intrinsics?.() }) };
  throw new MeasurementError(`latency: image ${id} is not there any more`);
}
