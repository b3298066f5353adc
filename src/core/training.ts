import type { Task } from './tasks.ts';

/** Images of one data set that a network saw in training. */
export interface TrainingData {
  readonly id: string;
  readonly split: string;
  /** How many different ones. */
  readonly images: number;
  /** Share of the images whose truth was used, where it is not all of them. */
  readonly labelled?: { readonly [T in Task]?: number };
  /** Whose labels filled what has no truth. */
  readonly layers?: readonly TaughtLayer[];
}

/** Labels of experts that a network learned from. */
export interface TaughtLayer {
  /** Several are an ensemble. */
  readonly experts: readonly { readonly id: string; readonly weightsSha256?: string }[];
  readonly filter?: { readonly score: string; readonly threshold: number };
}

/** Figures that were measured on the weights as they are stored: fractions and SI, by the keys of readings. */
export interface MeasuredFigures {
  /** What was typed, so that anybody can see the same. */
  readonly command: string;
  readonly data: string;
  readonly figures: Readonly<Record<string, number>>;
}

/** How a network came by its weights, as the card of its model states it. */
export interface TrainingRecord {
  readonly recipe: string;
  readonly seed: number;
  readonly data: readonly TrainingData[];
  /** With repetitions: batches x images in each. */
  readonly imagesSeen: number;
  readonly hardware: string;
  readonly seconds: number;
  /** The day it ended: "2026-01-31". */
  readonly date: string;
  /** What computed the gradients, with its version. */
  readonly backend: string;
  readonly measured?: readonly MeasuredFigures[];
}
