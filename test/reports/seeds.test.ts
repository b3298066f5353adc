import { describe, expect, it } from 'vitest';
import { JOINT_SCHEMA, type JointRecord } from '../../src/core/joint-record.ts';
import type { MeasuredEntry, RunRecord } from '../../src/core/record.ts';
import { jointRecordSchema, runRecordSchema } from '../../src/core/record-schema.ts';
import { REPORTERS } from '../../src/reports/index.ts';
import { buildJointTable } from '../../src/reports/joint.ts';
import { buildTables, type Table } from '../../src/reports/table.ts';
import { HOSTILE, reading, syntheticRecord } from '../helpers/record.ts';

function entry(id: string, mIoU: number | null, more: Partial<MeasuredEntry> = {}): MeasuredEntry {
  return {
    kind: 'measured',
    id,
    title: id,
    backend: { id: 'fake', version: '1', device: 'cpu', options: {} },
    readings: [reading('segmentation/mIoU', mIoU)],
    evidence: { segmentation: 'same', depth: 'same' },
    images: 24,
    failed: 0,
    ...more,
  };
}
const seed = (design: string, i: number, mIoU: number | null, more: Partial<MeasuredEntry> = {}) =>
  entry(`${design}-${i}`, mIoU, { seedsOf: design, ...more });

const MINE = [0.712, 0.698, 0.731].map((value, i) => seed('mine', i + 1, value));
const recordOf = (entries: readonly MeasuredEntry[], more: Partial<RunRecord> = {}) =>
  syntheticRecord({ entries, ...more });
const tableOf = (...entries: MeasuredEntry[]) => buildTables(recordOf(entries))[0];
const cellsOf = (table: Table, label: string) => {
  const at = table.columns.findIndex((column) => column.label === label);
  return table.groups.map(({ rows }) => rows.map(({ cells }) => cells[at]));
};
const textsOf = (table: Table, label: string) => cellsOf(table, label).map((rows) => rows.map(({ text }) => text));

// Means and deviations: numpy 2, mean() and std(ddof=1).
describe('rows over seeds', () => {
  it('hold mean and standard deviation, in a group behind the rows', () => {
    const table = tableOf(...MINE, entry('other', 0.5));
    expect(table.groups.map(({ kind, rows }) => [kind, rows.map(({ title }) => title)])).toEqual([
      ['measured', ['mine-1', 'mine-2', 'mine-3', 'other']],
      ['seeds', ['mine: mean of 3 seeds']],
    ]);
    expect(textsOf(table, 'mIoU')).toEqual([['71.20', '69.80', '73.10', '50.00'], ['71.37 ± 1.66']]);
    expect(table.notes.map(({ text }) => text)).toContain(
      'mean ± standard deviation (n - 1) over the rows mine-1; mine-2; mine-3',
    );
    expect(table.protocol.find(({ label }) => label === 'Seeds')?.words).toMatch(/ranks by its mean/);
  });

  it('rank by their mean, in place of their single seeds', () => {
    const best = (...entries: MeasuredEntry[]) =>
      cellsOf(tableOf(...entries), 'mIoU').map((rows) => rows.map((cell) => cell.best));
    // The luckiest seed would beat the other; the mean does not.
    expect(best(...MINE, entry('other', 0.72))).toEqual([[false, false, false, true], [false]]);
    expect(best(...MINE, entry('other', 0.71))).toEqual([[false, false, false, false], [true]]);
    // Against nobody but its own seeds there is nothing to win.
    expect(best(...MINE)).toEqual([[false, false, false], [false]]);
    const second = [0.6, 0.8].map((value, i) => seed('second', i, value));
    expect(best(...MINE, ...second)).toEqual([
      [false, false, false, false, false],
      [true, false],
    ]);
  });

  it('are none for a single seed, which ranks as any other row', () => {
    const table = tableOf(MINE[0], entry('other', 0.5));
    expect(table.groups).toHaveLength(1);
    expect(cellsOf(table, 'mIoU')[0].map(({ best }) => best)).toEqual([true, false]);
    expect(table.protocol.map(({ label }) => label)).not.toContain('Seeds');
  });

  it('are undefined where one could not be opened: a mean over the others might flatter', () => {
    const opened = MINE.slice(0, 2).map((each) => ({ ...each, seedsPlanned: 3 }));
    const table = tableOf(...opened, entry('other', 0.5));
    expect(table.groups[1].rows.map(({ title }) => title)).toEqual(['mine: mean of 3 seeds']);
    expect(textsOf(table, 'mIoU')[1]).toEqual(['–']);
    expect(table.notes.map(({ text }) => text).join()).toContain('2 of 3 seeds could be opened');
    // Nor does the only one that is left rank for all: then the other has nobody to be better than.
    const alone = tableOf({ ...MINE[0], seedsPlanned: 3 }, entry('other', 0.5));
    expect(cellsOf(alone, 'mIoU').map((rows) => rows.map(({ best }) => best))).toEqual([[false, false], [false]]);
  });

  it('are undefined where a seed is, or was measured otherwise', () => {
    const otherRules = reading('segmentation/mIoU', 0.7, { protocol: 'another' });
    const cases: [MeasuredEntry, RegExp][] = [
      [seed('mine', 4, null), /^mine-4: no reason given by the test$/],
      [seed('mine', 4, 0.7, { evidence: { segmentation: 'other' } }), /on other images or by other rules/],
      [seed('mine', 4, 0.7, { readings: [otherRules] }), /on other images or by other rules/],
      [seed('mine', 4, 0.7, { readings: [reading('depth/rmse', 0.5)] }), /^mine-4 has no such figure$/],
    ];
    for (const [last, reason] of cases) {
      const table = tableOf(...MINE, last);
      expect(textsOf(table, 'mIoU')[1]).toEqual(['–']);
      expect(
        table.notes.some(({ text }) => reason.test(text)),
        String(reason),
      ).toBe(true);
    }
  });

  it('show costs that all seeds share, and leave others to the single rows', () => {
    const cost = { params: 3e6, macs: 5e9, inputSize: '640x480' };
    const same = MINE.map((row) => ({ ...row, cost }));
    expect(textsOf(tableOf(...same), 'params')[1]).toEqual(['3.00']);
    const [first, ...rest] = same;
    expect(textsOf(tableOf({ ...first, cost: { ...cost, params: 4e6 } }, ...rest), 'params')[1]).toEqual(['']);
  });

  it('are in every format, and the record says what they are made from', () => {
    const record = recordOf([...MINE, entry('other', 0.5)]);
    expect(runRecordSchema.parse(JSON.parse(JSON.stringify(record))).entries[0]).toMatchObject({ seedsOf: 'mine' });
    for (const format of ['terminal', 'markdown', 'html'] as const) {
      const text = REPORTERS[format].render([record]);
      expect(text, format).toContain('71.37 ± 1.66');
      expect(text, format).toContain('mine: mean of 3 seeds');
    }
    expect(REPORTERS.latex.render([record])).toContain('71.37 $\\pm$ 1.66');
    const lines = REPORTERS.csv
      .render([record])
      .split('\n')
      .filter((line) => line.includes(',seeds,'));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /,mine,mine: mean of 3 seeds,seeds,.*,segmentation\/mIoU,pixel,0\.713666666666666\d,1,higher,3,.*"mean over the seeds mine-1, mine-2, mine-3"/,
    );
    expect(lines[1]).toMatch(/,segmentation\/mIoU:sd,pixel,0\.01656301099840\d*,1,neither,3,/);
  });

  it('keep a hostile word harmless', () => {
    const record = recordOf(MINE.map((row) => ({ ...row, seedsOf: HOSTILE, title: HOSTILE })));
    expect(REPORTERS.html.render([record])).not.toContain('<script>');
    for (const format of ['terminal', 'csv', 'latex', 'markdown'] as const)
      expect(REPORTERS[format].render([record]), format).not.toContain('\u001b[31m');
  });
});

describe('the difference to the specialist', () => {
  const SPECIAL = [0.655, 0.672].map((value, i) => seed('special', i + 1, value));
  const jointOf = (entries: readonly MeasuredEntry[], specialist: string): JointRecord => {
    const record = recordOf(entries);
    const { suite, startedAt, finishedAt } = record;
    const parts = [{ id: 'a', title: 'part a', specialist, record }];
    const rest = { startedAt, finishedAt, command: 'x', parts, reported: [] };
    return { schema: JOINT_SCHEMA, runId: 'joint-1', outcome: 'complete', suite, ...rest };
  };
  const differences = (entries: readonly MeasuredEntry[], specialist: string) =>
    textsOf(buildJointTable(jointOf(entries, specialist)), 'Δ specialist');

  it('is that of the means, with its standard error, where both have seeds', () => {
    // numpy: sqrt(a.var(ddof=1) / 3 + b.var(ddof=1) / 2) = 0.0127943; single rows against the mean of 0.6635.
    expect(differences([...MINE, ...SPECIAL], 'special-1')).toEqual([
      ['+4.85', '+3.45', '+6.75', '–', '–'],
      ['+5.02 ± 1.28', '–'],
    ]);
    const joint = jointOf([...MINE, ...SPECIAL], 'special-1');
    const { notes, groups } = buildJointTable(joint);
    expect(notes.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        'the specialist itself',
        'the specialist itself, of another seed',
        '± standard error of the difference of two means over seeds (Welch)',
      ]),
    );
    expect(groups.map(({ label }) => label)).toEqual([
      'part a: rooms test, 24 images',
      'part a: rooms test, 24 images: over seeds',
    ]);
    const lines = REPORTERS.csv
      .render([joint])
      .split('\n')
      .filter((line) => /toSpecialist/.test(line));
    expect(lines.some((line) => /,mine,.*toSpecialist,,0\.0501666/.test(line))).toBe(true);
    expect(lines.some((line) => /,mine,.*toSpecialist:se,,0\.0127943/.test(line))).toBe(true);
    expect(jointRecordSchema.safeParse(JSON.parse(JSON.stringify(joint))).success).toBe(true);
  });

  it('has no spread where the specialist has one seed', () => {
    expect(differences([...MINE, entry('special', 0.6635)], 'special')).toEqual([
      ['+4.85', '+3.45', '+6.75', '–'],
      ['+5.02'],
    ]);
  });

  it('is undefined where a seed is', () => {
    expect(differences([...MINE, ...SPECIAL, seed('special', 3, null)], 'special-1')).toEqual([
      ['–', '–', '–', '–', '–', '–'],
      ['–', '–'],
    ]);
  });
});
