import { join } from 'node:path';
import { ALL, type Split } from '../core/dataset.ts';
import { ResourceError } from '../core/errors.ts';
import { IGNORE_LABEL } from '../core/raster.ts';
import { type MatValue, readMat } from '../formats/mat5.ts';
import type { CardOf } from './card.ts';
import type { LabelRule } from './truth.ts';

/** Reads one numeric variable as plain numbers, in MATLAB's column-major order. */
function numbers(value: MatValue | undefined, path: string, name: string): number[] {
  if (!value) throw new ResourceError(`${path}: variable "${name}" is missing`);
  if (value.kind !== 'numeric') throw new ResourceError(`${path}: "${name}" is a ${value.kind}, expected numbers`);
  return Array.from(value.data, Number);
}

function requireRange(values: readonly number[], low: number, high: number, path: string, name: string): void {
  const at = values.findIndex((value) => !Number.isInteger(value) || value < low || value > high);
  if (at >= 0)
    throw new ResourceError(`${path}: ${name}(${at + 1}) is ${values[at]}, expected a whole number of ${low}..${high}`);
}

/**
 * 0-based frame indices of a split, ascending. splits.mat holds 1-based indices in `trainNdxs` and `testNdxs`.
 * @throws ResourceError on an index out of range, a repeated one, and an empty split.
 */
export async function readSplit(path: string, split: Split, frames: number): Promise<number[]> {
  if (split === ALL) return Array.from({ length: frames }, (_, index) => index);
  const name = `${split}Ndxs`;
  const indices = numbers((await readMat(path)).get(name), path, name);
  if (indices.length === 0) throw new ResourceError(`${path}: ${name} is empty; the ${split} split has no frame`);
  const outside = indices.find((index) => !Number.isInteger(index) || index < 1 || index > frames);
  if (outside !== undefined)
    throw new ResourceError(
      `${path}: ${name} names frame ${outside}, but the data has frames 1..${frames}; the two files do not belong together`,
    );
  const sorted = indices.map((index) => index - 1).sort((a, b) => a - b);
  const repeated = sorted.find((index, at) => index === sorted[at - 1]);
  if (repeated !== undefined) throw new ResourceError(`${path}: ${name} names frame ${repeated + 1} twice`);
  return sorted;
}

/**
 * Stored label (0 = none, 1..894) -> train id, 255 = ignore.
 *
 * 40 classes: `mapClass` of classMapping40.mat (Gupta et al. 2013). 13 classes: that, then `classMapping13.labels13`
 * of class13Mapping.mat (Couprie et al. 2013). Both are 1-based with 0 for none.
 */
export async function readLabelRule(directory: string, card: CardOf<'nyudv2'>, classes: 40 | 13): Promise<LabelRule> {
  const path40 = join(directory, card.classMap40);
  const to40 = numbers((await readMat(path40)).get('mapClass'), path40, 'mapClass');
  requireRange(to40, 0, 40, path40, 'mapClass');
  const valid = `0..${to40.length}, as in ${card.classMap40}`;
  if (classes === 40) return { table: tableOf(to40), valid };
  const path13 = join(directory, card.classMap13);
  const to13 = numbers(await labels13(path13), path13, 'labels13');
  if (to13.length !== 40) throw new ResourceError(`${path13}: labels13 has ${to13.length} entries, expected 40`);
  requireRange(to13, 0, 13, path13, 'labels13');
  return { table: tableOf(to40.map((id) => (id === 0 ? 0 : to13[id - 1]))), valid };
}

const tableOf = (ids: readonly number[]) =>
  Int16Array.from([IGNORE_LABEL, ...ids.map((id) => (id === 0 ? IGNORE_LABEL : id - 1))]);

async function labels13(path: string): Promise<MatValue | undefined> {
  const values = await readMat(path);
  const whole = values.get('classMapping13');
  return whole?.kind === 'struct' ? whole.fields.get('labels13')?.[0] : values.get('labels13');
}
