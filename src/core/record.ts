import type { DatasetInfo } from './dataset.ts';
import type { ParityRecord } from './parity.ts';
import type { BackendCard } from './predictor.ts';
import type { Protocol } from './protocol.ts';
import type { Reading } from './reading.ts';
import type { Task } from './tasks.ts';

export const RECORD_SCHEMA = 'densebench.run/1';

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
  readonly proof?: LatencyProof;
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

/** What a network costs for one image. One MAC is one multiply-add of a convolution or matrix product, never a FLOP. */
export interface CostRecord {
  /** Learnable parameters before folding, where they are known. */
  readonly params?: number;
  readonly paramsUndefined?: string;
  /** Weights in the file, folded and converted as they are: never in one column with params. */
  readonly storedParams?: number;
  /** For one image of `inputSize`; a lower bound where `uncounted` names layers, absent where nothing was counted. */
  readonly macs?: number;
  readonly macsBy?: { readonly convolution: number; readonly matmul: number };
  /** Layers whose multiply-adds are not in `macs`. */
  readonly uncounted?: readonly UncountedLayer[];
  /** "640x480": width x height, or "native": each image's own. */
  readonly inputSize: string;
  /** Of all constants in the file. */
  readonly weightBytes?: number;
  /** Largest sum of tensors alive at one time, in the order of the file. */
  readonly peakActivationBytes?: number;
}

export interface UncountedLayer {
  readonly name: string;
  readonly op: string;
  readonly reason: string;
}

/** Pixels of depth maps that 16-bit PNG could not keep. */
export interface DepthLoss {
  /** Not finite, or not above 0 m: stored as "none", read as NaN. */
  readonly nonePx: number;
  /** At the largest depth that can be stored, or beyond it. */
  readonly largestPx: number;
}

export const depthLossWords = ({ nonePx, largestPx }: DepthLoss): string =>
  `16-bit PNG could not keep the depth of ${nonePx} pixels that are not above 0 m and of ${largestPx} at 255.99 m or beyond`;

export interface MeasuredEntry {
  readonly kind: 'measured';
  readonly id: string;
  readonly title: string;
  readonly backend: BackendCard;
  /** `card`: fingerprint of the model card, which decides what goes in and what comes out. */
  readonly model?: { readonly id: string; readonly title: string; readonly note?: string; readonly card: string };
  readonly cost?: CostRecord;
  readonly latency?: LatencyRecord;
  /** Why a latency that was asked for is not there. */
  readonly latencyUndefined?: string;
  /** What was measured, where it was found invalid. */
  readonly latencyRejected?: RejectedLatency;
  readonly latencyRatio?: LatencyRatioRecord;
  /** Why a ratio that was asked for is not there. */
  readonly latencyRatioUndefined?: string;
  readonly openLoop?: OpenLoopRecord;
  /** Why an open loop that was asked for is not there. */
  readonly openLoopUndefined?: string;
  /** What was measured, where it was found invalid. */
  readonly openLoopRejected?: Pick<OpenLoopRecord, 'rateHz' | 'frames' | 'responsesMs' | 'conditions'>;
  /** How far its outputs are from those of the suite's reference entry. */
  readonly parity?: ParityRecord;
  /** Why its accuracy means nothing, e.g. "untrained weights": then no reading has a value. */
  readonly accuracyUndefined?: string;
  /** Of a rescored entry: pixels of depth that its stored predictions have lost. */
  readonly depthLoss?: DepthLoss;
  /** Over all protocols of the run; a reading's own fingerprint says which. */
  readonly readings: readonly EntryReading[];
  /** Per task, a fingerprint of the images and truth behind its readings: figures of different evidence are never ranked. */
  readonly evidence: Readonly<Partial<Record<Task, string>>>;
  /** Images tallied, and images that failed. */
  readonly images: number;
  readonly failed: number;
}

/** Papers do not print how many pixels a figure rests on. */
export type ReportedReading = Omit<EntryReading, 'count'>;

/** A row of somebody's publication: as printed, protocol unknown unless stated. */
export interface ReportedEntry {
  readonly kind: 'reported';
  readonly id: string;
  readonly title: string;
  /** Citation and table. */
  readonly source: string;
  readonly url?: string;
  readonly tasks: readonly string[];
  readonly readings: readonly ReportedReading[];
  readonly cost?: { readonly params?: number; readonly inputSize?: string; readonly gflopsAsReported?: number };
  readonly latencyAsReported?: string;
}

export interface EntryReading extends Reading {
  /** Id of the protocol in `protocols`; absent on reported rows. */
  readonly protocolId?: string;
}

export type EntryRecord = MeasuredEntry | ReportedEntry;

export interface FailureRecord {
  readonly entry: string;
  /** Left out where the entry itself could not be opened. */
  readonly sample?: string;
  readonly message: string;
}

export interface EnvironmentRecord {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Processes that ran or waited for a core in the minute before the run; absent on Windows, which does not count them. */
  readonly loadAverage1m?: number;
  readonly platform: string;
  readonly node: string;
  readonly densebench: string;
  readonly packages: Readonly<Record<string, string>>;
  /** Of the working directory, where it is a git checkout. */
  readonly git?: { readonly commit: string; readonly dirty: boolean };
}

/** One run, complete and self-explanatory; every report is made from this and from nothing else. */
export interface RunRecord {
  readonly schema: typeof RECORD_SCHEMA;
  readonly runId: string;
  readonly outcome: 'complete' | 'partial' | 'failed';
  readonly suite: { readonly id: string; readonly title: string; readonly hash: string };
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly command: string;
  readonly data: DatasetInfo & {
    /** Samples of the split, and those this run covers. */
    readonly splitCount: number;
    readonly count: number;
    readonly sampleIdsSha256: string;
    /** Fingerprint of the data set card. */
    readonly card: string;
    /** Set when sample data took the place of the data set that the suite asks for. */
    readonly standsInFor?: { readonly id: string; readonly reason: string };
  };
  /** Set when --limit, or the suite's own `limit`, cut the run short. */
  readonly limit?: number;
  /** Flags that changed how latency is measured, e.g. "--duration 1". */
  readonly overrides?: readonly string[];
  readonly protocols: readonly (Protocol & {
    readonly title: string;
    readonly source: string;
    /** What the source prints, as "key" or "key@pooling". */
    readonly figures?: readonly string[];
  })[];
  readonly entries: readonly EntryRecord[];
  readonly failures: readonly FailureRecord[];
  readonly environment: EnvironmentRecord;
  /** Column keys of the main table, from the suite. */
  readonly columns?: readonly string[];
  /** Set when every prediction was kept; `loss` says what the format cannot hold. */
  readonly predictions?: { readonly format: string; readonly loss?: string };
  readonly rescoredFrom?: RescoredFrom;
}

/** A run whose stored predictions were scored again: nothing was inferred, and costs are those of that run. */
export interface RescoredFrom {
  readonly runId: string;
  readonly finishedAt: string;
  /** As typed for that run. */
  readonly command: string;
  /** What its predictions lost when they were stored. */
  readonly loss?: string;
}

/** What every output of this run must say first; undefined when there is nothing to warn of. */
export function bannerOf(record: Pick<RunRecord, 'data' | 'limit' | 'rescoredFrom'>): string | undefined {
  const parts: string[] = [];
  const { data, rescoredFrom } = record;
  if (data.standsInFor)
    parts.push(`SAMPLE DATA: "${data.id}" stands in for ${data.standsInFor.id} (${data.standsInFor.reason})`);
  else if (data.isSample) parts.push(`SAMPLE DATA: "${data.id}" is a procedural sample, not a benchmark`);
  if (data.officialCount !== undefined && data.officialCount !== data.splitCount)
    parts.push(
      `NOT THE PUBLISHED SPLIT: ${data.splitCount} images, ${data.id} ${data.split} has ${data.officialCount}`,
    );
  if (record.limit !== undefined)
    parts.push(`LIMITED: ${data.count} of ${data.splitCount} images (limit ${record.limit})`);
  if (rescoredFrom) {
    parts.push(
      `RESCORED: stored predictions of run ${rescoredFrom.runId}; nothing was inferred, costs are of that run`,
    );
    if (rescoredFrom.loss !== undefined) parts.push(`LOSSY: ${rescoredFrom.loss}`);
  }
  return parts.length ? parts.join('; ') : undefined;
}

export interface PanelImage {
  /** "image", "truth", or the id of an entry. */
  readonly who: string;
  /** Absent for the image itself. */
  readonly task?: Task;
  readonly pngBase64: string;
}

/** Pictures of one sample, for the HTML report. */
export interface Panel {
  readonly sample: string;
  readonly images: readonly PanelImage[];
}
