import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alignment, type AlignmentRule, alignDepth } from '../../src/kernels/depth-alignment.ts';

type Options = { mask?: readonly number[]; absolute?: boolean; minimumM?: number; maximumM?: number };

function align(rule: AlignmentRule, truth: readonly number[], prediction: readonly number[], options: Options = {}) {
  const { mask, absolute = false, minimumM = 0, maximumM = Number.POSITIVE_INFINITY } = options;
  const width = truth.length;
  return alignDepth(rule, Float64Array.from(truth), Float64Array.from(prediction), {
    mask: mask && Uint8Array.from(mask),
    width,
    box: { top: 0, bottom: 1, left: 0, right: width },
    absolute,
    minimumM,
    maximumM,
  });
}
function fitted(...args: Parameters<typeof align>): Alignment {
  const result = align(...args);
  if ('problem' in result) throw new Error(result.problem);
  return result;
}

/** Least squares by Householder reflections on the matrix itself: no sums of squares, another road to the same numbers. */
function leastSquaresByQr(columns: readonly (readonly number[])[], wanted: readonly number[]): number[] {
  const a = columns.map((column) => [...column]);
  const b = [...wanted];
  const n = a.length;
  for (let k = 0; k < n; k++) {
    const x = a[k].map((value, i) => (i < k ? 0 : value));
    const norm = Math.hypot(...x);
    x[k] += x[k] < 0 ? -norm : norm;
    const size = Math.hypot(...x);
    const reflect = (v: number[]) => {
      const along = (2 * v.reduce((sum, value, i) => sum + value * x[i], 0)) / size ** 2;
      v.forEach((_, i) => {
        v[i] -= along * x[i];
      });
    };
    a.forEach(reflect);
    reflect(b);
  }
  const solution = new Array<number>(n).fill(0);
  for (let k = n - 1; k >= 0; k--) {
    let rest = b[k];
    for (let j = k + 1; j < n; j++) rest -= a[j][k] * solution[j];
    solution[k] = rest / a[k][k];
  }
  return solution;
}

const depths = fc.integer({ min: 1, max: 5120 }).map((n) => n / 512);
const image = fc
  .array(fc.tuple(depths, depths), { minLength: 3, maxLength: 30 })
  .filter((pairs) => new Set(pairs.map(([, p]) => p)).size > 1);
const close = (got: number, want: number, tolerance = 1e-8) =>
  expect(Math.abs(got - want), `${got} against ${want}`).toBeLessThanOrEqual(tolerance * (1 + Math.abs(want)));

describe('by hand', () => {
  it('median: 3 against 1.5', () => {
    expect(fitted('median', [2, 3, 9], [1, 1.5, 100])).toEqual({ scale: 2, shift: 0 });
    expect(fitted('median', [2, 4], [1, 2])).toEqual({ scale: 2, shift: 0 });
  });

  it('scale: (1 x 1 + 3 x 2) / (1 + 4)', () => {
    expect(fitted('scale', [1, 3], [1, 2])).toEqual({ scale: 7 / 5, shift: 0 });
  });

  it('scale and shift: the line through (1, 2), (2, 3), (3, 7)', () => {
    // Means 2 and 4; products of deviations 2 + 0 + 3 over squares 1 + 0 + 1.
    expect(fitted('scale-shift', [2, 3, 7], [1, 2, 3])).toEqual({ scale: 5 / 2, shift: -1 });
  });

  it('in disparity: predictions 1 and 1/2 m against truth 1/2 and 1/4 m', () => {
    // Disparities 1 and 2 against 2 and 4.
    expect(fitted('disparity-scale', [1 / 2, 1 / 4], [1, 1 / 2])).toEqual({ scale: 2, shift: 0, leastDisparity: 2 });
    // Disparities 1, 2 and 4 against 0.5, 1 and 2, each 1/4 more.
    const { scale, shift } = fitted('disparity-scale-shift', [4 / 3, 4 / 5, 4 / 9], [1, 1 / 2, 1 / 4]);
    close(scale, 0.5);
    close(shift, 0.25);
  });

  it('the cap bounds the aligned disparity, or the largest counted truth where there is none', () => {
    expect(fitted('disparity-scale', [2, 5], [1, 1], { maximumM: 10 }).leastDisparity).toBe(1 / 10);
    expect(fitted('disparity-scale', [2, 5, 8], [1, 1, 1], { mask: [1, 1, 0] }).leastDisparity).toBe(1 / 5);
  });

  it('only counted pixels decide', () => {
    const truth = [2, 4, 100, 0.1, 7];
    const options = { minimumM: 1, maximumM: 50, mask: [1, 1, 1, 1, 0] };
    for (const rule of ['median', 'scale', 'scale-shift'] as const)
      expect(align(rule, truth, [1, 2, 9, 9, Number.NaN], options)).toEqual({ scale: 2, shift: 0 });
  });

  it('|prediction| where the rule takes it', () => {
    for (const rule of ['median', 'scale', 'scale-shift'] as const)
      expect(align(rule, [2, 4], [-1, 2], { absolute: true })).toEqual({ scale: 2, shift: 0 });
  });
});

describe('against least squares by QR', () => {
  it.each([
    ['scale', false, false],
    ['scale-shift', true, false],
    ['disparity-scale', false, true],
    ['disparity-scale-shift', true, true],
  ] as const)('%s', (rule, withShift, inDisparity) => {
    fc.assert(
      fc.property(image, (pairs) => {
        const of = (value: number) => (inDisparity ? 1 / value : value);
        const g = pairs.map(([truth]) => of(truth));
        const p = pairs.map(([, prediction]) => of(prediction));
        const [scale, shift = 0] = leastSquaresByQr(withShift ? [p, p.map(() => 1)] : [p], g);
        const got = fitted(
          rule,
          pairs.map(([truth]) => truth),
          pairs.map(([, prediction]) => prediction),
        );
        close(got.scale, scale);
        close(got.shift, shift);
      }),
    );
  });

  it('a large offset costs no digits', () => {
    const p = [1e6 + 1, 1e6 + 2, 1e6 + 3, 1e6 + 7];
    const { scale, shift } = fitted(
      'scale-shift',
      p.map((value) => 3 * (value - 1e6) + 2),
      p,
    );
    close(scale, 3, 1e-12);
    close(shift, 2 - 3e6, 1e-12);
  });
});

describe('laws', () => {
  const RULES = ['median', 'scale', 'scale-shift', 'disparity-scale', 'disparity-scale-shift'] as const;

  it('a factor on the prediction changes nothing but the scale', () => {
    fc.assert(
      fc.property(image, fc.constantFrom(...RULES), (pairs, rule) => {
        const truth = pairs.map(([g]) => g);
        const once = fitted(
          rule,
          truth,
          pairs.map(([, p]) => p),
        );
        const thrice = fitted(
          rule,
          truth,
          pairs.map(([, p]) => 4 * p),
        );
        close(thrice.scale, rule.startsWith('disparity') ? 4 * once.scale : once.scale / 4);
        close(thrice.shift, once.shift);
      }),
    );
  });

  it('recovers the line that the truth was made by', () => {
    fc.assert(
      fc.property(image, depths, depths, (pairs, scale, shift) => {
        const p = pairs.map(([, prediction]) => prediction);
        const inDepth = fitted(
          'scale-shift',
          p.map((value) => scale * value + shift),
          p,
        );
        close(inDepth.scale, scale);
        close(inDepth.shift, shift);
        const inDisparity = fitted(
          'disparity-scale-shift',
          p.map((value) => 1 / (scale / value + shift)),
          p,
        );
        close(inDisparity.scale, scale, 1e-6);
        close(inDisparity.shift, shift, 1e-6);
      }),
    );
  });
});

describe('nothing to align by', () => {
  it.each<[AlignmentRule, readonly number[], readonly number[], RegExp]>([
    ['median', [2, 2, 2], [0, 0, 5], /median prediction is not a positive number/],
    ['median', [2, 2], [Number.NaN, 1], /median prediction/],
    ['scale', [2, 2], [0, 0], /no positive factor/],
    ['scale', [2, 2], [-1, -3], /no positive factor/],
    ['scale', [2, 2], [Number.POSITIVE_INFINITY, 1], /not finite/],
    ['scale', [2, 2], [1e-200, 1e-200], /no positive factor/],
    ['scale-shift', [2], [3], /all predictions are the same/],
    ['scale-shift', [2, 3, 4], [0.1, 0.1, 0.1], /all predictions are the same/],
    ['scale-shift', [2, 3], [Number.NaN, 1], /not finite/],
    ['scale-shift', [2, 3], [1e200, -1e200], /beyond the range/],
    ['disparity-scale', [2, 3], [0, 1], /0 or no number/],
    ['disparity-scale', [2, 3], [Number.NaN, 1], /0 or no number/],
    ['disparity-scale', [2, 3], [-1, -2], /no positive factor/],
    ['disparity-scale-shift', [2], [3], /all predictions are the same/],
    ['disparity-scale-shift', [2, 3], [0.3, 0.3], /all predictions are the same/],
  ])('%s of truth %j and prediction %j', (rule, truth, prediction, reason) => {
    expect(align(rule, truth, prediction)).toEqual({ problem: expect.stringMatching(reason) });
  });

  it('an infinite depth has disparity 0, a negative one a negative disparity', () => {
    const p = [Number.POSITIVE_INFINITY, 1, 1 / 2, -1];
    const { scale, shift } = fitted('disparity-scale-shift', [1 / 3, 1 / 5, 1 / 7, 1], p);
    close(scale, 2);
    close(shift, 3);
  });
});
