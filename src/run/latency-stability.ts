import type { LatencyConditions, StabilityVerdict } from '../core/record.ts';
import { median, quartileDispersion } from '../stats/quantile.ts';

/** Fewer calls or a shorter time show neither a drift nor a load. */
const MINIMUM_CALLS = 20;
const MINIMUM_MS = 1000;

/** docs/latency.md has the measurements behind these four. */
export const LIMITS = {
  /** Share of the time that the working threads wanted a core and had none. */
  waiting: 0.02,
  /** Share of the machine's cores that everything else used. */
  others: 0.25,
  /** Median of the last third of the calls against that of the first. */
  drift: 0.05,
  /** Quartile coefficient of dispersion. */
  dispersion: 0.05,
} as const;

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
  const third = Math.floor(samplesMs.length / 3);
  const drift = median(samplesMs.slice(-third)) / median(samplesMs.slice(0, third)) - 1;
  if (Math.abs(drift) > LIMITS.drift)
    return {
      verdict: 'invalid',
      reason: `the last third of the calls took ${percent(Math.abs(drift))} ${drift > 0 ? 'longer' : 'less'} than the first (limit ${percent(LIMITS.drift)})`,
      remedy: SETTLE,
    };
  const dispersion = quartileDispersion(samplesMs);
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
  const { cpuMs, waitingMs, otherCores, cores, involuntarySwitches } = conditions;
  const waiting = waitingMs === undefined ? 0 : waitingMs / (waitingMs + cpuMs);
  if (waiting > LIMITS.waiting)
    return {
      verdict: 'invalid',
      reason: `its threads waited for a core ${percent(waiting)} of the time (limit ${percent(LIMITS.waiting)}; taken off a core ${involuntarySwitches} times)`,
      remedy: QUIET,
    };
  if (otherCores !== undefined && otherCores > LIMITS.others * cores)
    return {
      verdict: 'invalid',
      reason: `other processes used ${otherCores.toFixed(2)} of ${cores} cores meanwhile (limit ${LIMITS.others * cores})`,
      remedy: QUIET,
    };
  return { verdict: 'stable' };
}

const percent = (fraction: number) => `${(100 * fraction).toFixed(1)} %`;
