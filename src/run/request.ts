import type { LoadedSuite } from '../suite/loaded.ts';
import type { PredictionFormat } from './predictions.ts';
import type { Progress } from './progress.ts';

/** What the command line asks of a run, apart from the suite. */
export interface RunOptions {
  /** The run's own directory; default results/<suite>/<time>. */
  readonly output?: string;
  /** Continue the run in `output` instead of starting one. */
  readonly resume: boolean;
  readonly dataDirectory?: string;
  readonly requireData: boolean;
  readonly offline: boolean;
  readonly limit?: number;
  /** How to store every prediction; undefined: not at all. */
  readonly savePredictions?: PredictionFormat;
  readonly measureLatency: boolean;
  /** As typed, for the record. */
  readonly command: string;
  /** What to type to go on with the run in `directory`. */
  readonly resumeCommand: (directory: string) => string;
}

export interface RunRequest extends RunOptions {
  readonly loaded: LoadedSuite;
}

export interface RunSurroundings {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}
