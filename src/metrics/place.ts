import { ResourceError } from '../core/errors.ts';
import type { TallyContext } from '../core/metric.ts';
import type { Raster } from '../core/raster.ts';

/** A pixel to look at: row and column from 0, and the image (a file or a sample id). */
export interface Place {
  readonly row: number;
  readonly column: number;
  readonly where: string;
}

export function placeOf(index: number, width: number, where: string): Place {
  return { row: Math.floor(index / width), column: index % width, where };
}

export const inWords = ({ row, column, where }: Place): string => `row ${row}, column ${column} of ${where}`;

/** @throws ResourceError unless the mask has one value per pixel of the target. */
export function requireMaskFits(target: Raster, { mask, where }: TallyContext): void {
  const pixels = target.height * target.width;
  if (mask !== undefined && mask.length !== pixels)
    throw new ResourceError(
      `${where}: the mask has ${mask.length} values, the target ${pixels} pixels (${target.height}x${target.width}, height x width)`,
    );
}

/** @throws ResourceError unless both maps have `channels` values per pixel. */
export function requireChannels(prediction: Raster, target: Raster, channels: number, where: string): void {
  for (const [name, raster] of [
    ['prediction', prediction],
    ['target', target],
  ] as const)
    if (raster.channels !== channels)
      throw new ResourceError(
        `${where}: the ${name} has ${raster.channels} value(s) per pixel where ${channels} are needed`,
      );
}
