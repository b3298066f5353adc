import type { LatencyRecord, RejectedAttempt, StabilityVerdict } from '../core/latency-record.ts';
import { perStage, type StageTimes } from './latency-calls.ts';
import { judgeStability } from './latency-stability.ts';
import type { Usage, Watch } from './latency-usage.ts';
import { type WarmUp, warmUp } from './latency-warmup.ts';

export interface AttemptRules {
  readonly minimumSeconds: number;
  readonly minimumCount: number;
  readonly warmupSeconds: number;
  /** How often calls that describe a disturbed machine are measured, in all. */
  readonly attempts: number;
}

export interface AttemptSurroundings {
  /** Milliseconds. */
  readonly now: () => number;
  /** Resolves at this moment of `now`, or later. */
  readonly sleepUntil: (atMs: number) => Promise<void>;
  readonly watch: Watch;
  readonly onCall?: (call: number) => void;
  readonly onRejected?: (reason: string) => void;
}

export interface Attempt extends Pick<LatencyRecord, 'samplesMs'> {
  readonly warmup: WarmUp;
  readonly used: Usage;
  readonly stability: StabilityVerdict;
}

/** So that one disturbance of seconds does not meet all attempts. */
const PAUSE_MS = 5000;

/**
 * Warm-up and a series of calls, until a series is not found invalid or there were as many as the rules allow; the last
 * is the one to report. None is chosen for being fast, but a steady one is: docs/latency.md says what that does on a
 * restless machine.
 */
export async function untilStable(
  call: () => Promise<StageTimes>,
  rules: AttemptRules,
  surroundings: AttemptSurroundings,
): Promise<{ last: Attempt; rejected: RejectedAttempt[] }> {
  const { now, sleepUntil, onRejected } = surroundings;
  const rejected: RejectedAttempt[] = [];
  let last = await attempt(call, rules, surroundings);
  // A shorter one could be too short to judge, and would pass for that.
  const again = {
    ...rules,
    minimumSeconds: Math.max(rules.minimumSeconds, last.used.conditions.wallMs / 1000),
    minimumCount: Math.max(rules.minimumCount, last.samplesMs.total.length),
  };
  while (last.stability.verdict === 'invalid' && rejected.length + 1 < rules.attempts) {
    const { stability, samplesMs, used } = last;
    rejected.push({ reason: stability.reason, samplesMs, conditions: used.conditions });
    onRejected?.(stability.reason);
    await sleepUntil(now() + PAUSE_MS);
    last = await attempt(call, again, surroundings);
  }
  return { last, rejected };
}

async function attempt(
  call: () => Promise<StageTimes>,
  { minimumSeconds, minimumCount, warmupSeconds }: AttemptRules,
  { now, watch, onCall }: AttemptSurroundings,
): Promise<Attempt> {
  const warmup = await warmUp(async () => (await call()).total, warmupSeconds * 1000, now);
  const calls: StageTimes[] = [];
  const usage = watch();
  const startedMs = now();
  while (calls.length < minimumCount || now() - startedMs < minimumSeconds * 1000) {
    calls.push(await call());
    onCall?.(calls.length);
  }
  const used = usage();
  const samplesMs = perStage((stage) => calls.map((times) => times[stage]));
  return { warmup, samplesMs, used, stability: judgeStability(samplesMs.total, used.conditions) };
}
