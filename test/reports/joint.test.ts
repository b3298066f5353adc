import { describe, expect, it } from 'vitest';
import { JOINT_SCHEMA, type JointRecord } from '../../src/core/joint-record.ts';
import { UNKNOWN_PROTOCOL } from '../../src/core/reading.ts';
import type { MeasuredEntry, RunRecord } from '../../src/core/record.ts';
import { jointRecordSchema } from '../../src/core/record-schema.ts';
import { REPORTERS } from '../../src/reports/index.ts';
import { buildJointTable } from '../../src/reports/joint.ts';
import { renderOverview } from '../../src/reports/terminal.ts';
import { loadPublished } from '../../src/suite/published.ts';
import { FORMULA, HOSTILE, hostileRecord, reading, syntheticRecord } from '../helpers/record.ts';

function part(id: string, record: RunRecord, specialist?: string): JointRecord['parts'][number] {
  return { id, title: `part ${id}`, ...(specialist !== undefined && { specialist }), record };
}

function jointOf(parts: JointRecord['parts'], more: Partial<JointRecord> = {}): JointRecord {
  const { suite, startedAt, finishedAt } = syntheticRecord();
  return {
    schema: JOINT_SCHEMA,
    runId: 'joint-1',
    outcome: 'complete',
    suite: { ...suite, id: 'joint', title: 'Two in one' },
    startedAt,
    finishedAt,
    command: 'densebench run joint',
    parts,
    reported: loadPublished('nekrasov2019-table7'),
    ...more,
  };
}

const withMIoU = (values: Readonly<Record<string, number | null>>, evidence = 'same') =>
  syntheticRecord({
    entries: Object.entries(values).map(
      ([id, value]): MeasuredEntry => ({
        ...(syntheticRecord().entries[1] as MeasuredEntry),
        id,
        title: id,
        readings: [reading('segmentation/mIoU', value)],
        evidence: { segmentation: evidence },
      }),
    ),
  });

const cellsOf = (joint: JointRecord, label: string) => {
  const { columns, groups } = buildJointTable(joint);
  const at = columns.findIndex((column) => column.label === label);
  return groups.map(({ rows }) => rows.map(({ cells }) => cells[at]));
};
const textsOf = (joint: JointRecord, label: string) =>
  cellsOf(joint, label).map((rows) => rows.map(({ text }) => text));

describe('the table over all parts', () => {
  it('ranks each part by itself, even where two measured the very same', () => {
    const joint = jointOf([part('a', withMIoU({ x: 0.5, y: 0.4 })), part('b', withMIoU({ x: 0.9, y: 0.95 }))]);
    expect(cellsOf(joint, 'mIoU').map((rows) => rows.map(({ best }) => best))).toEqual([
      [true, false],
      [false, true],
      [false],
      [false],
    ]);
    expect(buildJointTable(joint).columns.map(({ label }) => label)).not.toContain('Δ specialist');
  });

  it('gives the difference to the specialist in points, or why there is none', () => {
    const values = { own: 0.5, special: 0.4125, none: null };
    const joint = jointOf([
      part('a', withMIoU(values), 'special'),
      part('b', withMIoU(values), 'own'),
      part('c', withMIoU(values), 'none'),
      part('d', withMIoU(values), 'gone'),
      part('e', withMIoU(values)),
    ]);
    const column = 'Δ specialist';
    expect(textsOf(joint, column).slice(0, 5)).toEqual([
      ['+8.75', '–', '–'],
      ['–', '-8.75', '–'],
      ['–', '–', '–'],
      ['–', '–', '–'],
      ['', '', ''],
    ]);
    const { notes } = buildJointTable(joint);
    expect(notes.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        'the specialist itself',
        'the specialist has no mIoU: no reason given by the test',
        'the specialist gone could not be opened',
      ]),
    );
  });

  it('compares with no specialist of other images or rules', () => {
    const record = withMIoU({ own: 0.5, special: 0.4 });
    const [own, special] = record.entries as MeasuredEntry[];
    const other = { ...record, entries: [own, { ...special, evidence: { segmentation: 'other' } }] };
    expect(textsOf(jointOf([part('a', other, 'special')]), 'Δ specialist')[0]).toEqual(['–', '–']);
    const unnamed = [own, special].map((entry) => ({
      ...entry,
      readings: entry.readings.map((r) => ({ ...r, protocol: UNKNOWN_PROTOCOL })),
    }));
    const unknown = { ...record, entries: unnamed };
    expect(textsOf(jointOf([part('a', unknown, 'special')]), 'Δ specialist')[0]).toEqual(['–', '–']);
  });

  it("takes each figure from the part's first protocol of its task, and names all that it shows", () => {
    const { protocols } = syntheticRecord();
    const onlyDepth = { ...protocols[1], segmentation: undefined };
    const record = syntheticRecord({ protocols: [onlyDepth, protocols[0]] });
    const joint = jointOf([part('a', record)]);
    expect(textsOf(joint, 'RMSE')[0]).toEqual(['0.580', '1.050']);
    expect(textsOf(joint, 'mIoU')[0]).toEqual(['38.12', '4.12']);
    const labels = buildJointTable(joint).protocol.map(({ label }) => label);
    expect(labels.filter((label) => label === 'a, protocol')).toHaveLength(2);
  });

  it('says where the preset itself pools otherwise, and only there', () => {
    const record = withMIoU({ x: 0.5, none: null });
    const [protocol, ...others] = record.protocols;
    const printing = (figures: readonly string[]) => ({ ...record, protocols: [{ ...protocol, figures }, ...others] });
    const notesOf = (figures: readonly string[]) =>
      buildJointTable(jointOf([part('a', printing(figures))])).notes.filter(({ text }) => /itself pools/.test(text));
    const [note, ...more] = notesOf(['segmentation/mIoU@image']);
    expect(note.text).toBe(`over pixels; ${protocol.id} itself pools over images: see the table of the part`);
    expect(more).toEqual([]);
    const [own] = cellsOf(jointOf([part('a', printing(['segmentation/mIoU@image']))]), 'mIoU');
    expect(own.map(({ marks }) => marks.includes(note.mark))).toEqual([true, false]);
    expect(notesOf(['segmentation/mIoU'])).toEqual([]);
    expect(notesOf([])).toEqual([]);
  });

  it('is what the screen shows as a run ends, with what failed in each part and where the rest is', () => {
    const failed = { ...withMIoU({ y: 0.4 }), failures: [{ entry: 'y', sample: 's', message: 'torn' }] };
    const text = renderOverview(jointOf([part('a', withMIoU({ x: 0.5 })), part('b', failed)]), { colour: false });
    expect(text).toMatch(/^\s*b, y, s: torn$/m);
    expect(text).toMatch(/densebench report\s+joint\/joint-1\/a$/m);
    expect(text.split('─\n').length).toBeLessThan(
      REPORTERS.terminal.render([jointOf([part('a', failed)])]).split('─\n').length,
    );
  });

  it('has the rows of publications under their own mark, and what they print', () => {
    const joint = jointOf([part('a', syntheticRecord())]);
    const reported = buildJointTable(joint).groups.filter(({ kind }) => kind === 'reported');
    expect(reported.map(({ label }) => label)).toEqual([
      'Reported: Nekrasov et al., ICRA 2019, Table VII (NYUDv2 test)',
      'Reported: Nekrasov et al., ICRA 2019, Table VII (KITTI)',
    ]);
    expect(textsOf(joint, 'mIoU').slice(1)).toEqual([['38.76'], ['86.1']]);
  });
});

describe.each(Object.entries(REPORTERS))('%s of a run of parts', (name, { render }) => {
  const joint = jointOf([
    part('a', syntheticRecord(), 'prior'),
    part(
      'b',
      syntheticRecord({
        runId: 'joint-1.b',
        limit: 2,
        outcome: 'partial',
        failures: [{ entry: 'prior', message: 'gone' }],
      }),
    ),
  ]);

  it('is pure, and shows every part with its warnings', () => {
    const text = render([joint]);
    expect(render([structuredClone(joint)])).toBe(text);
    for (const words of [/SAMPLE DATA/, /LIMITED: 24 of 24/, /gone/, /38[.]76|0\.3876/])
      expect(text.replaceAll('\n  ', ' ')).toMatch(words);
    expect(text.length).toBeGreaterThan(render([joint.parts[0].record]).length);
  });

  it('lets no hostile string through', () => {
    const hostile = jointOf([{ ...part('a', hostileRecord(), FORMULA), title: HOSTILE }], {
      runId: FORMULA,
      command: HOSTILE,
    });
    const text = render([hostile]);
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e]/u);
    if (['html', 'markdown'].includes(name)) expect(text).not.toMatch(/<script/i);
    if (name === 'latex') {
      const body = text.replace(/^%.*$/gm, '').replace(/\\[{}]/g, '');
      expect(body.split('{').length).toBe(body.split('}').length);
    }
  });

  it('reads back what was written', () => {
    expect(jointRecordSchema.parse(JSON.parse(JSON.stringify(joint))).parts).toHaveLength(2);
  });
});
