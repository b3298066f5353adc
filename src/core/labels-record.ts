import type { Figure } from './reading.ts';

/** A figure of labels as stored: an undefined value is null, with its reason. */
export type LabelFigure = Omit<Figure, 'value'> & { readonly value: number | null };

/** Which classes labels take for which. */
export interface NoiseMatrix {
  readonly classNames: readonly string[];
  /** Pixels of each true class. */
  readonly pixels: readonly number[];
  /** shares[t][g]: of the pixels whose truth is t, the share that is labelled g; null for a class without a pixel. */
  readonly shares: readonly (readonly number[] | null)[];
  /** Per true class, the share that has no label. */
  readonly withoutLabel: readonly (number | null)[];
}

/** One network by its title; several by their ids, for seeds of one recipe share a title. */
export const expertsPhrase = (experts: readonly { readonly id: string; readonly title: string }[]): string =>
  experts.length === 1 ? experts[0].title : experts.map(({ id }) => id).join(' + ');

/** What a run says of the labels of experts, and which of its rows learned from them. */
export interface LabelsRecord {
  readonly data: { readonly id: string; readonly split: string };
  readonly experts: readonly LabelExpertRecord[];
  /** The words (seedsOf) of the students of all true labels, and of few: both or none. */
  readonly ceiling?: string;
  readonly floor?: string;
}

export interface LabelExpertRecord {
  readonly id: string;
  /** Several are an ensemble; none where the expert could not be opened. */
  readonly models: readonly {
    readonly id: string;
    readonly title: string;
    /** Fingerprint of the model card. */
    readonly card: string;
    readonly weightsSha256?: string;
    readonly backend: { readonly id: string; readonly version: string; readonly device: string };
  }[];
  /** Images that were measured, and those of the whole split; 0 where the expert could not be opened. */
  readonly images: number;
  readonly splitCount: number;
  readonly isSample: boolean;
  /** Why no figure of accuracy has a value. */
  readonly undefinedBecause?: string;
  readonly filters: readonly LabelFilterRecord[];
  /** Of the unfiltered labels; left out without truth. */
  readonly noise?: NoiseMatrix;
}

/** One row: what a filter keeps, how good that is, and the students that learned from it. */
export interface LabelFilterRecord {
  /** Both or none: without them every label is kept. */
  readonly score?: string;
  readonly threshold?: number;
  /** The word (seedsOf) of the rows that were trained with these labels. */
  readonly students?: string;
  /** Empty where the expert could not be opened. AURC, E-AURC and ECE are those of the score. */
  readonly figures: readonly LabelFigure[];
  /** 95 % of the precision, over groups of images. */
  readonly precisionInterval?: { readonly low: number; readonly high: number };
}

/** "max-probability@0.9", or "unfiltered". */
export const filterName = ({ score, threshold }: Pick<LabelFilterRecord, 'score' | 'threshold'>): string =>
  score === undefined || threshold === undefined ? 'unfiltered' : `${score}@${threshold}`;
