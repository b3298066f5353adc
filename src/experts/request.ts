import type { ExpertBackend } from './expert.ts';

/** What is asked of a label layer. */
export interface LabelRequest {
  /** Id of a data set card or path to one. */
  readonly data: string;
  readonly split: string;
  /** Ids of model cards or paths; several are an ensemble. */
  readonly experts: readonly string[];
  /** A second model, for confident learning. */
  readonly judge?: string;
  /** Default: all that so many experts can have. */
  readonly scores?: readonly string[];
  /** Of the rows of the table: 0..1, at most three decimals. */
  readonly thresholds: readonly number[];
  readonly backend: ExpertBackend;
  /** The class list to label with, where the data set has none. */
  readonly taxonomy?: string;
  readonly dataDirectory?: string;
  readonly offline: boolean;
  /** Default: results/labels/<data set>-<split>/<experts>. */
  readonly output?: string;
  readonly limit?: number;
  readonly densebench: string;
}
