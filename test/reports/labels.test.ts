import { describe, expect, it } from 'vitest';
import type { LabelFigure, LabelsRecord } from '../../src/core/labels-record.ts';
import type { MeasuredEntry, RunRecord } from '../../src/core/record.ts';
import { runRecordSchema } from '../../src/core/record-schema.ts';
import { REPORTERS } from '../../src/reports/index.ts';
import { buildTables } from '../../src/reports/table.ts';
import { FORMULA, HOSTILE, reading, syntheticRecord } from '../helpers/record.ts';

const seed = (word: string, i: number, mIoU: number | null): MeasuredEntry => ({
  kind: 'measured',
  id: `${word}-${i}`,
  title: `${word}, seed ${i}`,
  seedsOf: word,
  backend: { id: 'fake', version: '1', device: 'cpu', options: {} },
  readings: [reading('segmentation/mIoU', mIoU)],
  evidence: { segmentation: 'same' },
  images: 24,
  failed: 0,
});
const seeds = (word: string, ...values: (number | null)[]) => values.map((value, i) => seed(word, i + 1, value));

const figures = (coverage: number, precision: number, ranks = true): LabelFigure[] =>
  Object.entries({
    coverage,
    precision,
    mIoU: 0.4321,
    ...(ranks && { AURC: 0.0321, 'E-AURC': 0.0123, ECE: 0.0456 }),
  }).map(([name, value]) => ({
    ...{ key: `labels/${name}`, value, unit: '1', pooling: 'pixel', count: 1000 },
    better: /AURC|ECE/.test(name) ? ('lower' as const) : ('higher' as const),
  })) as LabelFigure[];

const NOISE = {
  classNames: ['wall', 'floor', 'bed', 'sofa'],
  pixels: [600, 300, 100, 0],
  shares: [[0.95, 0.05, 0, 0], [0.1, 0.898, 0, 0.002], [0.25, 0, 0.75, 0], null],
  withoutLabel: [0, 0, 0, null],
};
const LABELS: LabelsRecord = {
  data: { id: 'students', split: 'train' },
  ceiling: 'rich',
  floor: 'poor',
  experts: [
    {
      id: 'teacher',
      models: [
        {
          ...{ id: 'teacher', title: 'The teacher', card: 'c0ffee' },
          backend: { id: 'onnxruntime-node', version: '1', device: 'cpu' },
        },
      ],
      images: 48,
      splitCount: 800,
      isSample: true,
      filters: [
        { students: 'taught', figures: figures(1, 0.91, false) },
        {
          ...{ score: 'entropy', threshold: 0.9, students: 'gone', figures: figures(0.8, 0.97) },
          precisionInterval: { low: 0.96, high: 0.98 },
        },
        { score: 'margin', threshold: 0.5, figures: figures(0.9, 0.95) },
      ],
      noise: NOISE,
    },
  ],
};
const ENTRIES = [
  ...seeds('rich', 0.8, 0.81, 0.79),
  ...seeds('poor', 0.5, 0.52, 0.48),
  ...seeds('taught', 0.712, 0.698, 0.731),
];
const recordOf = (
  labels: LabelsRecord = LABELS,
  entries: readonly MeasuredEntry[] = ENTRIES,
  more: Partial<RunRecord> = {},
) => syntheticRecord({ entries, labels, ...more });
const rowsOf = (record: RunRecord) =>
  buildTables(record)[0].groups.map(({ rows }) =>
    rows.map(({ title, cells }) => [title, ...cells.map(({ text }) => text)]),
  );

describe('the table of labels and students', () => {
  it('stands first: bounds, then a row for each filter', () => {
    expect(runRecordSchema.safeParse(recordOf()).error).toBeUndefined();
    const [table, next] = buildTables(recordOf());
    expect(next.title).toBe("the paper's NYUDv2 protocol");
    expect(table.columns.map(({ label }) => label)).toEqual([
      'coverage',
      'precision',
      'sel. mIoU',
      'AURC',
      'E-AURC',
      'ECE',
      'student mIoU',
      'recovered',
    ]);
    expect(table.groups.map(({ label }) => label)).toEqual([
      '',
      'Labels of The teacher, measured on 48 of the 800 images of students train',
    ]);
    const blank = ['', '', '', '', '', ''];
    // numpy 2: means, std(ddof=1), (m - f) / (c - f), and the deviation of that quotient over 4 000 000 draws.
    expect(rowsOf(recordOf())).toEqual([
      [
        ['ceiling: rich', ...blank, '80.00 ± 1.00', '100.0'],
        ['floor: poor', ...blank, '50.00 ± 2.00', '0.0'],
      ],
      [
        ['unfiltered', '100.0', '91.00', '43.21', '', '', '', '71.37 ± 1.66', '71.2 ± 6.3'],
        ['entropy@0.9', '80.0', '97.00', '43.21', '0.0321', '0.0123', '0.0456', '–', '–'],
        ['margin@0.5', '90.0', '95.00', '43.21', '0.0321', '0.0123', '0.0456', '', ''],
      ],
    ]);
    expect(table.notes.map(({ text }) => text)).toEqual(['no network of gone could be run']);
    expect(table.protocol.map(({ words }) => words)).toEqual([
      expect.stringContaining('ceiling: rich, 3 seeds; floor: poor, 3 seeds; unfiltered: taught, 3 seeds'),
      expect.stringContaining('as if the three were independent'),
      expect.stringContaining(
        '5.0 % of wall labelled floor, 10.0 % of floor labelled wall, 25.0 % of bed labelled wall',
      ),
    ]);
  });

  it('says why there is no share', () => {
    const cells = (...entries: MeasuredEntry[]) => rowsOf(recordOf(LABELS, entries))[1][0].slice(-2);
    const [rich, poor] = [seeds('rich', 0.8, 0.81), seeds('poor', 0.5, 0.52)];
    expect(cells(...rich, ...poor, seed('taught', 1, 0.6))).toEqual(['60.00', expect.stringMatching(/^30\.\d$/)]);
    expect(cells(...rich, ...poor, ...seeds('taught', 0.7, null))).toEqual(['–', '–']);
    expect(cells(...rich, ...seeds('taught', 0.7, 0.71))).toEqual(['70.50 ± 0.71', '–']);
    expect(cells(...seeds('rich', 0.5, 0.4), ...poor, ...seeds('taught', 0.7, 0.71))).toEqual(['70.50 ± 0.71', '–']);
  });

  it('has neither students nor shares where the suite names none', () => {
    const experts = LABELS.experts.map((expert) => ({
      ...expert,
      filters: expert.filters.map(({ students: _, ...filter }) => filter),
    }));
    const record = recordOf({ data: LABELS.data, experts });
    expect(buildTables(record)[0].columns).toHaveLength(6);
    expect(rowsOf(record)).toHaveLength(1);
    const taught = recordOf({ data: LABELS.data, experts: LABELS.experts });
    expect(rowsOf(taught)[0][0].slice(-1)).toEqual(['71.37 ± 1.66']);
  });
});

describe('reports of labels', () => {
  it('CSV: every digit, by filter', () => {
    const lines = REPORTERS.csv.render([recordOf()]).split('\n');
    const of = (key: string) => lines.filter((line) => line.includes(`,${key},`));
    expect(of('labels/precision')).toHaveLength(3);
    expect(of('labels/precision')[1]).toMatch(/,students,train,teacher: entropy@0\.9,.*,labels,.*,0\.97,/);
    expect(of('labels/precision:low')[0]).toContain(',0.96,');
    expect(of('labels/recovered')).toEqual([
      expect.stringMatching(/,rooms,test,teacher: unfiltered,.*,0\.71222\d*,/),
      expect.stringMatching(/teacher: entropy@0\.9,.*no network of gone could be run/),
    ]);
    expect(of('labels/recovered:sd')).toEqual([expect.stringMatching(/,0\.0630\d*,/)]);
  });

  it('HTML: a heat map of the classes that occur', () => {
    const page = REPORTERS.html.render([recordOf()]);
    const map = page.slice(page.indexOf('class="heat"'), page.indexOf('</table>', page.indexOf('class="heat"')));
    expect(map.match(/<th scope="col">/g)).toHaveLength(3);
    expect(map).not.toContain('sofa');
    expect(map).toContain('<td class="wrong" style="--v:25.0%" title="bed labelled wall: 25.0 %">25</td>');
    expect(map).toContain('<td class="right" style="--v:89.8%" title="floor labelled floor: 89.8 %">90</td>');
    expect(page).toContain('<h2>Experts&#39; labels and their students</h2>');
    expect(REPORTERS.html.render([syntheticRecord()])).not.toContain('class="heat"');
  });

  it.each(Object.entries(REPORTERS))('%s shows them, and lets no hostile string through', (name, { render }) => {
    expect(render([recordOf()])).toMatch(/entropy.*0\.9|0\.9/);
    const [expert] = LABELS.experts;
    const hostile = recordOf(
      {
        data: { id: HOSTILE, split: FORMULA },
        ceiling: HOSTILE,
        floor: HOSTILE,
        experts: [
          {
            ...expert,
            id: FORMULA,
            models: [{ ...expert.models[0], title: HOSTILE }],
            noise: { ...NOISE, classNames: [HOSTILE, FORMULA, 'a', 'b'] },
            filters: [{ score: HOSTILE, threshold: 0.5, students: HOSTILE, figures: [] }],
          },
          { ...expert, id: 'second', models: [], images: 0, undefinedBecause: HOSTILE, noise: undefined },
        ],
      },
      seeds(HOSTILE, 0.5, 0.6),
    );
    const text = render([hostile]);
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e]/u);
    if (['html', 'markdown'].includes(name)) expect(text).not.toMatch(/<script/i);
    if (name === 'csv') expect(text).not.toMatch(/(^|,)"?=HYPERLINK/m);
  });
});
