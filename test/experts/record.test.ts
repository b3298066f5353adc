import { describe, expect, it } from 'vitest';
import type { LayerProvenance } from '../../src/datasets/label-layer-provenance.ts';
import type { Judgement } from '../../src/experts/quality/confident-learning.ts';
import type { LayerTally } from '../../src/experts/quality/measure-layer.ts';
import { qualityRow } from '../../src/experts/quality/quality-row.ts';
import { noiseMatrix, qualityRecord } from '../../src/experts/quality/record.ts';
import { addImage, emptyTally } from '../../src/experts/quality/selective-tally.ts';
import { qualityTables } from '../../src/reports/label-quality.ts';
import { drawTable } from '../../src/reports/markdown.ts';
import { renderTable } from '../../src/reports/terminal.ts';

const NAMES = ['wall', 'door', 'sky'];
const row = (values: number[]) => ({ height: 1, width: values.length, channels: 1, data: Uint8Array.from(values) });

/** Eight pixels: six right of seven that have a label, all wall or door; one without a label. */
const TRUTH = [0, 0, 0, 0, 1, 1, 1, 1];
const GIVEN = [0, 0, 0, 1, 1, 1, 1, 255];
const LEVELS = [65535, 60000, 50000, 20000, 65535, 60000, 40000, 0];

function tally(): LayerTally {
  const scores = emptyTally(3);
  addImage(scores, row(GIVEN), { data: Uint16Array.from(LEVELS) }, row(TRUTH));
  const groups = new Map([
    ['one', { kept: 4, right: 3 }],
    ['two', { kept: 3, right: 3 }],
  ]);
  return {
    scores: new Map([['margin', scores]]),
    noise: Float64Array.of(3, 1, 0, 0, 3, 0, 0, 0, 0),
    withoutLabel: Float64Array.of(0, 1, 0),
    groups: new Map([
      [{ score: 'margin', threshold: 0 }, groups],
      [{ score: 'margin', threshold: 0.5 }, new Map([['one', { kept: 6, right: 6 }]])],
    ]),
  };
}

const provenance = {
  experts: [
    { id: 'teacher', title: 'a teacher' },
    { id: 'other', title: 'another' },
  ],
  classNames: NAMES,
  data: { id: 'tiny', split: 'train', isSample: true, count: 9 },
} as unknown as LayerProvenance;
const made = { densebench: '1', finishedAt: new Date(0) };
const judgement: Judgement = {
  thresholds: [0.5, null, 0.5],
  labelled: 100,
  flagged: 10,
  flaggedJudged: 8,
  flaggedWrong: 6,
  wrong: 12,
};
const recordOf = (hasTruth = true, of = provenance) =>
  qualityRecord({
    ...{ provenance: of, tally: tally(), images: 1, hasTruth },
    judge: { model: 'second', ...judgement },
    ...made,
  });

describe('the quality of a layer', () => {
  it('has for any score and threshold one row', () => {
    const found = qualityRow('teacher', tally(), { score: 'margin', threshold: 0.5 });
    const values = Object.fromEntries(found.figures.map(({ key, value }) => [key, value]));
    expect(values).toMatchObject({
      'labels/kept': 6 / 8,
      'labels/coverage': 6 / 8,
      'labels/precision': 1,
      'labels/mIoU': 1,
      // One error, below all others: only the last of seven risks is not 0.
      'labels/AURC': expect.closeTo(1 / 7 / 7, 12),
    });
    expect(values['labels/E-AURC']).toBeCloseTo(1 / 49 - (1 / 7 + (6 / 7) * Math.log(6 / 7)), 12);
    // Of one group no interval can be told; nor of a filter whose groups were not counted.
    expect(found.precisionInterval).toBeUndefined();
    expect(qualityRow('teacher', tally(), { score: 'margin', threshold: 0.3 }).figures).toHaveLength(7);
    expect(() => qualityRow('teacher', tally(), { score: 'entropy', threshold: 0 })).toThrow('not measured for score');
  });

  it('has an interval of the precision over eight groups or more', () => {
    const filter = { score: 'margin', threshold: 0 };
    const intervalOf = (rights: readonly number[]) => {
      const groups = new Map(rights.map((right, i) => [`group ${i}`, { kept: 4, right }]));
      return qualityRow('teacher', { ...tally(), groups: new Map([[filter, groups]]) }, filter).precisionInterval;
    };
    // Of seven equal groups the interval would be a point, too; but of few it is none.
    expect(intervalOf(Array(7).fill(3))).toBeUndefined();
    expect(intervalOf(Array(8).fill(3))).toEqual({ low: 0.75, high: 0.75 });
    const { low, high } = intervalOf([4, 4, 4, 4, 4, 4, 0, 0, 2, 2, 2, 2]) ?? { low: 1, high: 0 };
    // Of the mean of twelve draws the standard deviation is s / sqrt(12): s^2 = (6 (1/3)^2 + 2 (2/3)^2 + 4 (1/6)^2) / 12.
    const spread = Math.sqrt((6 / 9 + 8 / 9 + 4 / 36) / 12 / 12);
    expect(low).toBeCloseTo(2 / 3 - 1.96 * spread, 1);
    expect(high).toBeCloseTo(2 / 3 + 1.96 * spread, 1);
  });

  it('has a noise matrix whose rows add up to 1 with what has no label', () => {
    expect(noiseMatrix(tally(), NAMES)).toEqual({
      classNames: NAMES,
      pixels: [4, 4, 0],
      shares: [[0.75, 0.25, 0], [0, 0.75, 0], null],
      withoutLabel: [0, 0.25, null],
    });
  });

  it('is printed with words for the commonest mistakes and for what the judge doubts', () => {
    const [filters, scores] = qualityTables(recordOf()).map((table) =>
      renderTable(table, { colour: false, columns: 400 }),
    );
    expect(filters).toContain('Labels of teacher + other');
    expect(filters).toMatch(/unfiltered +87\.5 +87\.5 +85\.71 +75\.00/);
    expect(filters).toMatch(/margin >= 0\.5 +75\.0 +75\.0 +100\.00 +100\.00/);
    expect(filters).toContain('tiny, train: 1 of 9 images of sample data');
    expect(filters).toContain('25.0 % of wall labelled door');
    expect(filters).toContain(
      'second doubts 10 of 100 labels (10.0 %); of those with a truth 75.0 % are wrong, which is 50.0 % of all wrong labels',
    );
    expect(scores).toMatch(/margin +0\.0204/);
    expect(qualityTables(recordOf()).map(drawTable)[0]).toMatch(/\| margin &gt;= 0\.5 \| 75\.0 \|/);
  });

  it('says why figures are undefined: no truth, or an expert that is not trained', () => {
    const blind = recordOf(false);
    expect(blind.undefinedBecause).toContain('data set tiny has no segmentation');
    expect(blind.noise).toBeUndefined();
    const untrained = { ...provenance, experts: [{ id: 'seeded', accuracyUndefined: 'untrained weights' }] };
    const record = recordOf(true, untrained as unknown as LayerProvenance);
    for (const { figures, precisionInterval } of record.rows) {
      expect(precisionInterval).toBeUndefined();
      for (const { key, value, reason } of figures)
        if (key === 'labels/kept') expect(value).toBeGreaterThan(0);
        else
          expect({ value, reason }).toEqual({
            value: null,
            reason: expect.stringMatching(/seeded: untrained weights/),
          });
    }
    expect(renderTable(qualityTables(record)[0], { colour: false })).toContain('untrained weights');
  });
});
