import type { DepthRaster, LabelRaster, NormalsRaster } from './raster.ts';

export const TASKS = ['segmentation', 'depth', 'normals'] as const;
export type Task = (typeof TASKS)[number];

/** What each task's prediction and truth look like. */
export interface TaskRasters {
  segmentation: LabelRaster;
  depth: DepthRaster;
  normals: NormalsRaster;
}

/** The maps a predictor returns for one image, at the size of that image. */
export type Maps = { readonly [T in Task]?: TaskRasters[T] };
