import type { Progress } from '../run/progress.ts';
import type { TrainingEngine } from './engines.ts';
import type { Recipe } from './recipe.ts';
import type { Figures } from './validate.ts';

export interface TrainRequest {
  readonly recipe: Recipe;
  /** Of the network: the recipe's id, with the seed behind it where that is another. */
  readonly name: string;
  /** What gives these weights, for the card. */
  readonly command: string;
  readonly engine: TrainingEngine;
  /** Holds checkpoint, log and, in the end, weights and card. */
  readonly folder: string;
  readonly resume: boolean;
  readonly dataDirectory?: string;
  readonly cacheDirectory: string;
}

export interface TrainSurroundings {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

export interface Trained {
  /** Model card and weights. */
  readonly card: string;
  readonly weights: string;
  readonly figures: Readonly<Record<string, Figures>>;
  readonly seconds: number;
  readonly stoppedEarly: boolean;
}
