/** Images of one data set that a network saw in training. */
export interface TrainingData {
  readonly id: string;
  readonly split: string;
  /** How many different ones. */
  readonly images: number;
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
