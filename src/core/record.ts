import type { DatasetInfo } from './dataset.ts';
import type { LabelsRecord } from './labels-record.ts';
import type { LatencyRatioRecord, LatencyRecord, OpenLoopRecord, RejectedLatency } from './latency-record.ts';
import type { ParityRecord } from './parity.ts';
import type { BackendCard } from './predictor.ts';
import type { Protocol } from './protocol.ts';
import type { Reading } from './reading.ts';
import type { Task } from './tasks.ts';
import type { TrainingRecord } from './training.ts';

export const RECORD_SCHEMA = 'densebench.run/1';

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
  /** The design that this is one seed of: entries with the same word differ in their seed alone. */
  readonly seedsOf?: string;
  /** How many rows of the suite say so, those that could not be opened counted. */
  readonly seedsPlanned?: number;
  readonly backend: BackendCard;
  /** `card`: fingerprint of the model card, which decides what goes in and what comes out. */
  readonly model?: {
    readonly id: string;
    readonly title: string;
    readonly note?: string;
    readonly card: string;
    readonly training?: TrainingRecord;
  };
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

/** One task of delta_m: which figure stands for it, and the id of the entry that was made for this task alone. */
export interface DeltaMTerm {
  readonly task: Task;
  /** "depth/rmse", or "depth/rmse@image". */
  readonly figure: string;
  readonly single: string;
}

export interface FailureRecord {
  readonly entry: string;
  /** Left out where the entry itself could not be opened. */
  readonly sample?: string;
  readonly message: string;
  /** The suite allows this row to be missing: nothing failed. */
  readonly allowed?: true;
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

/** A protocol as it was applied to a run's data, and what is known of where it comes from. */
export interface RunProtocol extends Protocol {
  readonly title: string;
  readonly source: string;
  /** What the source prints, as "key" or "key@pooling". */
  readonly figures?: readonly string[];
}

/** The protocol whose figures of a task stand for the run: the first that covers it. */
export const mainProtocol = ({ protocols }: Pick<RunRecord, 'protocols'>, task: Task): RunProtocol | undefined =>
  protocols.find((protocol) => protocol[task] !== undefined);

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
  readonly protocols: readonly RunProtocol[];
  readonly entries: readonly EntryRecord[];
  readonly failures: readonly FailureRecord[];
  readonly environment: EnvironmentRecord;
  /** Column keys of the main table, from the suite. */
  readonly columns?: readonly string[];
  /** What delta_m compares, from the suite. */
  readonly deltaM?: readonly DeltaMTerm[];
  /** How good the labels of experts are, and which rows learned from them. */
  readonly labels?: LabelsRecord;
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
