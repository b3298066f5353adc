import type { TrainingEngineId } from './engines.ts';
import type { Recipe } from './recipe.ts';
import type { Trained } from './train.ts';

/** What the process that trains is asked for; plain JSON. */
export interface TrainOrder {
  readonly recipe: Recipe;
  /** Of the network. */
  readonly name: string;
  /** What was asked for, as it can be typed. */
  readonly command: string;
  readonly backend: TrainingEngineId | 'auto';
  readonly threads: number;
  /** Holds checkpoint, log and, in the end, weights and card. */
  readonly folder: string;
  readonly resume: boolean;
  readonly dataDirectory?: string;
  readonly cacheDirectory: string;
}

/** To the process that trains. */
export type TrainQuestion = { readonly order: TrainOrder } | { readonly stop: true };

/** From it: progress as it comes, then one end. */
export type TrainMessage =
  | { readonly start: readonly [label: string, total: number] }
  | { readonly update: number }
  | { readonly end: true }
  | { readonly note: string }
  | { readonly trained: Trained }
  | { readonly failed: { readonly message: string; readonly exitCode?: number; readonly stack?: string } };
