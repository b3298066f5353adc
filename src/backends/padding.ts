import type { Raster } from '../core/raster.ts';
import type { Maps } from '../core/tasks.ts';

interface Size {
  readonly height: number;
  readonly width: number;
}

/** The next multiples of `stride` that hold the image. */
export function paddedSize({ height, width }: Size, stride: number): Size {
  const up = (n: number) => Math.ceil(n / stride) * stride;
  return { height: up(height), width: up(width) };
}

/** Planes with rows added below and columns added to the right, all 0: after normalisation that is the mean colour. */
export function padPlanes(planes: Float32Array, from: Size, to: Size): Float32Array {
  if (from.height === to.height && from.width === to.width) return planes;
  const channels = planes.length / (from.height * from.width);
  const padded = new Float32Array(channels * to.height * to.width);
  for (let row = 0; row < channels * from.height; row++) {
    const channel = Math.floor(row / from.height);
    const at = (channel * to.height + (row - channel * from.height)) * to.width;
    padded.set(planes.subarray(row * from.width, (row + 1) * from.width), at);
  }
  return padded;
}

/** Maps without the rows and columns that padding added. */
export function cropMaps({ segmentation, depth, normals }: Maps, from: Size, to: Size): Maps {
  return {
    ...(segmentation && { segmentation: cropMap(segmentation, from, to) }),
    ...(depth && { depth: cropMap(depth, from, to) }),
    ...(normals && { normals: cropMap(normals, from, to) }),
  };
}

export const cropMap = <R extends Raster>(map: R, from: Size, to: Size): R => ({
  ...map,
  height: to.height,
  width: to.width,
  data: cropped(map.data, map.channels, from, to),
});

function cropped(data: Raster['data'], channels: number, from: Size, to: Size): Raster['data'] {
  const [wide, narrow] = [from.width * channels, to.width * channels];
  const result = data.slice(0, to.height * narrow);
  for (let row = 0; row < to.height; row++) result.set(data.subarray(row * wide, row * wide + narrow), row * narrow);
  return result;
}
