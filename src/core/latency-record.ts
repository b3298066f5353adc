/** Median and spread of one stage over the counted calls; percentiles only where there are enough calls for them. */
export interface StageSummary {
  readonly count: number;
  readonly medianMs: number;
  readonly meanMs: number;
  readonly minimumMs: number;
  /** Needs 100 calls. */
  readonly p90Ms?: number;
  /** Needs 200 calls. */
  readonly p95Ms?: number;
  /** Needs 1000 calls. */
  readonly p99Ms?: number;
}

export const LATENCY_STAGES = ['prepare', 'infer', 'postprocess', 'total'] as const;
export type LatencyStage = (typeof LATENCY_STAGES)[number];

/** Latency of one entry: one process, nothing else running, batch 1, fixed shape. */
export interface LatencyRecord {
  readonly inputSize: string;
  readonly device: string;
  readonly threads?: number;
  readonly loadMs: number;
  readonly firstCallMs: number;
  readonly warmupCalls: number;
  /** Whether the warm-up ended because the times had settled; else its bound ended it. */
  readonly warmupSettled?: boolean;
  readonly stages: Readonly<Record<LatencyStage, StageSummary>>;
  /** Raw samples in order of time, milliseconds. */
  readonly samplesMs: Readonly<Record<LatencyStage, readonly number[]>>;
  /** Peak resident memory of the process that measured: runtime, model, one image, and Node itself. */
  readonly peakMemoryBytes?: number;
  /** Images that gave, in the timed process, the very outputs of the accuracy run; 0 where none was kept. */
  readonly auditedImages?: number;
  readonly conditions?: LatencyConditions;
  readonly stability?: StabilityVerdict;
  /** Series of calls before this one, each found invalid and therefore measured again; in order of time. */
  readonly rejectedAttempts?: readonly RejectedAttempt[];
  readonly proof?: LatencyProof;
}

/** Calls that described a disturbed machine: raw, without any summary. */
export interface RejectedAttempt extends Required<Pick<LatencyRecord, 'samplesMs' | 'conditions'>> {
  readonly reason: string;
}

/** What the operating system counted while the samples were taken; a field is left out where it tells nothing. */
export interface LatencyConditions {
  readonly wallMs: number;
  /** CPU time of the measuring process, all its threads. */
  readonly cpuMs: number;
  /** How often its threads were taken off a core against their will. */
  readonly involuntarySwitches: number;
  /** Sum over its threads of the time they were ready to run and had no core (Linux). */
  readonly waitingMs?: number;
  /** Cores' worth of CPU that everything else on the machine used. */
  readonly otherCores?: number;
  readonly cores: number;
}

/** `unjudged`: too few calls, or too short, to tell; `invalid`: these times describe a disturbed machine. */
export type StabilityVerdict =
  | { readonly verdict: 'stable' }
  | { readonly verdict: 'unjudged'; readonly reason: string }
  | { readonly verdict: 'invalid'; readonly reason: string; readonly remedy: string };

/** `proven`: seen by the operating system's counts; `stated`: the backend's own word. */
export interface LatencyProof {
  readonly device: 'proven' | 'stated';
  readonly threads: 'proven' | 'stated';
  /** Threads that worked in the measured calls, where the system tells. */
  readonly threadsAtWork?: number;
}

/** Times of a measurement that was found invalid: kept for whoever looks for the cause, without any summary. */
export type RejectedLatency = Omit<LatencyRecord, 'stages'>;

/** An entry against the suite's reference entry, by alternation; a ratio below 1 is faster than the reference. */
export interface LatencyRatioRecord {
  /** Id of the reference entry. */
  readonly to: string;
  /** Of calls side by side; two pairs make one A B B A round, the unit of the interval. */
  readonly pairs: number;
  /** Median over the rounds of own time / reference time. */
  readonly ratio: number;
  /** 95 % bootstrap interval. */
  readonly low: number;
  readonly high: number;
  /** `undecided`: the interval holds 1. Never "same". */
  readonly verdict: 'faster' | 'slower' | 'undecided';
  /** Set exactly when undecided. */
  readonly reason?: string;
  /** Whether both sessions ran in one process, or in two that took turns. */
  readonly processes: 1 | 2;
  /** Raw times of the calls in order of time, two of each entry a round. */
  readonly ownMs: readonly number[];
  readonly referenceMs: readonly number[];
}

/** Frames that arrive at a fixed rate whether or not the last one is done, as from a camera. */
export interface OpenLoopRecord {
  readonly rateHz: number;
  readonly frames: number;
  /** Frames that a newer one replaced before they were begun. */
  readonly missed: number;
  /** Per frame in order, from its scheduled time to its maps; null = missed. */
  readonly responsesMs: readonly (number | null)[];
  /** Over the frames that were answered; a percentile needs ten beyond it. */
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  readonly conditions: LatencyConditions;
}
