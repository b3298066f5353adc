import { ResourceError } from '../core/errors.ts';
import type { TallyContext } from '../core/metric.ts';
import { type PixelPlace, placeOf, placeWords, type Raster } from '../core/raster.ts';

/** A pixel to look at, and its image (a file or a sample id). */
export interface Place extends PixelPlace {
  readonly where: string;
}

export const placeIn = (where: string, pixel: number, width: number): Place => ({ ...placeOf(pixel, width), where });

export const inWords = (place: Place): string => `${placeWords(place)} of ${place.where}`;

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
