import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Intrinsics } from '../../src/core/intrinsics.ts';
import type { DepthRaster, NormalsRaster } from '../../src/core/raster.ts';
import { readDepth, readNormals } from '../../src/formats/maps.ts';
import { NORMALS_ENCODINGS } from '../../src/formats/normals-encoding.ts';
import { readNpy } from '../../src/formats/npy.ts';
import {
  type DepthNormalsRules,
  NORMALS_METHODS,
  NORMALS_WINDOWS,
  normalsOfDepth,
} from '../../src/kernels/depth-normals.ts';
import { smallestEigenvector4 } from '../../src/kernels/smallest-eigenvector.ts';
import { normals } from '../../src/metrics/normals.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

const GOLDEN = ['golden', 'metrics', 'depth_to_normals'] as const;
const array = async (file: string) =>
  (await readNpy(sharedPath(...GOLDEN, file))) as { shape: number[]; data: Float32Array };

async function depthOf(name: string): Promise<{ depth: DepthRaster; camera: Intrinsics }> {
  const { shape, data } = await array(`${name}_depth.npy`);
  const [[fxPx, , cxPx], [, fyPx, cyPx]] = JSON.parse(readFileSync(sharedPath(...GOLDEN, `${name}.json`), 'utf8')).K;
  return { depth: { height: shape[0], width: shape[1], channels: 1, data }, camera: { fxPx, fyPx, cxPx, cyPx } };
}

/** Degrees between vectors of unit length; exact near 0. */
function angleDeg(a: ArrayLike<number>, b: ArrayLike<number>, i: number, sign: number): number {
  const [x, y, z] = [a[i] - sign * b[i], a[i + 1] - sign * b[i + 1], a[i + 2] - sign * b[i + 2]];
  return (2 * Math.asin(Math.min(1, Math.hypot(x, y, z) / 2)) * 180) / Math.PI;
}

const CASES = ['plane', 'sphere', 'nyu_quarter'] as const;
const RULES: readonly (readonly [string, DepthNormalsRules])[] = [
  ['cross_k3', { method: 'cross', window: 3 }],
  ['cross_k5', { method: 'cross', window: 5 }],
  ['plane_svd_k5_gamma005', { method: 'plane', window: 5 }],
];

describe.each(CASES)('%s, against DSINE', (name) => {
  const there = it.skipIf(needsShared(...GOLDEN, `${name}_depth.npy`).skip);

  there.each(RULES)('%s', async (file, rules) => {
    const { depth, camera } = await depthOf(name);
    const { data } = normalsOfDepth(depth, camera, rules);
    const theirs = (await array(`${name}_${file}_normals.npy`)).data;
    const valid = (await array(`${name}_${file}_valid.npy`)).data;
    const angles: number[] = [];
    for (let p = 0; p < valid.length; p++) {
      expect(Number.isNaN(data[3 * p]), `pixel ${p}`).toBe(valid[p] === 0);
      if (valid[p] === 0) continue;
      // Theirs point away from the camera.
      angles.push(angleDeg(data, theirs, 3 * p, -1));
      if (rules.method === 'cross')
        for (let k = 3 * p; k < 3 * p + 3; k++) expect(Math.abs(data[k] + theirs[k])).toBeLessThan(1e-5);
    }
    angles.sort((a, b) => a - b);
    const share = (q: number) => angles[Math.ceil(q * angles.length) - 1];
    // Their eigenvectors are of float32: a few of the measured windows have no clear plane, and either sign.
    expect(share(0.5)).toBeLessThan(0.03);
    expect(share(0.97)).toBeLessThan(0.1);
  });
});

describe.each(['plane', 'sphere'])('%s, against its formula', (name) => {
  const there = it.skipIf(needsShared(...GOLDEN, `${name}_true_normals.npy`).skip);

  there.each(RULES)('%s', async (_, rules) => {
    const { depth, camera } = await depthOf(name);
    const { data } = normalsOfDepth(depth, camera, rules);
    const truth = (await array(`${name}_true_normals.npy`)).data;
    let sum = 0;
    let count = 0;
    for (let i = 0; i < data.length; i += 3) {
      if (Number.isNaN(data[i])) continue;
      const angle = angleDeg(data, truth, i, 1);
      if (name === 'plane') expect(angle).toBeLessThan(0.01);
      sum += angle;
      count++;
    }
    // A window on a curved surface sees its mean direction.
    expect(sum / count).toBeLessThan(name === 'plane' ? 0.001 : 0.5);
  });
});

const FRAME = ['real', 'nyud-authors', 'examples', 'ExpNYUD_three'] as const;
/** Colour camera of NYUDv2's toolbox, to which the depth is registered; there the first pixel is (1, 1). */
const NYU: Intrinsics = { fxPx: 518.857901, fyPx: 519.469611, cxPx: 324.582449, cyPx: 252.736166 };

describe('a measured frame of NYUDv2, against the truth of the reference network', () => {
  const there = it.skipIf(needsShared(...FRAME, '000433.png').skip);
  const scaleOption = 'not asked for';
  const measured = () => readDepth(sharedPath(...FRAME, 'depth_gt_000433.png'), { scale: 0.0002, scaleOption });
  const authors = () =>
    readNormals(sharedPath(...FRAME, 'norm_gt_000433.png'), {
      encoding: NORMALS_ENCODINGS.authors,
      encodingOption: 'not asked for',
    });

  /** Median angle, degrees, over the pixels that have both. */
  function medianDeg(prediction: NormalsRaster, truth: NormalsRaster): number {
    const mask = Uint8Array.from({ length: truth.data.length / 3 }, (_, i) =>
      Number.isNaN(prediction.data[3 * i]) ? 0 : 1,
    );
    const tally = normals.tally(prediction, truth, { crop: 'none' }, { where: '000433', mask });
    const figures = normals.figures([tally], { crop: 'none' });
    return figures.find(({ key }) => key === 'normals/medianDeg')?.value ?? Number.NaN;
  }

  // A Kinect's depth at 3.7 m steps by centimetres; the truth was smoothed.
  there.each([
    [{ method: 'cross', window: 3 }, 35],
    [{ method: 'cross', window: 5 }, 28],
    [{ method: 'plane', window: 3 }, 34],
    [{ method: 'plane', window: 5 }, 26],
  ] as const)('%o: the median angle is below %i degrees', async (how, limit) => {
    expect(medianDeg(normalsOfDepth(await measured(), NYU, how), await authors())).toBeLessThan(limit);
  });

  there('of all 48 ways to order and turn the axes of the truth, ours fits by far the best', async () => {
    const derived = normalsOfDepth(await measured(), NYU, { method: 'plane', window: 5 });
    const truth = await authors();
    const angles: number[] = [];
    for (const [x, y, z] of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ])
      for (let signs = 0; signs < 8; signs++) {
        const data = new Float32Array(truth.data.length);
        for (let i = 0; i < data.length; i += 3) {
          data[i] = truth.data[i + x] * (signs & 1 ? -1 : 1);
          data[i + 1] = truth.data[i + y] * (signs & 2 ? -1 : 1);
          data[i + 2] = truth.data[i + z] * (signs & 4 ? -1 : 1);
        }
        angles.push(medianDeg(derived, { ...truth, data }));
      }
    const [ours, ...others] = angles;
    expect(Math.min(...others)).toBeGreaterThan(ours + 10);
  });
});

const CAMERA: Intrinsics = { fxPx: 60, fyPx: 50, cxPx: 8.5, cyPx: 6.2 };
const rules = NORMALS_METHODS.flatMap((method) => NORMALS_WINDOWS.map((window) => ({ method, window })));

/** z-depth of the plane n . p = -d, seen from the origin. */
function planeDepth([a, b, c]: readonly number[], d: number, height = 12, width = 16): DepthRaster {
  const data = Float64Array.from({ length: height * width }, (_, i) => {
    const x = ((i % width) - CAMERA.cxPx) / CAMERA.fxPx;
    const y = (Math.floor(i / width) - CAMERA.cyPx) / CAMERA.fyPx;
    return -d / (a * x + b * y + c);
  });
  return { height, width, channels: 1, data };
}

describe('laws', () => {
  it.each(rules)('$method $window: any plane that is seen from the front gives its normal', (how) => {
    const tilt = fc.double({ min: -0.9, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(tilt, tilt, fc.double({ min: 0.1, max: 80, noNaN: true }), (a, b, d) => {
        const length = Math.hypot(a, b, 1);
        const normal = [a / length, b / length, -1 / length];
        const { data } = normalsOfDepth(planeDepth(normal, d), CAMERA, how);
        const middle = 3 * (6 * 16 + 8);
        expect(angleDeg(data.subarray(middle), normal, 0, 1)).toBeLessThan(1e-3);
      }),
    );
  });

  it.each(rules)('$method $window: the scale of the depth does not matter', (how) => {
    const near = normalsOfDepth(planeDepth([0.3, -0.5, -0.81], 1), CAMERA, how).data;
    const far = normalsOfDepth(planeDepth([0.3, -0.5, -0.81], 40), CAMERA, how).data;
    for (let i = 0; i < near.length; i += 3)
      if (!Number.isNaN(near[i])) expect(angleDeg(near, far, i, 1)).toBeLessThan(1e-3);
  });

  it.each(rules)('$method $window: what is no depth has no normal, and spoils none that is told without it', (how) => {
    for (const none of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const depth = planeDepth([0, 0, -1], 2);
      depth.data[6 * 16 + 8] = none;
      const { data } = normalsOfDepth(depth, CAMERA, how);
      expect(data.subarray(3 * (6 * 16 + 8), 3 * (6 * 16 + 8) + 3)).toEqual(new Float32Array(3).fill(Number.NaN));
      for (let i = 0; i < data.length; i += 3) if (!Number.isNaN(data[i])) expect(data[i + 2]).toBeCloseTo(-1, 6);
    }
  });

  it('a plane is fitted to one side of a step alone', () => {
    const depth = planeDepth([0, 0, -1], 2);
    for (let i = 0; i < depth.data.length; i++) if (i % 16 > 7) depth.data[i] = 3;
    const fitted = normalsOfDepth(depth, CAMERA, { method: 'plane', window: 5 }).data;
    for (let i = 2; i < fitted.length; i += 3) expect(fitted[i]).toBeCloseTo(-1, 6);
    const crossed = normalsOfDepth(depth, CAMERA, { method: 'cross', window: 3 }).data;
    expect(Math.abs(crossed[3 * (6 * 16 + 7) + 2])).toBeLessThan(0.5);
  });

  it('three points are too few, and pictures smaller than the window have no cross product', () => {
    const small = planeDepth([0, 0, -1], 2, 2, 2);
    for (const how of rules) {
      const { data } = normalsOfDepth(small, CAMERA, how);
      expect(data.every(Number.isNaN)).toBe(how.method === 'cross');
    }
    small.data[0] = 0;
    expect(normalsOfDepth(small, CAMERA, rules[3]).data.every(Number.isNaN)).toBe(true);
  });
});

describe('smallest eigenvector', () => {
  it('of matrices with known ones', () => {
    const number = fc.double({ min: -1, max: 1, noNaN: true });
    const solve = smallestEigenvector4();
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 16, maxLength: 16 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (seed, least) => {
          const axes = orthonormal(seed);
          if (!axes) return;
          const values = [least, 1, 2, 100];
          const matrix = new Float64Array(16);
          for (let k = 0; k < 4; k++)
            for (let i = 0; i < 4; i++)
              for (let j = 0; j < 4; j++) matrix[4 * i + j] += values[k] * axes[k][i] * axes[k][j];
          const vector = new Float64Array(4);
          expect(solve(matrix, vector)).toBe(true);
          const length = Math.hypot(...vector);
          const cosine = vector.reduce((sum, v, i) => sum + (v * axes[0][i]) / length, 0);
          expect(Math.abs(cosine)).toBeCloseTo(1, 9);
        },
      ),
    );
  });

  it('is none where several directions share the eigenvalue', () => {
    const solve = smallestEigenvector4();
    const vector = new Float64Array(4);
    expect(solve(Float64Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 3), vector)).toBe(false);
    expect(solve(new Float64Array(16), vector)).toBe(false);
  });
});

/** Gram-Schmidt; undefined where the seed is nearly dependent. */
function orthonormal(seed: readonly number[]): number[][] | undefined {
  const axes: number[][] = [];
  for (let k = 0; k < 4; k++) {
    const axis = seed.slice(4 * k, 4 * k + 4);
    for (const other of [...axes, ...axes]) {
      const along = axis.reduce((sum, v, i) => sum + v * other[i], 0);
      for (let i = 0; i < 4; i++) axis[i] -= along * other[i];
    }
    const length = Math.hypot(...axis);
    if (length < 0.05) return undefined;
    axes.push(axis.map((v) => v / length));
  }
  return axes;
}
