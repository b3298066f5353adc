import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readObjectCamera, readRawCamera } from '../../src/datasets/kitti-camera.ts';
import { readRgb } from '../../src/formats/image.ts';
import { readKittiCalibration } from '../../src/formats/kitti-calibration.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { readVelodyne } from '../../src/formats/velodyne.ts';
import { type ScanCamera, type ScanRule, velodyneDepth } from '../../src/kernels/velodyne-depth.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

const KITTI = ['golden', 'datasets', 'kitti'];
const DAY = [...KITTI, 'raw', '2011_09_26'];

/** Places where two maps differ; 0 and NaN both mean "not measured". */
function differences(depth: ArrayLike<number>, expected: ArrayLike<number>): number[] {
  expect(depth.length).toBe(expected.length);
  return Array.from(depth, (value, i) => {
    const [a, b] = [value || 0, expected[i] || 0];
    return Math.abs(a - b) <= 1e-9 * Math.abs(b) ? -1 : i;
  }).filter((i) => i >= 0);
}

describe.skipIf(needsShared(...KITTI).skip)("monodepth2's own maps of a scan", () => {
  const scan = sharedPath(...DAY, '2011_09_26_drive_0001_sync', 'velodyne_points', 'data', '0000000005.bin');
  const expected = async (name: string) => (await readNpy(sharedPath(...KITTI, 'expected', `${name}.npy.gz`))).data;
  const depthOf = async (camera: 2 | 3, rule: ScanRule) => {
    const { scanToImage: projection, height, width } = await readRawCamera(sharedPath(...DAY), camera);
    return velodyneDepth(await readVelodyne(scan), { projection, height, width }, rule);
  };

  it.each([
    [2, 'velodyne', 'velodyne_depth_cam2', 18260],
    [3, 'velodyne', 'velodyne_depth_cam3', 18113],
    [2, 'velodyne-forward', 'velodyne_depth_cam2_vel_depth', 18260],
    [2, 'velodyne-corrected', 'velodyne_depth_cam2_nearest_no_collision', 18260],
  ] as const)('camera %s, %s: every pixel of %s', async (camera, rule, name, measured) => {
    const { height, width, data } = await depthOf(camera, rule);
    expect([height, width]).toEqual([375, 1242]);
    expect(differences(data, (await expected(name)) as Float64Array)).toEqual([]);
    expect(data.filter((metres) => metres > 0)).toHaveLength(measured);
    expect(data.every((metres) => metres > 0 || Number.isNaN(metres))).toBe(true);
  });

  it('differs from the nearest point at the one pixel that the index takes for another', async () => {
    const [quirk, nearest] = [await depthOf(2, 'velodyne'), await depthOf(2, 'velodyne-corrected')];
    const at = 200 * 1242 + 1241;
    expect(differences(quirk.data, nearest.data)).toEqual([at]);
    expect(quirk.data[at]).toBeCloseTo(7.000000183682076, 12);
    expect(nearest.data[at]).toBeCloseTo(19.99999988874086, 12);
  });

  it('has the camera of the calibration files, counted from 0', async () => {
    const { intrinsics, scanToImage } = await readRawCamera(sharedPath(...DAY), 2);
    expect(intrinsics).toEqual({ fxPx: 721.5377, fyPx: 721.5377, cxPx: 609.5593 - 1, cyPx: 172.854 - 1 });
    // golden/datasets/kitti/expected/expected.json, projection_matrix_velo_to_image, by NumPy
    const byNumpy = [
      ...[609.6954091642638, -721.4215973249585, -1.2512585456597733, -123.04180574734988],
      ...[180.3842015882277, 7.644798019203081, -719.6514740348146, -101.01668787418492],
      ...[0.9999453885620024, 0.00012436537838650679, 0.010451302995668946, -0.2693869124058732],
    ];
    for (const [i, value] of byNumpy.entries()) expect(scanToImage[i]).toBeCloseTo(value, 9);
  });
});

/** Each point through each matrix of the chain in turn, as the development kit of KITTI words it. */
async function hitsStepByStep(folder: string, name: string) {
  const calibration = await readKittiCalibration(join(folder, 'calib', `${name}.txt`));
  const toCamera = calibration.numbers('Tr_velo_to_cam', 12);
  const rectify = calibration.numbers('R0_rect', 9);
  const project = calibration.numbers('P2', 12);
  const { height, width } = await readRgb(join(folder, 'image_2', `${name}.png`));
  const points = await readVelodyne(join(folder, 'velodyne', `${name}.bin`));
  const times = (rows: readonly number[], vector: readonly number[]) =>
    [0, 1, 2].map((row) => vector.reduce((sum, value, i) => sum + value * rows[row * vector.length + i], 0));
  const even = (value: number) => {
    const below = Math.floor(value);
    const rest = value - below;
    return rest === 0.5 ? 2 * Math.round(below / 2) : rest < 0.5 ? below : below + 1;
  };
  const hits: { pixel: number; row: number; column: number; z: number; x: number }[] = [];
  for (let i = 0; i < points.length; i += 4) {
    const [x, y, z] = points.subarray(i, i + 3);
    if (x < 0) continue;
    const camera = times(toCamera, [x, y, z, 1]);
    const [u, v, w] = times(project, [...times(rectify, camera), 1]);
    const [column, row] = [even(u / w) - 1, even(v / w) - 1];
    if (column < 0 || row < 0 || column >= width || row >= height) continue;
    hits.push({ pixel: row * width + column, row, column, z: w, x });
  }
  return {
    hits,
    height,
    width,
    points,
    projection: (await readObjectCamera(join(folder, 'calib', `${name}.txt`))).scanToImage,
  };
}

describe.skipIf(needsShared('real', 'kitti-object').skip)('real frames of KITTI', () => {
  const folder = sharedPath('real', 'kitti-object');

  it.each(['000000', '000001'])('frame %s: the nearest point, found by sorting', async (name) => {
    const { hits, height, width, points, projection } = await hitsStepByStep(folder, name);
    const expected = new Float64Array(height * width);
    const sorted = hits.filter(({ z }) => z > 0).sort((a, b) => a.pixel - b.pixel || b.z - a.z);
    for (const { pixel, z } of sorted) expected[pixel] = z;
    const camera: ScanCamera = { projection, height, width };
    const corrected = velodyneDepth(points, camera, 'velodyne-corrected').data;
    expect(differences(corrected, expected)).toEqual([]);
    const measured = corrected.filter((metres) => metres > 0);
    expect(measured.length).toBeGreaterThan(15_000);
    expect(Math.min(...measured)).toBeGreaterThan(2);
    expect(Math.max(...measured)).toBeLessThan(90);
  });

  it.each(['000000', '000001'])("frame %s: the field's rule, told point by point", async (name) => {
    const { hits, height, width, points, projection } = await hitsStepByStep(folder, name);
    for (const [rule, of] of [
      ['velodyne', 'z'],
      ['velodyne-forward', 'x'],
    ] as const) {
      const expected = new Float64Array(height * width);
      const groups = new Map<number, typeof hits>();
      for (const hit of hits) {
        expected[hit.pixel] = hit[of];
        const index = hit.row * (width - 1) + hit.column - 1;
        groups.set(index, [...(groups.get(index) ?? []), hit]);
      }
      for (const group of groups.values())
        if (group.length > 1) expected[group[0].pixel] = Math.min(...group.map((hit) => hit[of]));
      for (let i = 0; i < expected.length; i++) if (expected[i] < 0) expected[i] = 0;
      const { data } = velodyneDepth(points, { projection, height, width }, rule);
      expect(differences(data, expected), rule).toEqual([]);
    }
  });
});

describe('the rules on single points', () => {
  /** Focal length 1, a scanner that looks along the camera's axis: u = -y / x + 4, v = -z / x + 2. */
  const camera: ScanCamera = { projection: [4, -1, 0, 0, 2, 0, -1, 0, 1, 0, 0, 0], height: 3, width: 6 };
  const at = (u: number, v: number, x: number) => [x, -(u - 4) * x, -(v - 2) * x, 0];
  const map = (points: number[][], rule: ScanRule, of = camera) =>
    Array.from(velodyneDepth(Float32Array.from(points.flat()), of, rule).data, (metres) => metres || 0);
  const pixel = (row: number, column: number) => row * 6 + column;

  it('counts places from 1 and rounds halves to the even', () => {
    for (const [u, column] of [
      [1, 0],
      [1.49, 0],
      [2.5, 1],
      [3.5, 3],
      [4.5, 3],
      [6.25, 5],
    ])
      for (const rule of ['velodyne', 'velodyne-corrected'] as const)
        expect(map([at(u, 2, 8)], rule).indexOf(8), `${u}`).toBe(pixel(1, column));
    expect(map([at(0.5, 2, 8), at(6.75, 2, 8), at(3, 0.5, 8), at(3, 3.75, 8)], 'velodyne').every((z) => z === 0)).toBe(
      true,
    );
  });

  it('drops what is behind the scanner, and what is behind the camera', () => {
    expect(map([at(3, 2, -8)], 'velodyne-corrected').every((z) => z === 0)).toBe(true);
    // The camera stands 1 m before the scanner: a point half a metre before that is behind the camera.
    const ahead = { ...camera, projection: [4, -1, 0, -4, 2, 0, -1, -2, 1, 0, 0, -1] };
    const point = [0.5, 0, 0, 0];
    for (const rule of ['velodyne', 'velodyne-corrected'] as const)
      expect(map([point], rule, ahead).every((z) => z === 0)).toBe(true);
    expect(map([point], 'velodyne-forward', ahead)[pixel(1, 3)]).toBe(0.5);
  });

  it('keeps the nearest of a pixel in any order', () => {
    for (const depths of [
      [9, 5, 7],
      [5, 7, 9],
      [7, 9, 5],
    ])
      for (const rule of ['velodyne', 'velodyne-corrected', 'velodyne-forward'] as const)
        expect(
          map(
            depths.map((x) => at(3, 2, x)),
            rule,
          )[pixel(1, 2)],
        ).toBe(5);
  });

  it('takes the end of a row and the start of the next for one, as the field does, or does not', () => {
    const end = at(6, 1, 20);
    const start = at(1, 2, 7);
    expect(map([end, start], 'velodyne-corrected')).toMatchObject({ 5: 20, 6: 7 });
    // The first of the two gets the lesser depth, the other keeps its own.
    expect(map([end, start], 'velodyne')).toMatchObject({ 5: 7, 6: 7 });
    expect(map([start, end], 'velodyne')).toMatchObject({ 5: 20, 6: 7 });
  });
});
