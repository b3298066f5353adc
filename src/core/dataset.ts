import type { Intrinsics } from './intrinsics.ts';
import type { DepthTruth } from './protocol.ts';
import type { DepthRaster, LabelRaster, NormalsRaster, RgbRaster } from './raster.ts';
import type { Task } from './tasks.ts';

/** Name of a split: 'train', 'test' or whatever else a card names; `ALL` is every sample of the data set. */
export type Split = string;
export const ALL: Split = 'all';

export interface SampleRef {
  /** Unique within the data set; also the stem of stored predictions. Letters, digits, '.', '_' and '-' only. */
  readonly id: string;
  /** Scene or drive: neighbours are not independent, so intervals and tests resample groups. */
  readonly group: string;
}

/** One image and its targets; everything is read when asked for. Errors name file and sample. */
export interface Sample extends SampleRef {
  image(): Promise<RgbRaster>;
  /** Train ids, 255 = ignore. */
  segmentation(): Promise<LabelRaster>;
  /** Metres, NaN = not measured. */
  depth(): Promise<DepthRaster>;
  normals(): Promise<NormalsRaster>;
  /** Of the image as it is loaded; left out where the data set does not know its camera. */
  intrinsics?(): Promise<Intrinsics>;
}

/** What an open data set says of itself; goes into the run record. */
export interface DatasetInfo {
  readonly id: string;
  readonly title: string;
  readonly licence: string;
  readonly split: string;
  /** Where the data was found. */
  readonly location: string;
  /** Sample data stand in for the real thing and are named on every output. */
  readonly isSample: boolean;
  /** Images of the split as published, where the card knows: fewer or more are not the benchmark. */
  readonly officialCount?: number;
  /** Entries of the split that its own list marks as having no truth, and that are no samples therefore. */
  readonly leftOut?: number;
  readonly tasks: readonly Task[];
  readonly taxonomy: string;
  /** classNames[i] names train id i. */
  readonly classNames: readonly string[];
  readonly depthTruth: DepthTruth;
}

export interface Dataset {
  readonly info: DatasetInfo;
  /** How a task that the data lack can be had, for messages: "lay them into ...". */
  readonly remedies?: { readonly [T in Task]?: string };
  /** All samples of the split, in their fixed order. */
  readonly samples: readonly SampleRef[];
  /** The samples at `indices`, in that order. A sample that cannot be read fails when its target is asked for, not here. */
  load(indices: Iterable<number>): AsyncIterable<Sample>;
  close(): Promise<void>;
}
