import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import type { NormalsRaster } from '../../src/core/raster.ts';
import { normals } from '../../src/metrics/normals.ts';
import { goldenImages, goldenNumbers, lacksCase, relativeError } from './golden.ts';
import { numbersIn, read, throughJson } from './read.ts';

const PLAIN = { crop: 'none' } as const;
const WITHIN: Record<string, string> = {
  within5: 'pct_lt_5',
  within7_5: 'pct_lt_7.5',
  within11_25: 'pct_lt_11.25',
  within22_5: 'pct_lt_22.5',
  within30: 'pct_lt_30',
};

describe.each(['angles', 'identical', 'images', 'nan_inf'])('against float64 atan2, DSINE and Bae et al.', (name) => {
  it.skipIf(lacksCase('normals', name))(name, async () => {
    const want = goldenNumbers('normals', name).pooled_float64_atan2;
    const tallies = (await goldenImages('normals', name)).map(({ prediction, target, mask }) =>
      throughJson(normals.tally(prediction, target, PLAIN, { where: name, mask })),
    );
    const figures = normals.figures(tallies, PLAIN);
    for (const [key, field] of [
      ['meanDeg', 'mean'],
      ['rmseDeg', 'rmse'],
      ['medianDeg', 'median'],
    ]) {
      const { value, reason, count } = read(figures, `normals/${key}`);
      expect(count).toBe(want.n);
      if (want[field] === 'NaN') expect(reason).toContain('non-finite');
      else if (key === 'medianDeg') expect(Math.abs(value! - want[field])).toBeLessThan(0.01);
      else expect(relativeError(value!, want[field]), key).toBeLessThan(1e-9);
    }
    for (const [key, field] of Object.entries(WITHIN))
      expect(read(figures, `normals/${key}`).value, key).toBeCloseTo(want[field] / 100, 12);
  });
});

/** A direction `deg` away from z in the plane of x and z, of any length. */
const tilted = (deg: number, length = 1) => {
  const angle = (deg * Math.PI) / 180;
  return [Math.sin(angle) * length, 0, Math.cos(angle) * length];
};
const raster = (vectors: readonly (readonly number[])[]): NormalsRaster => ({
  height: 1,
  width: vectors.length,
  channels: 3,
  data: Float64Array.from(vectors.flat()),
});
const up = (count: number) => raster(Array.from({ length: count }, () => [0, 0, 1]));
function tallyAngles(degrees: readonly number[]) {
  return throughJson(normals.tally(raster(degrees.map((d) => tilted(d))), up(degrees.length), PLAIN, { where: 'x' }));
}
const figuresOf = (...vectors: readonly number[][]) => {
  const tally = throughJson(normals.tally(raster(vectors), up(vectors.length), PLAIN, { where: 'room_1' }));
  expect(numbersIn(tally).every(Number.isFinite)).toBe(true);
  return normals.figures([tally], PLAIN);
};

const degrees = fc.array(fc.double({ min: 0, max: 180, noNaN: true }), { minLength: 1, maxLength: 30 });

describe('laws', () => {
  it('mean, root mean square and thresholds by their definitions; the median to 0.01 degrees', () => {
    fc.assert(
      fc.property(degrees, (angles) => {
        const figures = normals.figures([tallyAngles(angles)], PLAIN);
        const value = (key: string) => read(figures, `normals/${key}`).value!;
        const mean = (of: (a: number) => number) => angles.reduce((sum, a) => sum + of(a), 0) / angles.length;
        expect(value('meanDeg')).toBeCloseTo(
          mean((a) => a),
          6,
        );
        expect(value('rmseDeg')).toBeCloseTo(Math.sqrt(mean((a) => a * a)), 6);
        const sorted = angles.toSorted((a, b) => a - b);
        const last = sorted.length - 1;
        const median = (sorted[last >> 1] + sorted[(last + 1) >> 1]) / 2;
        expect(Math.abs(value('medianDeg') - median)).toBeLessThan(0.010001);
      }),
    );
  });

  it('the order of images and the lengths of vectors do not matter', () => {
    fc.assert(
      fc.property(
        fc.array(degrees, { minLength: 1, maxLength: 3 }),
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        (images, length) => {
          const whole = normals.figures([tallyAngles(images.flat())], PLAIN);
          const scaled = raster(images.flat().map((d) => tilted(d, length)));
          const longer = normals.figures([normals.tally(scaled, up(scaled.width), PLAIN, { where: 'x' })], PLAIN);
          const parts = normals.figures(images.toReversed().map(tallyAngles), PLAIN);
          for (const { key, value } of whole) {
            // An angle on a threshold or the edge of a bin may fall to either side.
            if (key.includes('within')) continue;
            const tolerance = key.includes('median') ? 0.0101 : 1e-6;
            expect(Math.abs(read(parts, key).value! - value!)).toBeLessThan(tolerance);
            expect(Math.abs(read(longer, key).value! - value!)).toBeLessThan(tolerance);
          }
          for (const key of Object.keys(WITHIN))
            expect(read(parts, `normals/${key}`)).toEqual(read(whole, `normals/${key}`));
        },
      ),
    );
  });

  it('a perfect prediction is 0 in every angle, its opposite 180', () => {
    const axis = [0, 0, 1];
    for (const key of ['meanDeg', 'medianDeg', 'rmseDeg']) {
      expect(read(figuresOf(axis, axis), `normals/${key}`).value).toBe(0);
      expect(read(figuresOf([0, 0, -1], [0, 0, -2]), `normals/${key}`).value).toBe(180);
    }
  });

  it('an image without truth changes nothing; one component that is missing is enough', () => {
    const missing = [0, 1, 2].map((k) => [1, 1, 1].map((v, j) => (j === k ? Number.NaN : v)));
    const empty = normals.tally(up(3), raster(missing), PLAIN, { where: 'x' });
    const one = tallyAngles([3, 40]);
    expect(empty).toMatchObject({ pixels: 0, nonFinite: 0 });
    expect(normals.figures([empty, one], PLAIN)).toEqual(normals.figures([one], PLAIN));
  });
});

describe('by hand', () => {
  it('thresholds are strict', () => {
    const square = figuresOf([1, 0, 0], [0, 1, 0]);
    expect(read(square, 'normals/medianDeg').value).toBe(90);
    const just = figuresOf(
      tilted(4.999),
      tilted(5.001),
      tilted(7.49),
      tilted(11.26),
      tilted(22.4),
      tilted(29.9),
      tilted(30.1),
    );
    expect(Object.keys(WITHIN).map((key) => read(just, `normals/${key}`).value! * 7)).toEqual([1, 3, 3, 5, 6]);
  });

  it('small angles survive', () => {
    expect(read(figuresOf(tilted(1e-7)), 'normals/meanDeg').value).toBeCloseTo(1e-7, 15);
  });

  it('the mask decides which pixels count', () => {
    const prediction = raster([
      [0, 0, 1],
      [1, 0, 0],
      [0, 0, -1],
    ]);
    const tally = normals.tally(prediction, up(3), PLAIN, { where: 'x', mask: Uint8Array.of(1, 1, 0) });
    expect(read(normals.figures([tally], PLAIN), 'normals/meanDeg')).toMatchObject({ value: 45, count: 2 });
  });
});

describe('predictions that are no direction', () => {
  it('a zero vector counts as 90 degrees, on either side', () => {
    expect(read(figuresOf([0, 0, 0]), 'normals/meanDeg').value).toBe(90);
    const zeroTruth = normals.tally(up(1), raster([[0, 0, 0]]), PLAIN, { where: 'x' });
    expect(read(normals.figures([zeroTruth], PLAIN), 'normals/meanDeg').value).toBe(90);
  });

  it('a non-finite one makes the angles undefined and lies outside every threshold', () => {
    const figures = figuresOf([0, 0, 1], [Number.NaN, 0, 1], [0, Number.POSITIVE_INFINITY, 0], [0, 0, 1]);
    for (const key of ['meanDeg', 'medianDeg', 'rmseDeg'])
      expect(read(figures, `normals/${key}`)).toMatchObject({
        value: undefined,
        reason: '2 non-finite prediction(s) on counted pixels, the first at row 0, column 1 of room_1',
      });
    expect(read(figures, 'normals/within5').value).toBe(0.5);
    expect(read(figures, 'normals/nonFinite').value).toBe(2);
  });

  it('huge and tiny vectors keep their angle', () => {
    for (const length of [1e-300, 1e-160, 1e160, 1e300])
      expect(read(figuresOf(tilted(30, length)), 'normals/meanDeg').value).toBeCloseTo(30, 9);
  });

  it('no truth, other sizes, one channel, a crop that does not fit', () => {
    for (const { value } of normals.figures([], PLAIN)) expect(value).toBeUndefined();
    expect(() => normals.tally(up(2), up(3), PLAIN, { where: 'x' })).toThrow(ResourceError);
    const flat = { height: 1, width: 3, channels: 1, data: new Float32Array(3) };
    expect(() => normals.tally(flat, flat, PLAIN, { where: 'x' })).toThrow(ResourceError);
    const cropped = { crop: 'eigen-nyu' } as const;
    const figures = normals.figures([normals.tally(up(2), up(2), cropped, { where: 'x' })], cropped);
    for (const { value, reason } of figures) {
      expect(value).toBeUndefined();
      expect(reason).toContain('480x640');
    }
  });
});
