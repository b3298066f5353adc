import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import type { LabelRaster } from '../../src/core/raster.ts';
import {
  areaUnderRiskCoverage,
  calibrationError,
  errorRate,
  leastArea,
  type RankedCounts,
} from '../../src/experts/quality/ranking.ts';
import { filterFigures, scoreFigures, stepOf } from '../../src/experts/quality/selective-figures.ts';
import { addImage, emptyTally, mergeTally } from '../../src/experts/quality/selective-tally.ts';
import { seededRandom } from '../helpers/workspace.ts';

const CLASSES = 5;

/** Noise whose labels are the righter the surer they are; made likewise in Python from the same generator. */
function noise(count: number, seed = 11) {
  const random = seededRandom(seed);
  const levels = new Uint16Array(count);
  const truth = new Uint8Array(count);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    levels[i] = Math.floor(random() * 65536);
    truth[i] = random() < 0.1 ? 255 : Math.floor(random() * CLASSES);
    labels[i] = truth[i] !== 255 && random() * 65536 < levels[i] ? truth[i] : Math.floor(random() * CLASSES);
    if (random() < 0.02) labels[i] = 255;
  }
  return { levels, truth, labels };
}

const raster = (data: Uint8Array): LabelRaster => ({ height: 1, width: data.length, channels: 1, data });

function tallyOf({ levels, truth, labels }: ReturnType<typeof noise>, from = 0, to = labels.length) {
  const tally = emptyTally(CLASSES);
  addImage(
    tally,
    raster(labels.subarray(from, to)),
    { data: levels.subarray(from, to) },
    raster(truth.subarray(from, to)),
  );
  return tally;
}

const values = (figures: ReturnType<typeof filterFigures>) => figures.map(({ value }) => value);
const counts = (right: number[], wrong: number[]): RankedCounts => ({
  right: Float64Array.from(right),
  wrong: Float64Array.from(wrong),
});

describe('quality of labels', () => {
  // numpy 2.4 over the same 4000 pixels: masks and loops, no histogram.
  it.each([
    [0, [0.982, 0.9816411682892907, 0.5996032870501559, 0.428150302397714]],
    [0.5, [0.4895, 0.4934631432545202, 0.8027057497181511, 0.6704591179205475]],
    [0.9, [0.1025, 0.10069541029207232, 0.9558011049723757, 0.9161368486407078]],
    [0.997, [0.006, 0.0058414464534075105, 1, 1]],
  ])('at threshold %f: kept, coverage, precision and mIoU equal numpy', (threshold, expected) => {
    const found = values(filterFigures(tallyOf(noise(4000)), threshold));
    for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i], 12);
  });

  it('AURC, E-AURC and ECE equal numpy', () => {
    const [aurc, excess, ece] = values(scoreFigures(tallyOf(noise(4000))));
    expect(aurc).toBeCloseTo(0.19833571899010694, 10);
    expect(excess).toBeCloseTo(0.10462831092975594, 10);
    expect(ece).toBeCloseTo(0.1008245168594356, 10);
  });

  it('AURC is the expectation over the order of pixels of one level', () => {
    // By hand. Two levels: above 1 right and 1 wrong, below 2 wrong. Orders above: risks 1, 1/2 or 0, 1/2; then 2/3, 3/4.
    expect(areaUnderRiskCoverage(counts([0, 1], [2, 1]))).toBeCloseTo((0.5 + 0.5 + 2 / 3 + 3 / 4) / 4, 14);
    // numpy, tied in steps of 10000 levels, summed pixel by pixel; a simulation of 2000 orders gave 0.20545 +- 0.00003.
    const { levels, truth, labels } = noise(4000);
    const tied = tallyOf({ truth, labels, levels: levels.map((level) => Math.floor(level / 10000) * 10000) });
    expect(areaUnderRiskCoverage(tied.ranked)).toBeCloseTo(0.2055012397133401, 10);
  });

  it('AURC keeps its digits over many pixels', () => {
    // All levels alike: the error rate. Errors last: by the sum over the harmonic numbers, here in plain order.
    const [right, wrong] = [3_000_000, 1_000_000];
    expect(areaUnderRiskCoverage(counts([right], [wrong]))).toBeCloseTo(0.25, 13);
    let sum = 0;
    for (let i = 1; i <= wrong; i++) sum += i / (right + i);
    expect(areaUnderRiskCoverage(counts([0, right], [wrong, 0]))).toBeCloseTo(sum / (right + wrong), 12);
  });

  it('a perfect ranking of many pixels has no excess, one without errors neither', () => {
    const perfect = counts([0, 700_000], [300_000, 0]);
    expect(areaUnderRiskCoverage(perfect) - leastArea(errorRate(perfect))).toBeCloseTo(0, 6);
    expect(leastArea(0)).toBe(0);
    expect(leastArea(1)).toBe(1);
    expect(areaUnderRiskCoverage(counts([5, 9], [0, 0]))).toBe(0);
    expect(areaUnderRiskCoverage(counts([0, 0], [5, 9]))).toBe(1);
  });

  it('ECE by hand', () => {
    // Levels 0, 1/2, 1 (bins 1, 8 and 15): accuracies 1/2, 1/4, 1; 2, 4 and 4 pixels.
    expect(calibrationError(counts([1, 1, 4], [1, 3, 0]))).toBeCloseTo((2 * 0.5 + 4 * 0.25) / 10, 14);
  });

  it('does not depend on how the pixels come in parts, nor in which order', () => {
    const pixels = noise(3000, 5);
    const whole = tallyOf(pixels);
    const parts = [tallyOf(pixels, 2000, 3000), tallyOf(pixels, 0, 700), tallyOf(pixels, 700, 2000)];
    const sum = emptyTally(CLASSES);
    for (const part of parts) mergeTally(sum, part);
    expect({ ...sum, images: 1 }).toEqual(whole);
    expect(sum.images).toBe(3);
    expect(() => mergeTally(sum, emptyTally(4))).toThrow('5 and 4 classes');
  });

  it('keeps less the higher the threshold', () => {
    const tally = tallyOf(noise(2000, 9));
    const kept = Array.from({ length: 1001 }, (_, k) => filterFigures(tally, k / 1000)[0].value as number);
    expect(kept.every((share, k) => k === 0 || share <= kept[k - 1])).toBe(true);
  });

  it('thresholds of three decimals are exact for classes too, and there are no others', () => {
    const pixels = noise(4000);
    for (const threshold of [0.001, 0.123, 0.999, 1]) {
      const level = Math.round(threshold * 65535);
      const masked = { ...pixels, labels: pixels.labels.map((label, i) => (pixels.levels[i] < level ? 255 : label)) };
      const [, coverage, precision, mIoU] = values(filterFigures(tallyOf(masked), 0));
      const found = values(filterFigures(tallyOf(pixels), threshold));
      expect(found.slice(1)).toEqual([coverage, precision, mIoU]);
    }
    for (const threshold of [0.12345, -0.1, 1.001, Number.NaN, 7]) expect(() => stepOf(threshold)).toThrow(UsageError);
    for (let k = 0; k <= 1000; k++) expect(stepOf(Number((k / 1000).toFixed(3)))).toBe(k);
  });

  it('without truth only what is kept is defined, and every other figure has its reason', () => {
    const { levels, labels } = noise(500);
    const tally = emptyTally(CLASSES);
    addImage(tally, raster(labels), { data: levels }, undefined);
    const [kept, ...others] = [...filterFigures(tally, 0.5), ...scoreFigures(tally)];
    expect(kept.value).toBeGreaterThan(0.4);
    for (const { value, reason } of others) expect({ value, reason }).toMatchObject({ value: undefined, reason: /./ });
  });

  it('where nothing reaches the threshold precision is undefined, coverage 0', () => {
    const tally = emptyTally(CLASSES);
    addImage(tally, raster(Uint8Array.of(1)), { data: Uint16Array.of(100) }, raster(Uint8Array.of(1)));
    const [kept, coverage, precision, mIoU] = filterFigures(tally, 0.5);
    expect([kept.value, coverage.value]).toEqual([0, 0]);
    expect(precision).toMatchObject({ value: undefined, reason: 'no label reaches the threshold' });
    expect(mIoU.value).toBeUndefined();
  });
});
