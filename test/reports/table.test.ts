import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparable } from '../../src/core/reading.ts';
import type { MeasuredEntry, RunRecord } from '../../src/core/record.ts';
import { buildTables, type Table } from '../../src/reports/table.ts';
import { loadPublished } from '../../src/suite/published.ts';
import { reading, syntheticRecord } from '../helpers/record.ts';

const column = (table: Table, label: string) => table.columns.findIndex((c) => c.label === label);
const cell = (table: Table, group: number, row: number, label: string) =>
  table.groups[group].rows[row].cells[column(table, label)];

function measured(id: string, readings: MeasuredEntry['readings'], more: Partial<MeasuredEntry> = {}): MeasuredEntry {
  const backend = { id: 'fake', version: '1', device: 'cpu', options: {} };
  return {
    kind: 'measured',
    id,
    title: id,
    backend,
    readings,
    evidence: { depth: 'same', segmentation: 'same' },
    images: 24,
    failed: 0,
    ...more,
  };
}
const mainTable = (...entries: RunRecord['entries']) => buildTables(syntheticRecord({ entries }))[0];

describe('the main table', () => {
  const [main, eigen] = buildTables(syntheticRecord());

  it('has the columns of the tasks that are there, then costs and latency', () => {
    expect(main.columns.map(({ label, unit, better }) => `${label} [${unit}] ${better}`)).toEqual([
      'mIoU [%] higher',
      'RMSE [m] lower',
      'RMSE log [] lower',
      'absRel [] lower',
      'δ₁ [%] higher',
      'params [M] lower',
      'MACs [G] lower',
      'latency [ms] lower',
      'p90 [ms] lower',
      'as reported [] neither',
    ]);
  });

  it('shows measured values by unit and printed ones as printed', () => {
    expect(main.groups[0].rows[0].cells.map(({ text }) => text)).toEqual([
      '38.12',
      '0.612',
      '–',
      '0.151',
      '80.00',
      '3.07',
      '5.94',
      '97.7',
      '101.1',
      '',
    ]);
    expect(main.groups[1].rows[0].cells.map(({ text }) => text)).toEqual([
      '42.02',
      '0.565',
      '0.205',
      '',
      '',
      '3.07',
      '',
      '',
      '',
      '6.49 GFLOPs, 12.8 ± 0.1 ms (GTX 1080 Ti), input 640x480',
    ]);
    expect(main.groups[1].rows[1].cells[0].text).toBe('43.6');
  });

  it('explains an undefined figure below, and never marks it', () => {
    const undefinedCell = cell(main, 0, 0, 'RMSE log');
    expect(undefinedCell).toMatchObject({ text: '–', best: false });
    const note = main.notes.find(({ mark }) => mark === undefinedCell.marks[0]);
    expect(note?.text).toContain('zero or negative');
    expect(cell(main, 0, 1, 'RMSE log')).toMatchObject({ text: '0.335', best: false });
  });

  it('keeps GFLOPs of a paper out of the MACs', () => {
    for (const row of main.groups[1].rows) expect(row.cells[column(main, 'MACs')].text).toBe('');
  });

  it('says the protocol in words, with images, pixels and fingerprints', () => {
    const words = Object.fromEntries(main.protocol.map((line) => [line.label, line.words]));
    expect(words.Segmentation).toMatch(/40 classes.*not 255.*absent classes are left out.*6\u202f912\u202f345 pixels/s);
    expect(words.Depth).toMatch(/raw truth; the whole image; truth > 0 m, no cap.*absolute value/s);
    expect(words.Images).toBe('24 of 24, rooms test');
    expect(words.Fingerprints).toBe(
      'mIoU authors:mIoU, RMSE authors:rmse, RMSE log authors:rmseLog, absRel authors:absRel, δ₁ authors:delta1',
    );
    expect(eigen.protocol.find(({ label }) => label === 'Depth')?.words).toMatch(
      /rows 45 to 470.*0\.001 m < truth < 10 m.*clamped/s,
    );
  });

  it('describes no figures that a suite leaves out', () => {
    const [bare] = buildTables(syntheticRecord({ columns: [] }));
    expect(bare.protocol).toEqual([{ label: 'Images', words: '24 of 24, rooms test' }]);
  });

  it('gives a further protocol its own table: accuracy only, no papers', () => {
    expect(eigen.columns.map(({ label }) => label)).toEqual(['RMSE', 'RMSE log', 'absRel', 'δ₁']);
    expect(eigen.groups.map(({ kind }) => kind)).toEqual(['measured']);
    expect(cell(eigen, 0, 0, 'RMSE').text).toBe('0.580');
  });

  it('shows what the source prints under a protocol of one task, as far as it was measured', () => {
    const record = syntheticRecord();
    const [authors, eigen] = record.protocols;
    const figures = ['depth/absRel', 'depth/rmse', 'depth/sqRel@image'];
    const labels = (protocols: RunRecord['protocols']) =>
      buildTables({ ...record, protocols })[1].columns.map(({ label }) => label);
    expect(labels([authors, { ...eigen, figures }])).toEqual(['absRel', 'RMSE']);
    // One table for several tasks is the same for every protocol.
    const several = { ...authors, id: eigen.id, figures };
    expect(labels([authors, several])).toEqual(labels([authors, eigen]));
    // The suite's own columns go before, without those of tasks that the protocol has no rules for.
    const columns = ['depth/mae', 'segmentation/mIoU'];
    const asked = buildTables({ ...record, protocols: [authors, { ...eigen, figures }], columns });
    expect(asked.map((table) => table.columns.slice(0, 2).map(({ label }) => label))).toEqual([
      ['MAE', 'mIoU'],
      ['MAE'],
    ]);
  });

  it('takes the columns of the suite, with another pooling where asked for', () => {
    const [table] = buildTables(syntheticRecord({ columns: ['depth/rmse@image', 'depth/rmse', 'depth/rmsee'] }));
    expect(table.columns.slice(0, 3).map(({ label }) => label)).toEqual(['RMSE (per image)', 'RMSE', 'depth/rmsee']);
    expect(cell(table, 0, 0, 'RMSE (per image)').text).toBe('0.599');
    expect(cell(table, 0, 0, 'RMSE').text).toBe('0.612');
    expect(cell(table, 0, 0, 'depth/rmsee').text).toBe('–');
  });

  it('shows the papers even where nothing could be measured', () => {
    const table = mainTable(measured('broken', [], { images: 0, failed: 24 }), ...loadPublished('nekrasov2019-table6'));
    expect(table.columns.map(({ label }) => label)).toContain('mean angle');
    expect(cell(table, 0, 0, 'mIoU').text).toBe('–');
    expect(cell(table, 1, 0, 'median angle').text).toBe('17.74');
  });

  it('does not print a small value as zero', () => {
    const table = mainTable(
      measured('a', [reading('depth/rmse', 0.00012345)]),
      measured('b', [reading('depth/rmse', 0)]),
    );
    expect(cell(table, 0, 0, 'RMSE').text).toBe('0.00012');
    expect(cell(table, 0, 1, 'RMSE').text).toBe('0.000');
  });
});

describe('best marks', () => {
  const rmse = (value: number | null, more = {}) => reading('depth/rmse', value, more);
  const marks = (table: Table, label = 'RMSE') =>
    table.groups.map(({ rows }) => rows.map((row) => row.cells[column(table, label)].best));

  it('go to the lowest error and the highest score', () => {
    const a = measured('a', [rmse(0.5), reading('segmentation/mIoU', 0.3)]);
    const b = measured('b', [rmse(0.7), reading('segmentation/mIoU', 0.4)]);
    expect(marks(mainTable(a, b))).toEqual([[true, false]]);
    expect(marks(mainTable(a, b), 'mIoU')).toEqual([[false, true]]);
  });

  it('go to no one who is alone, whose protocol differs or is unknown, or whose images differ', () => {
    expect(marks(mainTable(measured('a', [rmse(0.5)])))).toEqual([[false]]);
    expect(marks(mainTable(measured('a', [rmse(0.5)]), measured('b', [rmse(0.7, { protocol: 'other' })])))).toEqual([
      [false, false],
    ]);
    const unknown = { protocol: 'unknown' };
    expect(marks(mainTable(measured('a', [rmse(0.5, unknown)]), measured('b', [rmse(0.7, unknown)])))).toEqual([
      [false, false],
    ]);
    const partial = measured('b', [rmse(0.7)], { evidence: { depth: 'fewer' }, images: 20, failed: 4 });
    const table = mainTable(measured('a', [rmse(0.5)]), partial);
    expect(marks(table)).toEqual([[false, false]]);
    expect(table.notes.map(({ text }) => text).join()).toContain('4 of 24 images failed');
  });

  it('never cross from papers to measurements, nor from table to table', () => {
    const table = mainTable(
      measured('a', [rmse(0.9)]),
      measured('b', [rmse(1.9)]),
      ...loadPublished('nekrasov2019-table1'),
      ...loadPublished('nekrasov2019-table7'),
    );
    const [own, table1, nyud, kitti] = marks(table);
    expect(own).toEqual([true, false]);
    expect(table1.filter(Boolean)).toHaveLength(1);
    expect([nyud, kitti]).toEqual([[false], [false]]);
  });

  it('are shared by cells that print alike', () => {
    const entries = [0.50001, 0.50002, 0.7].map((value, i) => measured(`e${i}`, [rmse(value)]));
    expect(marks(mainTable(...entries))).toEqual([[true, true, false]]);
  });

  it('law: a marked value is defined and beats or equals, as printed, every comparable one', () => {
    const value = fc.option(fc.double({ min: 0, max: 20, noNaN: true }), { nil: null });
    const protocol = fc.constantFrom('p', 'q', 'unknown');
    fc.assert(
      fc.property(
        fc.array(fc.record({ value, protocol, evidence: fc.constantFrom('x', 'y') }), { maxLength: 7 }),
        (rows) => {
          const entries = rows.map((row, i) =>
            measured(`e${i}`, [rmse(row.value, { protocol: row.protocol })], { evidence: { depth: row.evidence } }),
          );
          const table = mainTable(...entries);
          if (entries.length === 0) return;
          const cells = table.groups[0].rows.map((row) => row.cells[column(table, 'RMSE')]);
          cells.forEach(({ best, text }, i) => {
            const own = entries[i].readings[0];
            if (best) expect(own.value).not.toBeNull();
            entries.forEach((other, k) => {
              const rival = other.readings[0];
              if (
                !best ||
                rival.value === null ||
                !comparable(own, rival) ||
                other.evidence.depth !== entries[i].evidence.depth
              )
                return;
              expect(own.value! <= rival.value || text === cells[k].text).toBe(true);
            });
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});
