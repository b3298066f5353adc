import type { BuiltModel } from '../backends/model-bytes.ts';
import type { Intrinsics } from '../core/intrinsics.ts';
import type { LatencyRecord, OpenLoopRecord } from '../core/latency-record.ts';
import type { RgbRaster } from '../core/raster.ts';
import type { Task } from '../core/tasks.ts';
import type { SuiteEntry } from '../suite/schema.ts';
import type { AuditCase } from './audit.ts';
import type { AttemptRules } from './latency-attempts.ts';
import type { CompareRules, Comparison } from './latency-compare.ts';
import type { OpenLoopRules } from './latency-open-loop.ts';

/** A predictor that a latency process opens, and the image it is given. */
export interface Seat {
  readonly entry: SuiteEntry;
  /** Id of the image. */
  readonly sample: string;
  readonly image: RgbRaster;
  /** Of the image, where the row derives maps with it. */
  readonly intrinsics?: Intrinsics;
  readonly cacheDirectory: string;
  /** Of the predictor whose accuracy was measured: the same must be timed. */
  readonly identity: string;
  /** Of the same predictor, where densebench built its network. */
  readonly built?: BuiltModel;
  /** What the run scores: a predictor that answers less would be faster. */
  readonly tasks: readonly Task[];
  /** Of the data set, as the accuracy run had it. */
  readonly taxonomy: string;
}

/** What a latency process is asked, and what it answers. */
export interface LatencyTasks {
  /** Absolute latency of one predictor, which must give the outputs of `audit`. */
  readonly measure: {
    readonly question: { seat: Seat; rules: AttemptRules; audit: readonly AuditCase[] };
    readonly answer: LatencyRecord;
  };
  readonly openLoop: { readonly question: { seat: Seat; rules: OpenLoopRules }; readonly answer: OpenLoopRecord };
  /** Two predictors of one backend, alternated within the process. */
  readonly compare: {
    readonly question: { own: Seat; reference: Seat; rules: CompareRules };
    readonly answer: Comparison;
  };
  /** Opens a predictor for turns, in place of the one that sits. */
  readonly sit: { readonly question: { seat: Seat }; readonly answer: null };
  /** One call of the predictor that sits; its time, ms. */
  readonly turn: { readonly question: null; readonly answer: number };
}

export type LatencyTaskKind = keyof LatencyTasks;

export type LatencyQuestion = {
  [K in LatencyTaskKind]: { readonly kind: K; readonly question: LatencyTasks[K]['question'] };
}[LatencyTaskKind];

export type LatencyMessage =
  | { readonly answer: LatencyTasks[LatencyTaskKind]['answer'] }
  | { readonly error: string }
  /** A sign of life: so many calls are done, of so many where that is known. */
  | { readonly calls: number; readonly of?: number }
  /** Why these calls are measured again. */
  | { readonly rejected: string };
