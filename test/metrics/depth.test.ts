import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import { type Crop, type DepthProtocol, type NonFiniteRule, SCALINGS, type Scaling } from '../../src/core/protocol.ts';
import type { DepthRaster } from '../../src/core/raster.ts';
import { readDepth } from '../../src/formats/maps.ts';
import { depth } from '../../src/metrics/depth.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';
import { type GoldenImage, goldenImages, goldenNumbers, lacksCase, relativeError } from './golden.ts';
import { numbersIn, read, throughJson } from './read.ts';

const PLAIN: DepthProtocol = {
  truth: 'as-given',
  minimumM: 0,
  maximumM: null,
  crop: 'none',
  scaling: 'none',
  nonFinite: 'strict',
};

const FIELDS: Record<string, string> = {
  absRel: 'abs_rel',
  sqRel: 'sq_rel',
  'sqRel:devkit': 'sq_rel_devkit',
  rmse: 'rmse',
  rmseLog: 'rmse_log',
  log10: 'log10',
  silog: 'silog',
  irmse: 'irmse',
  mae: 'mae',
  delta1: 'd1',
  delta2: 'd2',
  delta3: 'd3',
};
type Values = Record<string, number>;
interface GoldenProtocol {
  readonly min_depth: number;
  readonly max_depth: number;
  readonly crop: string;
  readonly sanitise: string;
  readonly median_scaling_per_image: boolean;
  readonly per_image: Values[];
  readonly pooled: Values;
  readonly mean_over_images: Values;
}

const tallyAll = (images: readonly GoldenImage<'depth'>[], protocol: DepthProtocol) =>
  images.map(({ prediction, target }, i) =>
    throughJson(depth.tally(prediction, target, protocol, { where: `image ${i}` })),
  );

function expectValues(
  figures: ReturnType<typeof depth.figures>,
  want: Values,
  pooling: 'pixel' | 'image',
  what: string,
) {
  for (const [key, field] of Object.entries(FIELDS)) {
    const wanted = want[field] * (key === 'irmse' ? 1000 : 1);
    const got = read(figures, `depth/${key}`, pooling).value!;
    expect(relativeError(got, wanted), `${what} ${key}: ${got} against ${wanted}`).toBeLessThan(1e-9);
  }
}

describe.each(['nyu_clean', 'nyu_dirty', 'kitti_sparse', 'hand_checkable', 'threshold_edge'])(
  'against float64 formulas checked with BTS: %s',
  (name) => {
    const skip = lacksCase('depth', name);

    it.skipIf(skip)('every figure under every protocol', async () => {
      const images = await goldenImages('depth', name);
      expect(images.length).toBe(2);
      const protocols = goldenNumbers('depth', name).protocols as Record<string, GoldenProtocol>;
      for (const [id, golden] of Object.entries(protocols)) {
        const protocol: DepthProtocol = {
          truth: 'as-given',
          minimumM: golden.min_depth,
          maximumM: golden.max_depth,
          crop: golden.crop.replace('_', '-') as Crop,
          scaling: golden.median_scaling_per_image ? 'median' : 'none',
          nonFinite: golden.sanitise.replace('_', '-') as NonFiniteRule,
        };
        const tallies = tallyAll(images, protocol);
        const figures = depth.figures(tallies, protocol);
        expectValues(figures, golden.pooled, 'pixel', `${id} pooled`);
        expectValues(figures, golden.mean_over_images, 'image', `${id} per image`);
        expect(read(figures, 'depth/rmse').count).toBe(golden.pooled.n_pixels);
        const counted = golden.per_image.filter((values) => values.n_pixels > 0);
        expect(read(figures, 'depth/rmse', 'image').count).toBe(counted.length);
        for (const [key, field] of [
          ['rmse', 'rmse'],
          ['rmseLog', 'rmse_log'],
        ]) {
          const squares = counted.reduce((sum, values) => sum + values[field] ** 2, 0);
          const wanted = Math.sqrt(squares / counted.length);
          expect(relativeError(read(figures, `depth/${key}`, 'image-rms').value!, wanted)).toBeLessThan(1e-9);
        }
        tallies.forEach((tally, i) => {
          expect(tally.pixels).toBe(golden.per_image[i].n_pixels);
          if (tally.pixels > 0)
            expectValues(depth.figures([tally], protocol), golden.per_image[i], 'pixel', `${id} ${i}`);
        });
      }
    });

    // It has no rule for non-finite predictions.
    if (name === 'nyu_dirty') return;
    it.skipIf(skip)('DenseTorch`s own RMSE', async () => {
      const want = goldenNumbers('depth', name).references.densetorch_RMSE.value;
      const authors: DepthProtocol = { ...PLAIN, nonFinite: 'abs-strict' };
      const figures = depth.figures(tallyAll(await goldenImages('depth', name), authors), authors);
      // It sums in float32.
      expect(relativeError(read(figures, 'depth/rmse').value!, want)).toBeLessThan(1e-7);
    });
  },
);

describe('against the KITTI devkit', () => {
  const at = (part: string, image: number) =>
    ['golden', 'metrics', 'depth', 'kitti_devkit', part, `000000000${image}.png`] as const;
  const score = async (image: number) => {
    const file = (part: string) =>
      readDepth(sharedPath(...at(part, image)), { scale: 1 / 256, scaleOption: '--scale' });
    return depth.figures([depth.tally(await file('pred'), await file('gt'), PLAIN, { where: 'devkit' })], PLAIN);
  };
  const numbers = () => goldenNumbers('depth', 'kitti_devkit/devkit');

  it.skipIf(needsShared(...at('pred', 0)).skip)('agrees where every pixel is predicted', async () => {
    const figures = await score(0);
    expectValues(figures, numbers().float64_per_image[0], 'pixel', 'devkit');
    const printed = numbers().devkit_per_image[0];
    // Six printed decimals and float32 sums; its inverse root mean square is per metre.
    expect(read(figures, 'depth/silog').value).toBeCloseTo(printed.silog, 4);
    expect(read(figures, 'depth/rmse').value).toBeCloseTo(printed.rmse, 4);
    expect(read(figures, 'depth/sqRel:devkit').value).toBeCloseTo(printed.sq_rel_devkit, 5);
    expect(read(figures, 'depth/irmse').value! / 1000).toBeCloseTo(printed.inverse_rmse, 5);
  });

  it.skipIf(needsShared(...at('pred', 1)).skip)('fills what is missing; here that is no prediction', async () => {
    const figures = await score(1);
    expect(read(figures, 'depth/rmse').count).toBe(numbers().float64_per_image[1].n_pixels);
    expect(read(figures, 'depth/nonPositive').value).toBeGreaterThan(0);
    expect(read(figures, 'depth/silog').reason).toContain('zero or less');
  });
});

describe.skipIf(needsShared('real', 'nyud-fastdepth-sample').skip)('a real prediction', () => {
  it('FastDepth`s published sample', async () => {
    const file = (name: string) => readDepth(sharedPath('real', 'nyud-fastdepth-sample', name), { scaleOption: '' });
    const tally = depth.tally(await file('pred.npy'), await file('depth.npy'), PLAIN, { where: 'sample' });
    const figures = depth.figures([tally], PLAIN);
    expect(read(figures, 'depth/rmse').value).toBeCloseTo(0.618, 3);
    expect(read(figures, 'depth/absRel').value).toBeCloseTo(0.1405, 4);
    expect(read(figures, 'depth/delta1').value).toBeCloseTo(0.777, 3);
  });
});

const raster = (values: readonly number[], height = 1): DepthRaster => ({
  height,
  width: values.length / height,
  channels: 1,
  data: Float64Array.from(values),
});
function figuresOf(
  truth: readonly number[],
  prediction: readonly number[],
  rules: Partial<DepthProtocol> = {},
  mask?: readonly number[],
) {
  const protocol = { ...PLAIN, ...rules };
  const context = { where: 'room_1', mask: mask && Uint8Array.from(mask) };
  const tally = throughJson(depth.tally(raster(prediction), raster(truth), protocol, context));
  expect(numbersIn(tally).every(Number.isFinite)).toBe(true);
  return depth.figures([tally], protocol);
}

const metres = fc.integer({ min: 1, max: 5120 }).map((n) => n / 512);
const image = fc.array(fc.tuple(metres, metres), { minLength: 1, maxLength: 20 });
const tallyPairs = (pairs: readonly (readonly [number, number])[]) =>
  depth.tally(raster(pairs.map(([, p]) => p)), raster(pairs.map(([g]) => g)), PLAIN, { where: 'x' });

describe('laws', () => {
  it('pooled figures of images are those of one large image', () => {
    fc.assert(
      fc.property(fc.array(image, { minLength: 1, maxLength: 4 }), (images) => {
        const whole = depth.figures([tallyPairs(images.flat())], PLAIN);
        for (const got of depth.figures(images.map(tallyPairs), PLAIN)) {
          if (got.pooling !== 'pixel') continue;
          const want = read(whole, got.key);
          expect(got.count).toBe(want.count);
          // silog is a difference of sums and loses digits near 0.
          expect(Math.abs(got.value! - want.value!)).toBeLessThan(1e-6 + 1e-10 * want.value!);
        }
      }),
    );
  });

  it('an image without counted pixels changes no figure', () => {
    const one = tallyPairs([[2, 3]]);
    const empty = depth.tally(raster([1]), raster([Number.NaN]), PLAIN, { where: 'x' });
    expect(depth.figures([empty, one, empty], PLAIN)).toEqual(depth.figures([one], PLAIN));
  });

  it('a perfect prediction has no error', () => {
    fc.assert(
      fc.property(fc.array(metres, { minLength: 1, maxLength: 9 }), (values) => {
        for (const { key, value } of figuresOf(values, values)) expect(value).toBe(key.includes('delta') ? 1 : 0);
      }),
    );
  });

  it('swapping truth and prediction keeps what is symmetric', () => {
    fc.assert(
      fc.property(image, (pairs) => {
        const there = depth.figures([tallyPairs(pairs)], PLAIN);
        const back = depth.figures([tallyPairs(pairs.map(([g, p]) => [p, g]))], PLAIN);
        for (const name of ['rmse', 'rmseLog', 'log10', 'mae', 'irmse', 'delta1', 'delta2', 'delta3'])
          expect(read(back, `depth/${name}`).value).toBeCloseTo(read(there, `depth/${name}`).value!, 9);
      }),
    );
  });

  it('median scaling and silog do not see a factor on the prediction', () => {
    const [truth, prediction] = [
      [1, 2, 4, 7],
      [1.5, 2, 5, 6],
    ];
    const tripled = prediction.map((p) => p * 3);
    expect(read(figuresOf(truth, tripled), 'depth/silog').value).toBeCloseTo(
      read(figuresOf(truth, prediction), 'depth/silog').value!,
      12,
    );
    const scaled = { scaling: 'median' } as const;
    expect(read(figuresOf(truth, tripled, scaled), 'depth/rmse').value).toBeCloseTo(
      read(figuresOf(truth, prediction, scaled), 'depth/rmse').value!,
      12,
    );
  });
});

describe('by hand', () => {
  it('truth 2 m and 4 m, prediction 3 m and 3 m', () => {
    const figures = figuresOf([2, 4], [3, 3]);
    const want: Record<string, number> = {
      absRel: (1 / 2 + 1 / 4) / 2,
      sqRel: (1 / 2 + 1 / 4) / 2,
      'sqRel:devkit': (1 / 4 + 1 / 16) / 2,
      rmse: 1,
      mae: 1,
      rmseLog: Math.hypot(Math.log(1.5), Math.log(0.75)) / Math.SQRT2,
      log10: (Math.log10(1.5) - Math.log10(0.75)) / 2,
      silog: (Math.log(1.5) - Math.log(0.75)) / 2,
      irmse: 1000 * (Math.hypot(1 / 6, 1 / 12) / Math.SQRT2),
      delta1: 0,
      delta2: 1,
      delta3: 1,
    };
    for (const [key, value] of Object.entries(want)) expect(read(figures, `depth/${key}`).value).toBeCloseTo(value, 12);
  });

  it('every bound is strict: truth at the range, ratios at 1.25 and its powers', () => {
    const range = { minimumM: 1, maximumM: 10 };
    expect(read(figuresOf([1, 10, 5], [5, 5, 5], range), 'depth/rmse')).toMatchObject({ value: 0, count: 1 });
    const at = figuresOf([1, 1.25, 1, 1], [1.25, 1, 1.5625, 1.953125]);
    expect([1, 2, 3].map((k) => read(at, `depth/delta${k}`).value)).toEqual([0, 0.5, 0.75]);
  });

  it('the mask decides which pixels count', () => {
    expect(read(figuresOf([1, 1, 1], [1, 3, 9], {}, [1, 1, 0]), 'depth/mae')).toMatchObject({ value: 1, count: 2 });
  });

  it('median scaling looks at counted pixels only', () => {
    const scaled = { scaling: 'median', maximumM: 50 } as const;
    // Medians over the first two pixels: 3 and 1.5, so the prediction is doubled to 2 and 4.
    const figures = figuresOf([2, 4, 1, 60], [1, 2, 40, 70], scaled, [1, 1, 0, 1]);
    expect(read(figures, 'depth/mae')).toMatchObject({ value: 0, count: 2 });
  });

  it('median scaling by |prediction| where the rule takes it', () => {
    const figures = figuresOf([2, 4], [-1, 2], { scaling: 'median', nonFinite: 'abs-strict' });
    expect(read(figures, 'depth/mae').value).toBe(0);
  });

  it('a prediction that is scaled, shifted or both, in depth or in inverse depth, is aligned away', () => {
    const truth = [1.5, 2, 4, 7];
    const wrong: [Scaling, (g: number) => number][] = [
      ['scale', (g) => 3 * g],
      ['scale-shift', (g) => 3 * g - 2],
      ['disparity-scale', (g) => 3 * g],
      ['disparity-scale-shift', (g) => 1 / (3 / g + 0.25)],
      // Farther than infinity: its disparity is negative.
      ['disparity-scale-shift', (g) => 1 / (3 / g - 1)],
    ];
    for (const [scaling, of] of wrong) {
      expect(read(figuresOf(truth, truth.map(of)), 'depth/mae').value).toBeGreaterThan(0.5);
      const figures = figuresOf(truth, truth.map(of), { scaling });
      for (const key of ['mae', 'rmseLog', 'absRel'])
        expect(read(figures, `depth/${key}`).value, `${scaling} ${key}`).toBeLessThan(1e-12);
      expect(read(figures, 'depth/delta1').value).toBe(1);
    }
  });

  it('aligns before it clamps', () => {
    const range = { minimumM: 1, maximumM: 10, nonFinite: 'clamp', scaling: 'scale' } as const;
    // s = (2 x 20 + 8 x 80) / (400 + 6400) = 1/10; clamped first, both would be 10 m.
    expect(read(figuresOf([2, 8], [20, 80], range), 'depth/mae').value).toBeCloseTo(0, 12);
  });

  it('a disparity that is aligned to nothing or less lies at the cap', () => {
    // Disparities 0, 1, 2 against 0.1, 0.1, 1: the line 0.45 q - 0.05 gives -0.05, 0.4 and 0.85.
    const [truth, prediction] = [
      [10, 10, 1],
      [Number.POSITIVE_INFINITY, 1, 1 / 2],
    ];
    const rest = 10 - 1 / 0.4 + (1 / 0.85 - 1);
    const mae = (maximumM: number | null) =>
      read(figuresOf(truth, prediction, { scaling: 'disparity-scale-shift', maximumM }), 'depth/mae').value;
    expect(mae(20)).toBeCloseTo((20 - 10 + rest) / 3, 12);
    // Without a cap the farthest truth, of 10 m, stands for it.
    expect(mae(null)).toBeCloseTo((10 - 10 + rest) / 3, 12);
    // Disparities 0.1, 0.31, 1 make the line 0.45 q + 0.02: 50 m, which is beyond the cap of 20 m.
    const near = figuresOf([10, 1 / 0.31, 1], prediction, { scaling: 'disparity-scale-shift', maximumM: 20 });
    const errors = [20 - 10, 1 / 0.31 - 1 / 0.47, 1 / 0.92 - 1];
    expect(read(near, 'depth/mae').value).toBeCloseTo((errors[0] + errors[1] + errors[2]) / 3, 12);
  });

  it('crops keep the rows and columns of their definition', () => {
    const count = (crop: Crop, height: number, width: number) => {
      const data = new Float32Array(height * width).fill(2);
      const map = { height, width, channels: 1, data };
      return depth.tally(map, map, { ...PLAIN, crop }, { where: 'x' });
    };
    expect(count('eigen-nyu', 480, 640).pixels).toBe((471 - 45) * (601 - 41));
    expect(count('garg', 375, 1242).pixels).toBe((371 - 153) * (1197 - 44));
    expect(count('eigen-kitti', 375, 1242).pixels).toBe((342 - 124) * (1197 - 44));
    expect(count('nyu-valid', 480, 640).pixels).toBe(427 * 561);
    expect(count('kb', 375, 1242).pixels).toBe(352 * 1216);
    for (const [crop, height, width, words] of [
      ['eigen-nyu', 240, 320, /480x640.*240x320/],
      ['nyu-valid', 479, 640, /"nyu-valid".*480x640.*479x640/],
      ['kb', 351, 1242, /"kb".*352x1216.*351x1242/],
      ['kb', 375, 1215, /352x1216.*375x1215/],
    ] as const)
      for (const { value, reason } of depth.figures([count(crop, height, width)], { ...PLAIN, crop })) {
        expect(value).toBeUndefined();
        expect(reason).toMatch(words);
      }
  });

  it.each<[Crop, number, number, readonly [number, number, number, number]]>([
    // First and last row, first and last column that count.
    ['eigen-nyu', 480, 640, [45, 470, 41, 600]],
    ['nyu-valid', 480, 640, [44, 470, 40, 600]],
    ['kb', 375, 1242, [23, 374, 13, 1228]],
    ['kb', 370, 1227, [18, 369, 5, 1220]],
    ['garg', 375, 1242, [153, 370, 44, 1196]],
  ])('the crop %s of %ix%i', (crop, height, width, [top, bottom, left, right]) => {
    const data = new Float32Array(height * width);
    const counts = (row: number, column: number) => {
      data.fill(0);
      data[row * width + column] = 2;
      const map = { height, width, channels: 1, data };
      return depth.tally(map, map, { ...PLAIN, crop }, { where: 'x' }).pixels === 1;
    };
    expect([counts(top, left), counts(bottom, right)]).toEqual([true, true]);
    expect([counts(top - 1, left), counts(top, left - 1), counts(bottom, right + 1)]).toEqual([false, false, false]);
    if (bottom + 1 < height) expect(counts(bottom + 1, right)).toBe(false);
  });
});

describe('predictions that are no depth', () => {
  const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -2, 4];
  const truth = bad.map(() => 2);
  const range = { minimumM: 0.5, maximumM: 8 };

  it('strict: undefined with count, place and image; counts remain', () => {
    const figures = figuresOf([Number.NaN, 2, 2, 2], [Number.NaN, 2, Number.NaN, Number.NaN]);
    const names = Object.keys(FIELDS).flatMap((key) => [
      read(figures, `depth/${key}`),
      read(figures, `depth/${key}`, 'image'),
    ]);
    for (const { value, reason } of names) {
      expect(value).toBeUndefined();
      expect(reason).toBe('2 non-finite prediction(s) on counted pixels, the first at row 0, column 2 of room_1');
    }
    expect(read(figures, 'depth/nonFinite').value).toBe(2);
  });

  it('strict: the first place is that of the first image', () => {
    const tallies = ['a', 'b', 'c'].map((where) =>
      depth.tally(raster([where === 'a' ? 1 : Number.NaN]), raster([1]), PLAIN, { where }),
    );
    expect(read(depth.figures(tallies, PLAIN), 'depth/rmse').reason).toContain('2 non-finite');
    expect(read(depth.figures(tallies, PLAIN), 'depth/rmse').reason).toContain('row 0, column 0 of b');
  });

  it('strict: zero or negative takes the logarithms away and is outside every delta', () => {
    const figures = figuresOf([2, 2, 2, 2], [2, 0, -2, 2]);
    for (const name of ['rmseLog', 'log10', 'silog', 'irmse'])
      expect(read(figures, `depth/${name}`).reason).toContain('2 prediction(s) of zero or less');
    expect(read(figures, 'depth/delta3').value).toBe(0.5);
    expect(read(figures, 'depth/rmse').value).toBe(Math.sqrt((4 + 16) / 4));
    expect(read(figures, 'depth/nonPositive').value).toBe(2);
  });

  it.each<[NonFiniteRule, number[]]>([
    ['clamp', [0.5, 8, 0.5, 0.5, 0.5, 4]],
    ['abs-first', [0.5, 8, 8, 0.5, 2, 4]],
  ])('%s', (nonFinite, treated) => {
    const figures = figuresOf(truth, bad, { ...range, nonFinite });
    const want = figuresOf(truth, treated, range);
    for (const key of Object.keys(FIELDS)) expect(read(figures, `depth/${key}`)).toEqual(read(want, `depth/${key}`));
    expect(read(figures, 'depth/nonFinite').value).toBe(3);
    expect(read(figures, 'depth/nonPositive').value).toBe(2);
  });

  it('abs-strict takes |prediction| and clamps nothing', () => {
    expect(read(figuresOf([2, 2], [-2, 90], { nonFinite: 'abs-strict' }), 'depth/mae').value).toBe(44);
    expect(read(figuresOf([2], [Number.NaN], { nonFinite: 'abs-strict' }), 'depth/mae').value).toBeUndefined();
  });

  it('clamp without a cap leaves +Infinity, which stays undefined', () => {
    expect(read(figuresOf([2], [Number.POSITIVE_INFINITY], { nonFinite: 'clamp' }), 'depth/rmse').reason).toContain(
      'non-finite',
    );
  });

  it('filled by the devkit`s rule: what was missing is counted as given, what was not is left', () => {
    const filled = { fill: 'devkit' } as const;
    const figures = figuresOf([2, 2, 2, 4], [0, 3, Number.NaN, 2], filled);
    // 3, 3, 2, 2.
    expect(read(figures, 'depth/mae').value).toBe((1 + 1 + 0 + 2) / 4);
    expect(read(figures, 'depth/silog').value).toBeDefined();
    expect([read(figures, 'depth/nonFinite').value, read(figures, 'depth/nonPositive').value]).toEqual([1, 1]);
    expect(read(figuresOf([2, 2], [-1, 2], filled), 'depth/silog').reason).toContain('1 prediction(s) of zero or less');
    expect(read(figuresOf([2, 2], [0, 0], filled), 'depth/silog').reason).toContain('2 prediction(s) of zero or less');
  });

  it('no alignment by a prediction that leaves it open', () => {
    for (const scaling of SCALINGS) {
      if (scaling === 'none' || scaling === 'median') continue;
      const { value, reason } = read(figuresOf([2, 3], [0, 0], { scaling }), 'depth/rmse');
      expect(value).toBeUndefined();
      expect(reason).toMatch(new RegExp(`^room_1: no ${scaling} scaling, for on the counted pixels `));
    }
    // An image without counted pixels needs no alignment.
    expect(read(figuresOf([Number.NaN], [1], { scaling: 'scale' }), 'depth/rmse').reason).toContain('no counted pixel');
  });

  it('no median scaling by a median that is not positive', () => {
    for (const prediction of [[0, 0, 1], [-1], [Number.NaN, 1]])
      for (const nonFinite of ['strict', 'clamp'] as const) {
        const rules = { ...range, scaling: 'median', nonFinite } as const;
        const figures = figuresOf(
          prediction.map(() => 2),
          prediction,
          rules,
        );
        expect(read(figures, 'depth/rmse').reason).toContain('no median scaling');
      }
  });

  it('sums beyond float64 are undefined, not Infinity', () => {
    for (const prediction of [1e200, 1e-320])
      expect(read(figuresOf([1], [prediction]), 'depth/rmse').value).toBeUndefined();
  });

  it('no truth at all', () => {
    for (const { value, reason } of figuresOf([0, Number.NaN, -1, Number.POSITIVE_INFINITY], [1, 1, 1, 1])) {
      expect(value).toBeUndefined();
      expect(reason).toContain('no counted pixel');
    }
    expect(depth.figures([], PLAIN).every(({ value }) => value === undefined)).toBe(true);
  });

  it('refuses other sizes', () => {
    expect(() => figuresOf([1, 2], [1])).toThrow(ResourceError);
  });
});
