import type { DepthRaster } from '../core/raster.ts';

/**
 * The number of the first column and row in KITTI's calibration, as the programs of the field take it (docs/decisions/
 * 0013): whoever projects, reads a principal point or writes one moves it by as much to count from 0.
 */
export const KITTI_FIRST_PIXEL = 1;

/** What becomes of a laser scan in an image. */
export interface ScanCamera {
  /** 3 x 4, row by row: (x, y, z, 1) of the scanner -> (column, row, 1) times z-depth, metres. */
  readonly projection: readonly number[];
  readonly height: number;
  readonly width: number;
}

/**
 * - `velodyne`: what monodepth2's generate_depth_map gives, quirk and all.
 * - `velodyne-forward`: the same with its option vel_depth: not z of the camera but x of the scanner, some 0.3 m more.
 * - `velodyne-corrected`: the nearest point of every pixel.
 */
export const SCAN_RULES = ['velodyne', 'velodyne-corrected', 'velodyne-forward'] as const;
export type ScanRule = (typeof SCAN_RULES)[number];

/** The points of a scan that fall into the image. */
interface Hits {
  readonly count: number;
  readonly row: Int32Array;
  readonly column: Int32Array;
  readonly depth: Float64Array;
}

/**
 * Projects a scan into an image: depth in metres, float64, NaN where no point falls.
 *
 * All rules drop points behind the scanner (x < 0), and all take a projected place for one that counts from 1: the
 * pixel is the nearest whole number less one, halves to the even.
 * @param points [n][4] x, y, z, reflectance
 */
export function velodyneDepth(points: Float32Array, camera: ScanCamera, rule: ScanRule): DepthRaster {
  const { height, width } = camera;
  const hits = project(points, camera, rule === 'velodyne-forward');
  const data = rule === 'velodyne-corrected' ? nearest(hits, camera) : asMonodepth2(hits, camera);
  return { height, width, channels: 1, data };
}

function project(points: Float32Array, { projection: p, height, width }: ScanCamera, isForward: boolean): Hits {
  const length = points.length / 4;
  const [row, column, depth] = [new Int32Array(length), new Int32Array(length), new Float64Array(length)];
  let count = 0;
  for (let i = 0; i < points.length; i += 4) {
    const [x, y, z] = [points[i], points[i + 1], points[i + 2]];
    if (!(x >= 0)) continue;
    const scale = p[8] * x + p[9] * y + p[10] * z + p[11];
    const u = roundHalfToEven((p[0] * x + p[1] * y + p[2] * z + p[3]) / scale) - KITTI_FIRST_PIXEL;
    const v = roundHalfToEven((p[4] * x + p[5] * y + p[6] * z + p[7]) / scale) - KITTI_FIRST_PIXEL;
    if (!(u >= 0 && u < width && v >= 0 && v < height)) continue;
    row[count] = v;
    column[count] = u;
    depth[count++] = isForward ? x : scale;
  }
  return { count, row, column, depth };
}

function nearest({ count, row, column, depth }: Hits, { height, width }: ScanCamera): Float64Array {
  const data = new Float64Array(height * width).fill(Number.NaN);
  for (let i = 0; i < count; i++) {
    const pixel = row[i] * width + column[i];
    // A pixel that is still NaN fails the comparison.
    if (depth[i] > 0 && !(data[pixel] <= depth[i])) data[pixel] = depth[i];
  }
  return data;
}

/**
 * The last point of a pixel stands, unless several have the same index: then their least depth is given to the pixel of
 * the first of them. The index, row * (width - 1) + column - 1, is the same for the last pixel of a row and the first of
 * the next, so that points of these two are taken for points of one.
 */
function asMonodepth2({ count, row, column, depth }: Hits, { height, width }: ScanCamera): Float64Array {
  const data = new Float64Array(height * width).fill(Number.NaN);
  const indices = height * (width - 1) + 1;
  const [pointsOf, firstPixel, least] = [new Int32Array(indices), new Int32Array(indices), new Float64Array(indices)];
  for (let i = 0; i < count; i++) {
    const pixel = row[i] * width + column[i];
    const index = row[i] * (width - 1) + column[i];
    data[pixel] = depth[i];
    if (pointsOf[index]++ === 0) {
      firstPixel[index] = pixel;
      least[index] = depth[i];
    } else if (depth[i] < least[index]) least[index] = depth[i];
  }
  for (let index = 0; index < indices; index++) if (pointsOf[index] > 1) data[firstPixel[index]] = least[index];
  for (let pixel = 0; pixel < data.length; pixel++) if (data[pixel] <= 0) data[pixel] = Number.NaN;
  return data;
}

/** As NumPy rounds; Math.round takes halves up. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
