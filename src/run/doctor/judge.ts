import { Random } from '../../core/random.ts';
import type { Task } from '../../core/tasks.ts';
import { bootstrapInterval, type Interval } from '../../stats/bootstrap.ts';
import { figureOver, type Trial } from './trials.ts';
import { YARDSTICKS } from './yardstick.ts';

/** `high`: even the weak end of the interval is enough for the verdict; `low`: too few images for an interval. */
export type Confidence = 'high' | 'moderate' | 'low';

/** What one way to mend would do to the figure of the task. */
export interface Effect {
  readonly words: string;
  readonly now: number;
  readonly after: number;
  /** 95 % bootstrap interval of `after - now`, over groups; left out where it was not needed or cannot be had. */
  readonly change?: Interval;
  readonly confidence?: Confidence;
  /** Set when the mistake is not what this is. */
  readonly doubt?: string;
}

/** Below, the resampled images are too few to tell anything. */
const FEWEST_UNITS = 5;
/** With fewer units than that, mending must take away more than this share of the error. */
const ALONE = 0.5;
const RESAMPLES = 1000;
const SEED = 0x0d0c;

/** Whether a trial says that the mistake was made: `effect.doubt` is left out exactly then. */
export function judge(task: Task, trial: Trial, least: number, groups: readonly string[]): Effect {
  const { words } = trial;
  const [now, after] = [figureOver(task, trial.now), figureOver(task, trial.after)];
  const share = (from: number, to: number) => {
    const { error } = YARDSTICKS[task];
    return error(from) > 0 ? (error(from) - error(to)) / error(from) : 0;
  };
  const gain = share(now, after);
  const doubted = (doubt: string, more: Partial<Effect> = {}): Effect => ({ words, now, after, ...more, doubt });
  if (!Number.isFinite(after)) return doubted('nothing would be left to score');
  if (!(gain > 0)) return doubted('it would not get better');
  if (gain < least) return doubted(`it would take away ${percent(gain)} of the error, less than ${percent(least)}`);
  if (trial.doubt !== undefined) return doubted(trial.doubt);
  const units = unitsOf(groups);
  if (units.length < FEWEST_UNITS) {
    if (trial.contrary) return doubted(`${units.length} image(s) or scene(s) are too few to see so small a thing`);
    if (gain < ALONE) return doubted(`on ${units.length} image(s) or scene(s) it would have to halve the error`);
    return { words, now, after, confidence: 'low' };
  }
  const over = (against: readonly Float64Array[], statistic: (from: number, to: number) => number) =>
    resampled(task, units, against, trial.after, statistic);
  const change = over(trial.now, (from, to) => to - from);
  const gains = over(trial.now, share);
  if (gains.low <= 0) return doubted('on other images of this kind it might not get better', { change });
  if (trial.contrary && over(trial.contrary, share).low <= 0)
    return doubted('the contrary change does as much: this is smoothing', { change });
  return { words, now, after, change, confidence: gains.low >= least ? 'high' : 'moderate' };
}

const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** Images by group, in order of appearance. */
function unitsOf(groups: readonly string[]): number[][] {
  const units = new Map<string, number[]>();
  groups.forEach((group, i) => {
    units.set(group, [...(units.get(group) ?? []), i]);
  });
  return [...units.values()];
}

/** Both sides are made of the same drawn units: what they share in difficulty cancels. */
function resampled(
  task: Task,
  units: readonly (readonly number[])[],
  before: readonly Float64Array[],
  after: readonly Float64Array[],
  statistic: (before: number, after: number) => number,
): Interval {
  const random = new Random(SEED);
  const [from, to] = [before, after].map((images) => units.map((unit) => added(unit.map((i) => images[i]))));
  const at = (sums: readonly Float64Array[], drawn: Int32Array) =>
    figureOver(
      task,
      Array.from(drawn, (i) => sums[i]),
    );
  return bootstrapInterval(units.length, (drawn) => statistic(at(from, drawn), at(to, drawn)), {
    random: () => random.uniform(),
    resamples: RESAMPLES,
  });
}

function added(images: readonly Float64Array[]): Float64Array {
  const total = Float64Array.from(images[0]);
  for (const sums of images.slice(1)) for (let i = 0; i < total.length; i++) total[i] += sums[i];
  return total;
}
