import type { Dataset } from '../core/dataset.ts';
import type { Protocol } from '../core/protocol.ts';
import type { Suite } from '../suite/schema.ts';
import type { Journal } from './journal.ts';
import type { PanelStore } from './panels.ts';
import type { ParityStore } from './parity/store.ts';
import type { Plan } from './plan.ts';
import type { PredictionFormat } from './predictions.ts';
import type { Progress } from './progress.ts';

/** What all entries of a run share. */
export interface RunContext {
  readonly suite: Suite;
  readonly dataset: Dataset;
  /** Opens the train split of the same data. */
  readonly openTrain: () => Promise<Dataset>;
  readonly plan: Plan;
  readonly protocols: readonly Protocol[];
  readonly journal: Journal;
  readonly panels: PanelStore;
  /** Outputs of the reference entry, where the suite compares its entries. */
  readonly parity: ParityStore;
  /** Samples whose outputs are hashed, for the audit of the timed run. */
  readonly audited: ReadonlySet<string>;
  readonly directory: string;
  readonly cacheDirectory: string;
  /** How predictions are stored; undefined: not at all. */
  readonly savePredictions?: PredictionFormat;
  readonly measureLatency: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}
