import { ResourceError } from '../core/errors.ts';
import {
  type DepthRaster,
  IGNORE_LABEL,
  type LabelArray,
  type LabelRaster,
  placeOf,
  placeWords,
  type Raster,
} from '../core/raster.ts';

/** The pixel that an element of the array belongs to. */
const pixelWords = ({ channels, width }: Raster, index: number) =>
  placeWords(placeOf(Math.floor(index / channels), width));

/** How stored labels become train ids. */
export interface LabelRule {
  /** `table[stored]` is the train id or 255; -1 and everything outside the table must not occur. */
  readonly table: Int16Array;
  /** A stored value, possibly outside the table, that does not count. */
  readonly ignore?: number;
  /** What is valid, for the message. */
  readonly valid: string;
}

/**
 * Stored labels -> train ids, 255 = ignore.
 * @throws ResourceError naming the label and its place.
 */
export function mapLabels(stored: LabelRaster, { table, ignore, valid }: LabelRule, where: string): LabelRaster {
  const labels: LabelArray = stored.data;
  const ids = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    // Outside the table this is undefined, which fails the comparison below as -1 does.
    const id = label === ignore ? IGNORE_LABEL : table[label];
    if (!(id >= 0)) throw new ResourceError(`${where}: label ${label} at ${pixelWords(stored, i)}; valid are ${valid}`);
    ids[i] = id;
  }
  return { ...stored, data: ids };
}

export interface DepthRule {
  /** Stored value of a pixel that was not measured. 0 is always one: no depth is 0 m. */
  readonly invalid: number;
  /** Metres of one stored unit; 1 where metres are stored. */
  readonly scale?: number;
  /** Whether NaN marks such pixels as well. */
  readonly allowNaN: boolean;
}

/**
 * Depth in metres with NaN where it was not measured; in place.
 * @throws ResourceError on a negative or infinite depth, and on NaN unless it is allowed.
 */
export function markMissing(
  depth: DepthRaster,
  { invalid, scale = 1, allowNaN }: DepthRule,
  where: string,
): DepthRaster {
  const { data } = depth;
  // A file of float32 cannot hold, say, 0.1: what it holds instead is meant.
  const [missing, missing32] = [invalid * scale, Math.fround(Math.fround(invalid) * scale)];
  const missing64 = Math.fround(invalid) * scale;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (value === 0 || value === missing || value === missing32 || value === missing64) data[i] = Number.NaN;
    else if (!(value > 0 && value < Number.POSITIVE_INFINITY) && !(allowNaN && Number.isNaN(value)))
      throw new ResourceError(
        `${where}: depth ${value} m at ${pixelWords(depth, i)}; a depth is a positive number, or ${missing} where it was not measured`,
      );
  }
  return depth;
}

/** A normal counts as given when its length is this near 1: stored as float32 or 8 bits a component. */
const UNIT_TOLERANCE = 0.02;

/** @throws ResourceError on a vector that is neither of unit length nor NaN. */
export function requireUnitNormals<R extends Raster>(normals: R, where: string): R {
  const { data } = normals;
  for (let i = 0; i < data.length; i += 3) {
    const length = Math.sqrt(data[i] * data[i] + data[i + 1] * data[i + 1] + data[i + 2] * data[i + 2]);
    if (Math.abs(length - 1) > UNIT_TOLERANCE)
      throw new ResourceError(
        `${where}: normal (${data[i]}, ${data[i + 1]}, ${data[i + 2]}) at ${pixelWords(normals, i)} is not of unit length; NaN, or in pictures the encoding's colour "invalid", marks a pixel without one`,
      );
  }
  return normals;
}
