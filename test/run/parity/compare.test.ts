import { describe, expect, it } from 'vitest';
import type { Maps } from '../../../src/core/tasks.ts';
import { compareOutputs } from '../../../src/run/parity/compare.ts';
import { summariseParity } from '../../../src/run/parity/summary.ts';

const depth = (values: number[]): Maps => ({
  depth: { height: 1, width: values.length, channels: 1, data: Float32Array.from(values) },
});
const normals = (values: number[]): Maps => ({
  normals: { height: 1, width: values.length / 3, channels: 3, data: Float32Array.from(values) },
});
const labels = (values: number[]): Maps => ({
  segmentation: { height: 1, width: values.length, channels: 1, data: Uint8Array.from(values) },
});

describe('parity of one image', () => {
  it('is zero of a prediction with itself, NaN included', () => {
    const maps = { ...depth([1, Number.NaN, 3]), ...normals([0, 0, -1, 0, 0, 0]), ...labels([1, 2]) };
    expect(compareOutputs({ maps, logits: [1, 2] }, { maps, logits: [1, 2] }, 'x')).toEqual({
      logitMax: 0,
      logitP999: 0,
      labelAgreement: 1,
      pixels: 2,
      depthMaxM: 0,
      depthP999M: 0,
      normalsMaxDeg: 0,
      normalsP999Deg: 0,
      nonFinite: 0,
    });
  });

  it('takes the 99.9th percentile between order statistics', () => {
    // 1001 differences 0, 1, ... 1000: the 99.9th percentile is 999, the largest 1000.
    const reference = new Array(1001).fill(0);
    const other = reference.map((_, i) => (i % 2 ? -i : i));
    const figures = compareOutputs({ maps: {}, logits: reference }, { maps: {}, logits: other }, 'x');
    expect(figures.logitMax).toBe(1000);
    expect(figures.logitP999).toBeCloseTo(999, 9);
  });

  it('measures angles by hand: 90, 180 and a hundredth of a degree; a vector of length 0 is 90 off', () => {
    const small = (0.01 * Math.PI) / 180;
    const a = normals([1, 0, 0, 0, 0, -1, 0, 0, -1, 0, 0, 0]);
    const of = (values: number[]) => compareOutputs({ maps: a }, { maps: normals(values) }, 'x').normalsMaxDeg;
    expect(of([0, 1, 0, 0, 0, -1, 0, 0, -1, 0, 0, 0])).toBeCloseTo(90, 9);
    expect(of([1, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0])).toBeCloseTo(180, 9);
    expect(of([1, 0, 0, Math.sin(small), 0, -Math.cos(small), 0, 0, -1, 0, 0, 0])).toBeCloseTo(0.01, 6);
    expect(of([1, 0, 0, 0, 0, -1, 0, 0, -1, 0, 0, -1])).toBe(90);
    const skew = compareOutputs({ maps: normals([1, 2, 3]) }, { maps: normals([3, -1, 2]) }, 'x').normalsMaxDeg;
    expect(skew).toBeCloseTo(60, 4); // a . b = 7, |a|^2 = |b|^2 = 14
  });

  it('counts what is finite on one side alone, and keeps it out of the figures', () => {
    const figures = compareOutputs({ maps: depth([1, 2, 3]) }, { maps: depth([1, Number.NaN, 3.5]) }, 'x');
    expect(figures).toEqual({ depthMaxM: 0.5, depthP999M: expect.closeTo(0.4995, 9), nonFinite: 1 });
  });

  it('refuses outputs of different sizes', () => {
    expect(() => compareOutputs({ maps: depth([1]) }, { maps: depth([1, 2]) }, 'img_7')).toThrow(
      'img_7, depth: 2 values, the reference has 1',
    );
  });
});

describe('parity of an entry', () => {
  const image = (sample: string, depthMaxM: number, labelAgreement: number, pixels: number) => ({
    sample,
    figures: { depthMaxM, labelAgreement, pixels, nonFinite: 0 },
  });

  it('pools labels over pixels, takes the worst of all else, and names its image', () => {
    const { figures, violations } = summariseParity('ref', 2, [image('a', 0.25, 0.5, 100), image('b', 0.125, 1, 300)], {
      depthMaxM: 0.25,
      labelAgreement: 0.875,
    });
    expect(figures).toEqual([
      { key: 'labelAgreement', value: 0.875, worst: 'a', threshold: 0.875 },
      { key: 'depthMaxM', value: 0.25, worst: 'a', threshold: 0.25 },
    ]);
    expect(violations).toEqual([]);
  });

  it('is broken by a figure beyond its threshold, a non-finite value, and an image that was not seen', () => {
    const thresholds = { depthMaxM: 0.2, labelAgreement: 0.9 };
    const images = [{ sample: 'a', figures: { depthMaxM: 0.25, labelAgreement: 0.8, pixels: 10, nonFinite: 3 } }];
    expect(summariseParity('ref', 1, [image('a', 0, 1, 9)], { logitMax: 1, depthMaxM: 1 }).violations).toEqual([
      'logitMax has a threshold, but one of the two entries gives no such output',
    ]);
    expect(summariseParity('ref', 2, images, thresholds).violations).toEqual([
      'labelAgreement 0.8 (at least 0.9 allowed; worst image a)',
      'depthMaxM 0.25 (at most 0.2 allowed; worst image a)',
      '3 values are finite in one of the two alone',
      'only 1 of 2 images could be compared',
    ]);
  });
});
