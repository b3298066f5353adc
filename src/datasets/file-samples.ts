import { relative } from 'node:path';
import type { Sample, SampleRef } from '../core/dataset.ts';
import { ResourceError } from '../core/errors.ts';
import { type Raster, sameSize } from '../core/raster.ts';
import { TASKS, type Task } from '../core/tasks.ts';
import { readRgb } from '../formats/image.ts';
import { readDepth, readLabels, readNormals } from '../formats/maps.ts';
import type { NormalsOptions } from '../formats/normals.ts';
import { type DepthRule, type LabelRule, mapLabels, markMissing, requireUnitNormals } from './truth.ts';

/** One sample as files. A task without a path is not there. */
export interface SampleFiles extends SampleRef {
  readonly paths: { readonly image: string } & { readonly [T in Task]?: string };
}

/** How the files of a data set are read. */
export interface FileRules {
  readonly segmentation?: LabelRule & { readonly colours?: ReadonlyMap<number, number> };
  /** `invalid` as stored. Without a scale the files must hold metres as floats; `scaleOption` is what an error names. */
  readonly depth?: DepthRule & { readonly scale?: number; readonly scaleOption: string };
  readonly normals?: NormalsOptions;
}

export const tasksOf = ({ paths }: SampleFiles): Task[] => TASKS.filter((task) => paths[task] !== undefined);

/** Gives back what is of the size of the sample's first raster. @throws ResourceError naming both files otherwise. */
export type Sized = <R extends Raster>(raster: R, path: string) => R;

export function sizedFor(id: string): Sized {
  let first: { path: string; height: number; width: number } | undefined;
  return (raster, path) => {
    first ??= { path, height: raster.height, width: raster.width };
    if (!sameSize(raster, first))
      throw new ResourceError(
        `sample ${id}: ${path} is ${raster.height}x${raster.width} (height x width), ${first.path} is ${first.height}x${first.width}`,
      );
    return raster;
  };
}

/** A sample whose image and targets are files of equal size. Each is read when asked for. */
export function fileSample({ id, group, paths }: SampleFiles, rules: FileRules, sized: Sized): Sample {
  const pathOf = (task: Task): string => {
    const path = paths[task];
    if (path === undefined) throw new ResourceError(`sample ${id} has no ${task}; the card names no files for it`);
    return path;
  };
  return {
    id,
    group,
    image: async () => sized(await readRgb(paths.image), paths.image),
    async segmentation() {
      const path = pathOf('segmentation');
      const rule = rules.segmentation!;
      return sized(mapLabels(await readLabels(path, { colours: rule.colours }), rule, path), path);
    },
    async depth() {
      const path = pathOf('depth');
      const { scale, scaleOption, invalid, allowNaN } = rules.depth!;
      const depth = await readDepth(path, { scale, scaleOption });
      return sized(markMissing(depth, { invalid, scale, allowNaN }, path), path);
    },
    async normals() {
      const path = pathOf('normals');
      return sized(requireUnitNormals(await readNormals(path, rules.normals!), path), path);
    },
  };
}

/** Ids name files of stored predictions, so they must be plain and unique. */
export function requireGoodIds(samples: readonly SampleFiles[], directory: string): void {
  const seen = new Map<string, string>();
  for (const { id, paths } of samples) {
    const path = relative(directory, paths.image);
    if (!/^[A-Za-z0-9._-]+$/.test(id))
      throw new ResourceError(
        `${path}: ${JSON.stringify(id)} cannot be a sample id; use letters, digits, ".", "_" and "-", or a stem pattern`,
      );
    const other = seen.get(id);
    if (other !== undefined) throw new ResourceError(`${path} and ${other} give the same sample id "${id}"`);
    seen.set(id, path);
  }
}

/** The group that a card's pattern finds; without a pattern each sample is a group of its own. */
export function groupOf(pattern: string | undefined, text: string, id: string): string {
  if (pattern === undefined) return id;
  const group = new RegExp(pattern).exec(text)?.[1];
  if (group === undefined)
    throw new ResourceError(`sample ${id}: the card's group pattern /${pattern}/ finds nothing in "${text}"`);
  return group;
}
