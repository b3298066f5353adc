import { describe, expect, it } from 'vitest';
import type { DeltaMTerm, MeasuredEntry } from '../../src/core/record.ts';
import { runRecordSchema } from '../../src/core/record-schema.ts';
import { deltaM } from '../../src/reports/delta-m.ts';
import { REPORTERS } from '../../src/reports/index.ts';
import { buildTables } from '../../src/reports/table.ts';
import { reading, syntheticRecord } from '../helpers/record.ts';

function entry(
  id: string,
  figures: Readonly<Record<string, number | null>>,
  more: Partial<MeasuredEntry> = {},
): MeasuredEntry {
  return {
    kind: 'measured',
    id,
    title: id,
    backend: { id: 'fake', version: '1', device: 'cpu', options: {} },
    readings: Object.entries(figures).map(([key, value]) => reading(key, value)),
    evidence: { segmentation: 'same', depth: 'same', normals: 'same' },
    images: 24,
    failed: 0,
    ...more,
  };
}
const S = 'segmentation/mIoU';
const D = 'depth/rmse';
const TERMS: DeltaMTerm[] = [
  { task: 'segmentation', figure: S, single: 's' },
  { task: 'depth', figure: D, single: 'd' },
];
const SINGLES = [entry('s', { [S]: 0.5 }), entry('d', { [D]: 0.4 })];
const recordOf = (...entries: MeasuredEntry[]) =>
  syntheticRecord({ entries: [...SINGLES, ...entries], columns: [S, D], deltaM: TERMS });
const deltaOf = (row: MeasuredEntry, others: readonly MeasuredEntry[] = []) => deltaM(recordOf(row, ...others), row);

describe('delta_m', () => {
  it('is the mean relative gain, turned round where lower is better: by hand', () => {
    // (0.55 - 0.5) / 0.5 = +10 %; -(0.42 - 0.4) / 0.4 = -5 %; their mean +2.5 %.
    const delta = deltaOf(entry('m', { [S]: 0.55, [D]: 0.42 }));
    expect(delta).toMatchObject({ value: expect.closeTo(0.025, 12) });
    expect(delta).toMatchObject({ tasks: [{ gain: expect.closeTo(0.1, 12) }, { gain: expect.closeTo(-0.05, 12) }] });
  });

  it('is 0 for the networks of one task put together', () => {
    expect(deltaOf(entry('both', { [S]: 0.5, [D]: 0.4 }))).toMatchObject({ value: 0 });
  });

  it.each<[string, MeasuredEntry, RegExp]>([
    ['a task that is not there', entry('m', { [S]: 0.5 }), /^this entry has no depth\/rmse$/],
    ['a figure that is undefined', entry('m', { [S]: null, [D]: 0.4 }), /^segmentation\/mIoU: no reason given/],
    [
      'other rules',
      entry('m', {}, { readings: [reading(S, 0.5, { protocol: 'other' }), reading(D, 0.4)] }),
      /^s was measured on other images or by other rules$/,
    ],
    [
      'other images',
      entry('m', { [S]: 0.5, [D]: 0.4 }, { evidence: { segmentation: 'same', depth: 'other' } }),
      /^d was measured on other images/,
    ],
  ])('is undefined for %s', (_, row, reason) => {
    expect(deltaOf(row)).toEqual({ reason: expect.stringMatching(reason) });
  });

  it('is undefined where a single-task network has no figure, or one of 0', () => {
    const row = entry('m', { [S]: 0.5, [D]: 0.4 });
    const of = (...singles: MeasuredEntry[]) => deltaM({ ...recordOf(), entries: [...singles, row] }, row);
    expect(of(SINGLES[0])).toEqual({ reason: 'the network for depth alone: d could not be opened' });
    expect(of(entry('s', { [S]: 0 }), SINGLES[1])).toEqual({
      reason: 'segmentation/mIoU of s is 0: nothing is relative to it',
    });
    expect(of(entry('s', { [S]: null }), SINGLES[1])).toEqual({
      reason: expect.stringMatching(/alone: no reason given/),
    });
    expect(of(entry('s', { [D]: 1 }), SINGLES[1])).toEqual({
      reason: expect.stringMatching(/alone: s has no such figure/),
    });
  });

  it('compares with the mean over the seeds of a single-task network, and has a spread over its own', () => {
    // numpy 2: a = [.712, .698, .731], r = [.5, .52, .47]; d = ((a - .7) / .7 - (r - .5) / .5) / 2; d.mean(), d.std(ddof=1).
    const singles = [
      entry('s', { [S]: 0.7 }),
      entry('d', { [D]: 0.55 }, { seedsOf: 'depth alone' }),
      entry('d-2', { [D]: 0.45 }, { seedsOf: 'depth alone' }),
    ];
    const mine = [0.712, 0.698, 0.731].map((mIoU, i) =>
      entry(`m-${i}`, { [S]: mIoU, [D]: [0.5, 0.52, 0.47][i] }, { seedsOf: 'mine' }),
    );
    const record = { ...recordOf(), entries: [...singles, ...mine] };
    const [{ columns, groups }] = buildTables(record);
    const at = columns.findIndex(({ label }) => label === 'Δm');
    const texts = groups.map(({ rows }) => rows.map(({ cells }) => cells[at].text));
    expect(texts).toEqual([
      ['–', '–', '–', '+0.86', '-2.14', '+5.21'],
      ['–', '+1.31 ± 3.70'],
    ]);
    const lines = REPORTERS.csv
      .render([record])
      .split('\n')
      .filter((line) => /,deltaM/.test(line));
    expect(lines).toHaveLength(9);
    expect(lines.some((line) => /,mine,.*,deltaM:sd,,0\.036993748/.test(line))).toBe(true);
    expect(lines.some((line) => /,m-0,.*,deltaM,,0\.00857142/.test(line))).toBe(true);
  });

  it('stands in a column of the first table alone, of runs whose suite asks for it', () => {
    const record = recordOf(entry('m', { [S]: 0.55, [D]: 0.42 }));
    expect(runRecordSchema.parse(JSON.parse(JSON.stringify(record))).deltaM).toEqual(TERMS);
    const [main, second] = buildTables(record);
    const at = main.columns.findIndex(({ label }) => label === 'Δm');
    expect(main.columns[at]).toMatchObject({ unit: '%', better: 'higher' });
    expect(main.groups[0].rows[2].cells[at]).toMatchObject({ text: '+2.50', best: false });
    expect(main.notes.map(({ text }) => text)).toContain('relative gain: segmentation +10.00 %, depth -5.00 %');
    expect(second.columns.map(({ label }) => label)).not.toContain('Δm');
    const [without] = buildTables({ ...record, deltaM: undefined });
    expect(without.columns.map(({ label }) => label)).not.toContain('Δm');
    expect(REPORTERS.latex.render([record])).toContain('$\\Delta$m');
  });
});
