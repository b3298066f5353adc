import { DensebenchError, InterruptedError } from '../../core/errors.ts';
import type { TaskProtocols } from '../../core/protocol.ts';
import type { Task } from '../../core/tasks.ts';
import type { Progress } from '../progress.ts';
import { observer } from './evidence/index.ts';
import { type Effect, judge } from './judge.ts';
import type { Case, Mistake, Try } from './mistake.ts';
import { INPUT_MISTAKES, MISTAKES } from './mistakes/index.ts';
import type { RunnableNetwork, Subject, SubjectImage } from './subject.ts';
import { figureOver, type Trial, trialRunner } from './trials.ts';
import { type Diagnosis, resolve, type Verdict } from './verdict.ts';
import { measure, YARDSTICKS } from './yardstick.ts';

export interface DiagnoseSurroundings {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Tries every mistake of the registry on the evidence at hand: one walk over the images to think of ways to mend, one to
 * measure them, and one for each other preparation of the input where the network can be run again.
 * @throws DensebenchError when an image cannot be read; InterruptedError between two images.
 */
export async function diagnose(subject: Subject, surroundings: DiagnoseSurroundings): Promise<Diagnosis> {
  const patients = subject.tasks.map((task) => patientOf(task, subject));
  await walk(subject, 'looking', surroundings, (image) => {
    for (const patient of patients) patient.look(image);
  });
  for (const patient of patients) patient.think();
  await walk(subject, 'mending', surroundings, (image) => {
    for (const patient of patients) patient.mend(image);
  });
  const inputs = await inputVerdicts(subject, patients, surroundings);
  const verdicts = [...patients.flatMap((patient) => patient.verdicts()), ...inputs];
  return {
    title: subject.title,
    images: subject.images,
    imagesInAll: subject.imagesInAll,
    groups: new Set(patients.flatMap(({ groups }) => groups)).size,
    figures: patients.map((patient) => patient.figure()),
    verdicts: resolve(verdicts),
  };
}

async function walk(
  subject: Subject,
  what: string,
  { progress, signal }: DiagnoseSurroundings,
  each: (image: SubjectImage, index: number) => void | Promise<void>,
): Promise<void> {
  progress.start(`${subject.title}: ${what}`, subject.images);
  let done = 0;
  for await (const image of subject.walk()) {
    if (signal.aborted) throw new InterruptedError('interrupted; a diagnosis leaves nothing behind');
    await each(image, done);
    progress.update(++done);
    // Else a Ctrl-C would never be seen where inference blocks the event loop.
    await new Promise((go) => setImmediate(go));
  }
  progress.end();
}

type Patient = ReturnType<typeof patientOf>;

/** One task of the subject, from looking to verdicts. */
function patientOf<T extends Task>(task: T, { protocol }: Subject) {
  const rules = protocol[task] as TaskProtocols[T];
  const { key, unit, better } = YARDSTICKS[task];
  const seen = observer(task, rules);
  const groups: string[] = [];
  const mistakes = Object.entries(MISTAKES[task] as Readonly<Record<string, Mistake<T>>>);
  const reasons = new Map<string, string>();
  const placed = new Map<string, number[]>();
  let runner = trialRunner(task, rules, []);
  let problem: string | undefined;
  const judgeBest = (trials: readonly Trial[], least: number) =>
    best(
      task,
      trials.map((trial) => judge(task, trial, least, groups)),
    );
  const withheld = () => {
    if (Number.isFinite(figureOver(task, runner.now))) return undefined;
    return problem ?? 'no counted pixel has both a truth and a finite prediction';
  };
  return {
    task,
    key,
    groups,
    look(image: SubjectImage): void {
      groups.push(image.group);
      const given = caseOf(task, image, rules);
      problem ??= measure(task, given, rules).problem;
      seen.add(given);
    },
    think(): void {
      const tries: Try<T>[] = [];
      const evidence = seen.evidence();
      for (const [id, { tries: propose }] of mistakes) {
        const proposed = propose(evidence, rules);
        if ('reason' in proposed) reasons.set(id, proposed.reason);
        else
          placed.set(
            id,
            worthMeasuring(proposed).map((one) => tries.push(one) - 1),
          );
      }
      runner = trialRunner(task, rules, tries);
    },
    mend: (image: SubjectImage) => runner.add(caseOf(task, image, rules)),
    sumsOf: (image: SubjectImage) => measure(task, caseOf(task, image, rules), rules).sums,
    now: () => runner.now,
    withheld,
    judgeBest,
    figure: () => ({ task, key, unit, better, value: finite(figureOver(task, runner.now)), reason: withheld() }),
    verdicts: () =>
      mistakes.map(([id, { title, least, figure = key }]) => {
        const reason = reasons.get(id) ?? withheld();
        const effect =
          reason === undefined
            ? judgeBest(
                (placed.get(id) ?? []).map((i) => runner.trials[i]),
                least,
              )
            : undefined;
        return verdictOf({ task, mistake: id, title, figure }, effect ?? reason ?? 'there is no other way to try');
      }),
  };
}

/** All ways beyond doubt; else the first, so that the table says what it would do. */
function worthMeasuring<T extends Task>(tries: readonly Try<T>[]): readonly Try<T>[] {
  const sure = tries.filter(({ doubt }) => doubt === undefined);
  return sure.length ? sure : tries.slice(0, 1).map((one) => ({ ...one, contrary: undefined }));
}

/** The image for one task. A prediction that is not finite is left out where the protocol would give up on it. */
function caseOf<T extends Task>(task: T, image: SubjectImage, rules: TaskProtocols[T]): Case<T> {
  const { id, group, otherDepth } = image;
  const [prediction, truth] = [image.maps[task], image.truth[task]];
  if (!prediction || !truth) throw new Error(`${id}: no ${task}`);
  const isStrict = 'nonFinite' in rules && /strict$/.test(rules.nonFinite);
  let { mask } = image;
  if (isStrict && prediction.data.length === truth.data.length)
    mask = Uint8Array.from(prediction.data, (p, i) => (Number.isFinite(p) && (mask?.[i] ?? 1) !== 0 ? 1 : 0));
  return { id, group, prediction, truth, mask, ...(task === 'depth' && { otherTruth: otherDepth }) } as Case<T>;
}

async function inputVerdicts(
  subject: Subject,
  patients: readonly Patient[],
  surroundings: DiagnoseSurroundings,
): Promise<Verdict[]> {
  const { network } = subject;
  const verdicts: Verdict[] = [];
  for (const [id, { title, least, changes }] of Object.entries(INPUT_MISTAKES)) {
    const trials: InputTrial[] = [];
    if (!('reason' in network))
      for (const change of changes(network.input))
        trials.push(await runAgain(subject, network, change, patients, surroundings));
    for (const [k, patient] of patients.entries()) {
      const reason = 'reason' in network ? network.reason : patient.withheld();
      const effect =
        reason === undefined
          ? patient.judgeBest(
              trials.flatMap(({ tasks }) => tasks[k] ?? []),
              least,
            )
          : undefined;
      verdicts.push(
        verdictOf(
          { task: patient.task, mistake: id, title, figure: patient.key },
          effect ?? reason ?? trials[0]?.problem ?? 'there is no other way to try',
        ),
      );
    }
  }
  return verdicts;
}

interface InputTrial {
  /** One for each task; none where the network cannot take such input. */
  readonly tasks: readonly Trial[];
  readonly problem?: string;
}

async function runAgain(
  subject: Subject,
  network: RunnableNetwork,
  change: ReturnType<(typeof INPUT_MISTAKES)[string]['changes']>[number],
  patients: readonly Patient[],
  surroundings: DiagnoseSurroundings,
): Promise<InputTrial> {
  const predictor = await network.open(change.input);
  const after: Float64Array[][] = patients.map(() => []);
  try {
    await walk(subject, change.words, surroundings, async (image) => {
      if (!image.picture) throw new Error(`${image.id}: a network, and no picture`);
      const { maps } = await predictor.predict({ id: image.id, image: image.picture });
      patients.forEach((patient, k) => {
        after[k].push(patient.sumsOf({ ...image, maps }));
      });
    });
  } catch (error) {
    if (!(error instanceof DensebenchError) || error instanceof InterruptedError) throw error;
    return { tasks: [], problem: error.message };
  } finally {
    await predictor.close();
  }
  return { tasks: patients.map((patient, k) => ({ words: change.words, now: patient.now(), after: after[k] })) };
}

/** The way to mend that leaves the least error, of those beyond doubt if there are any. */
function best(task: Task, effects: readonly Effect[]): Effect | undefined {
  const sure = effects.filter(({ doubt }) => doubt === undefined);
  const { error } = YARDSTICKS[task];
  const remaining = ({ after }: Effect) => (Number.isFinite(after) ? error(after) : Infinity);
  return (sure.length ? sure : effects).reduce<Effect | undefined>(
    (least, one) => (least && remaining(least) <= remaining(one) ? least : one),
    undefined,
  );
}

function verdictOf(of: Pick<Verdict, 'task' | 'mistake' | 'title' | 'figure'>, result: Effect | string): Verdict {
  if (typeof result === 'string') return { ...of, verdict: 'not testable', reason: result };
  const { doubt, words, now, after, change, confidence } = result;
  const effect = { words, now: finite(now), after: finite(after), change: change ?? null };
  return doubt === undefined
    ? { ...of, verdict: 'found', effect, confidence }
    : { ...of, verdict: 'not found', reason: doubt, effect };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
