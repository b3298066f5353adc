import { ResourceError } from './errors.ts';

/** A map of class ids, one per pixel. */
export type LabelArray = Uint8Array | Uint16Array | Int32Array;
/** A map of real values. float64 appears only where a user stored float64; nothing is rounded on the way in. */
export type RealArray = Float32Array | Float64Array;

/** A picture or map: row-major, channel-last, `data.length === height * width * channels`. */
export interface Raster<A extends LabelArray | RealArray = LabelArray | RealArray> {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: A;
}

/** RGB, 8 bits a channel, channels = 3. */
export type RgbRaster = Raster<Uint8Array>;
/** Train ids 0..C-1, 255 = ignore; channels = 1. */
export type LabelRaster = Raster<LabelArray>;
/** What a network of several data sets answers when it is not told which of them the image is from. */
export interface OpenSegmentation {
  /** The largest of all channels: an id of the data set's slice, or IGNORE_LABEL where it is a channel of none of them. */
  readonly labels: LabelRaster;
  /** Share of the softmax over all channels that lies in the slice, mean over the cells of the raw output: 0..1. */
  readonly sliceMass: number;
  /** Whether no other data set's slice has a larger log-sum-exp of the logits over the image. */
  readonly isOwnLargest: boolean;
  /** All slices of the network in words, "kitti6 6, nyud40 40": figures of networks with other slices do not compare. */
  readonly slices: string;
}
/** z-depth in metres; a truth that was not measured is NaN; channels = 1. */
export type DepthRaster = Raster<RealArray>;
/** Unit vectors xyz in the camera frame (x right, y down, z forward), towards the camera; NaN = none; channels = 3. */
export type NormalsRaster = Raster<RealArray>;

export const IGNORE_LABEL = 255;

export function sameSize(a: Pick<Raster, 'height' | 'width'>, b: Pick<Raster, 'height' | 'width'>): boolean {
  return a.height === b.height && a.width === b.width;
}

/** A pixel by row and column, both counted from 0. */
export interface PixelPlace {
  readonly row: number;
  readonly column: number;
}

export function placeOf(pixel: number, width: number): PixelPlace {
  return { row: Math.floor(pixel / width), column: pixel % width };
}

/** As messages name a pixel. */
export const placeWords = ({ row, column }: PixelPlace): string => `row ${row}, column ${column}`;

/** @throws ResourceError naming both sizes unless prediction and target cover the same pixels. */
export function requireSameSize(prediction: Raster, target: Raster, where: string): void {
  if (!sameSize(prediction, target))
    throw new ResourceError(
      `${where}: the prediction is ${prediction.height}x${prediction.width} (height x width), the target ${target.height}x${target.width}; ` +
        'resize the prediction to the target before scoring',
    );
}
