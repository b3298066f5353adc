import type { LabelFigure, NoiseMatrix } from '../../core/labels-record.ts';
import type { LayerProvenance } from '../../datasets/label-layer-provenance.ts';
import type { Judgement } from './confident-learning.ts';
import type { LayerTally } from './measure-layer.ts';
import { type QualityRow, qualityRow } from './quality-row.ts';

const QUALITY_SCHEMA = 'densebench.label-quality/1';

/** A row as stored: an undefined value is null, with its reason. */
export interface StoredRow extends Omit<QualityRow, 'figures'> {
  readonly figures: readonly LabelFigure[];
}

/** What <layer>/quality.json holds. */
export interface QualityRecord {
  readonly schema: typeof QUALITY_SCHEMA;
  readonly densebench: string;
  readonly finishedAt: string;
  readonly data: { readonly id: string; readonly split: string; readonly isSample: boolean };
  /** Images that were measured, and those of the whole split. */
  readonly images: number;
  readonly splitCount: number;
  /** Set where nothing could be held against a truth, or accuracy means nothing. */
  readonly undefinedBecause?: string;
  readonly rows: readonly StoredRow[];
  /** Of the unfiltered labels; left out without truth. */
  readonly noise?: NoiseMatrix;
  /** Confident learning, where a second network judged the labels. */
  readonly judge?: Judgement & { readonly model: string; readonly weightsSha256?: string };
}

/** The experts of a layer in words. */
export const expertWords = ({ experts }: LayerProvenance): string => experts.map(({ id }) => id).join(' + ');

/** Rows are normalised over all pixels of the true class, those without a label too. */
export function noiseMatrix({ noise, withoutLabel }: LayerTally, classNames: readonly string[]): NoiseMatrix {
  const classes = classNames.length;
  const rows = classNames.map((_, t) => [...noise.subarray(t * classes, (t + 1) * classes)]);
  const pixels = rows.map((row, t) => row.reduce((sum, count) => sum + count, withoutLabel[t]));
  const share = (count: number, t: number) => count / pixels[t];
  return {
    classNames,
    pixels,
    shares: rows.map((row, t) => (pixels[t] > 0 ? row.map((count) => share(count, t)) : null)),
    withoutLabel: pixels.map((count, t) => (count > 0 ? share(withoutLabel[t], t) : null)),
  };
}

interface Measured {
  readonly provenance: LayerProvenance;
  readonly tally: LayerTally;
  readonly images: number;
  readonly hasTruth: boolean;
  readonly judge?: QualityRecord['judge'];
  readonly densebench: string;
  readonly finishedAt: Date;
}

export function qualityRecord({ provenance, tally, images, hasTruth, judge, ...made }: Measured): QualityRecord {
  const { data, classNames, experts } = provenance;
  const untrained = experts.find(({ accuracyUndefined }) => accuracyUndefined !== undefined);
  const withheld =
    untrained && `expert ${untrained.id}: ${untrained.accuracyUndefined}; what it gets right means nothing`;
  const reason =
    withheld ?? (hasTruth ? undefined : `data set ${data.id} has no segmentation to hold the labels against`);
  const rows = [...tally.groups.keys()].map((filter) => qualityRow(expertWords(provenance), tally, filter));
  return {
    schema: QUALITY_SCHEMA,
    densebench: made.densebench,
    finishedAt: made.finishedAt.toISOString(),
    data: { id: data.id, split: data.split, isSample: data.isSample },
    images,
    splitCount: data.count,
    ...(reason !== undefined && { undefinedBecause: reason }),
    rows: rows.map((row) => stored(row, reason)),
    ...(reason === undefined && { noise: noiseMatrix(tally, classNames) }),
    ...(judge && { judge }),
  };
}

/** Only what is kept needs no truth. */
function stored({ precisionInterval, ...row }: QualityRow, reason: string | undefined): StoredRow {
  return {
    ...row,
    figures: row.figures.map((figure) =>
      figure.key === 'labels/kept' || reason === undefined
        ? { ...figure, value: figure.value ?? null }
        : { ...figure, value: null, reason },
    ),
    ...(reason === undefined && precisionInterval && { precisionInterval }),
  };
}
