import type { TrainingEngineId } from './engines.ts';
import type { Trained, TrainRequest } from './request.ts';

/** What the process that trains is asked for; plain JSON. */
export interface TrainOrder extends Omit<TrainRequest, 'engine'> {
  readonly backend: TrainingEngineId | 'auto';
  readonly threads: number;
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
