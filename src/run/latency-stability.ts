import type { LatencyConditions, StabilityVerdict } from '../core/latency-record.ts';
import { median, quartileDispersion } from '../stats/quantile.ts';

/** Fewer calls or a shorter time show neither a drift nor a load. */
const MINIMUM_CALLS = 20;
const MINIMUM_MS = 1000;

/** What the verdict looks at, as fractions; left out where the system does not tell. */
export interface StabilityMeasures {
  /** Share of the time that the working threads wanted a core and had none. */
  readonly waiting?: number;
  /** Share of the machine's cores that everything else used. */
  readonly others?: number;
  /** Median of the last third of the calls against that of the first. */
  readonly drift: number;
  /** Quartile coefficient of dispersion. */
  readonly dispersion: number;
}

/** docs/latency.md has the measurements behind these four. */
const LIMITS: Required<StabilityMeasures> = { waiting: 0.02, others: 0.25, drift: 0.25, dispersion: 0.15 };

const QUIET = 'stop what else runs on this machine, then run again; a comparison (latency.compareTo) bears load better';
const SETTLE =
  'let the machine cool and settle (power plan, thermal limits, other users), or warm up longer (--warmup)';

/**
 * Whether times describe the predictor or a disturbed machine. Causes come before symptoms, for the remedy.
 * @param samplesMs total times in order of time
 */
export function judgeStability(samplesMs: readonly number[], conditions: LatencyConditions): StabilityVerdict {
  const { wallMs } = conditions;
  if (samplesMs.length < MINIMUM_CALLS || wallMs < MINIMUM_MS)
    return {
      verdict: 'unjudged',
      reason: `${samplesMs.length} calls in ${(wallMs / 1000).toFixed(2)} s are too few to tell whether the machine was quiet (${MINIMUM_CALLS} calls and ${MINIMUM_MS / 1000} s)`,
    };
  const load = judgeLoad(conditions);
  if (load.verdict === 'invalid') return load;
  const { drift, dispersion } = measuresOf(samplesMs, conditions);
  if (Math.abs(drift) > LIMITS.drift)
    return {
      verdict: 'invalid',
      reason: `the last third of the calls took ${percent(Math.abs(drift))} ${drift > 0 ? 'longer' : 'less'} than the first (limit ${percent(LIMITS.drift)})`,
      remedy: SETTLE,
    };
  if (dispersion > LIMITS.dispersion)
    return {
      verdict: 'invalid',
      reason: `the times scatter: quartile coefficient of dispersion ${percent(dispersion)} (limit ${percent(LIMITS.dispersion)})`,
      remedy: QUIET,
    };
  return { verdict: 'stable' };
}

/** Whether others ran meanwhile, by what the operating system counted; says nothing of times. */
export function judgeLoad(conditions: LatencyConditions): StabilityVerdict {
  const { waiting, others } = loadOf(conditions);
  const invalid = (reason: string): StabilityVerdict => ({ verdict: 'invalid', reason, remedy: QUIET });
  if (waiting !== undefined && waiting > LIMITS.waiting)
    return invalid(
      `its threads waited for a core ${percent(waiting)} of the time (limit ${percent(LIMITS.waiting)}; taken off a core ${conditions.involuntarySwitches} times)`,
    );
  if (others !== undefined && others > LIMITS.others)
    return invalid(
      `other processes used ${percent(others)} of ${conditions.cores} cores meanwhile (limit ${percent(LIMITS.others)})`,
    );
  return { verdict: 'stable' };
}

/** Of both what is there: without conditions, only what the times themselves tell. */
export function measuresOf(samplesMs: readonly number[], conditions?: LatencyConditions): StabilityMeasures {
  const third = Math.max(1, Math.floor(samplesMs.length / 3));
  return {
    ...(conditions && loadOf(conditions)),
    drift: median(samplesMs.slice(-third)) / median(samplesMs.slice(0, third)) - 1,
    dispersion: quartileDispersion(samplesMs),
  };
}

function loadOf({
  cpuMs,
  waitingMs,
  otherCores,
  cores,
}: LatencyConditions): Pick<StabilityMeasures, 'waiting' | 'others'> {
  return {
    ...(waitingMs !== undefined && { waiting: waitingMs / (waitingMs + cpuMs) }),
    ...(otherCores !== undefined && { others: otherCores / cores }),
  };
}

const percent = (fraction: number) => `${(100 * fraction).toFixed(1)} %`;
