import type { TaskProtocols } from './protocol.ts';
import type { OpenSegmentation } from './raster.ts';
import type { Figure } from './reading.ts';
import type { Task, TaskRasters } from './tasks.ts';

/** What a metric may need to know besides the two maps. */
export interface TallyContext {
  /** Names the pair in error messages: a file or a sample id. */
  readonly where: string;
  /** Optional mask, one value per pixel: 0 = the pixel does not count. */
  readonly mask?: Uint8Array;
  /** Of the predictor, where it has several data sets in one network. */
  readonly open?: OpenSegmentation;
}

/**
 * A metric turns one image into a tally (plain JSON, finite numbers only, mergeable sufficient statistics), and a
 * sequence of tallies into figures.
 *
 * Law: `figures` depends on the sequence of tallies alone, so shards, workers and resumed runs whose tallies are put
 * in image order give the figures of one pass, to the last digit. No finished statistic is ever averaged, except where
 * the pooling says so ("image").
 */
export interface Metric<T extends Task, Tally> {
  readonly task: T;
  /** Raised whenever the meaning of a tally or a figure changes; part of every fingerprint. */
  readonly version: number;
  /** @throws ResourceError when sizes differ or the truth is not valid (e.g. a label out of range). */
  tally(prediction: TaskRasters[T], target: TaskRasters[T], protocol: TaskProtocols[T], context: TallyContext): Tally;
  /** `tallies` in image order, walked once. `classNames[i]` names train id i where known. */
  figures(tallies: Iterable<Tally>, protocol: TaskProtocols[T], classNames?: readonly string[]): Figure[];
}
