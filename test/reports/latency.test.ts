import { describe, expect, it } from 'vitest';
import type { MeasuredEntry, RunRecord } from '../../src/core/record.ts';
import { runRecordSchema } from '../../src/core/record-schema.ts';
import { REPORTERS } from '../../src/reports/index.ts';
import { buildTables } from '../../src/reports/table.ts';
import { measuresOf } from '../../src/run/latency-stability.ts';
import { syntheticRecord } from '../helpers/record.ts';

const base = syntheticRecord();
const [network] = base.entries as MeasuredEntry[];
const { stages: _, ...rejected } = network.latency as NonNullable<MeasuredEntry['latency']>;
const conditions = { wallMs: 3000, cpuMs: 2990, involuntarySwitches: 4, waitingMs: 2, otherCores: 0.03, cores: 2 };
const ratio = { to: network.id, pairs: 60, processes: 1 as const, ownMs: [1], referenceMs: [1] };

const entries: RunRecord['entries'] = [
  {
    ...network,
    latency: {
      ...(network.latency as NonNullable<MeasuredEntry['latency']>),
      peakMemoryBytes: 250 * 2 ** 20,
      conditions,
      stability: { verdict: 'stable' },
      proof: { device: 'proven', threads: 'proven', threadsAtWork: 1 },
    },
    openLoop: {
      rateHz: 30,
      frames: 300,
      missed: 3,
      responsesMs: [20, null],
      p50Ms: 21.04,
      p95Ms: 30.5,
      conditions,
    },
  },
  {
    ...network,
    id: 'narrow',
    title: 'narrow',
    latency: {
      ...(network.latency as NonNullable<MeasuredEntry['latency']>),
      conditions,
      stability: { verdict: 'stable' },
      rejectedAttempts: [{ ...rejected, conditions, reason: 'other processes used 61.0 % of 2 cores meanwhile' }],
    },
    latencyRatio: { ...ratio, ratio: 0.4704, low: 0.4655, high: 0.4751, verdict: 'faster' },
  },
  {
    ...network,
    id: 'twin',
    title: 'twin',
    latency: undefined,
    latencyUndefined:
      'measurement invalid, 3 attempts of 3, the last because its threads waited for a core 9.0 % of the time; stop what else runs',
    latencyRejected: {
      ...rejected,
      stability: { verdict: 'invalid', reason: 'threads waited', remedy: 'stop what else runs' },
      rejectedAttempts: [{ ...rejected, conditions, reason: 'others ran' }],
    },
    latencyRatio: {
      ...ratio,
      ratio: 1.001,
      low: 0.995,
      high: 1.006,
      verdict: 'undecided',
      reason: 'the interval holds 1: a difference, if there is one, is within 0.6 %',
    },
    openLoopUndefined: 'measurement invalid: others ran',
  },
];
const record: RunRecord = { ...base, entries, overrides: ['--duration 1'] };

describe('latency in reports', () => {
  const table = buildTables(record)[0];
  const column = (label: string) => {
    const at = table.columns.findIndex((candidate) => candidate.label === label);
    return table.groups[0].rows.map(({ cells }) => cells[at].text);
  };
  const notesOf = (text: string) => table.notes.some((note) => note.text.includes(text));

  it('the record of such a run is valid', () => {
    expect(runRecordSchema.safeParse(JSON.parse(JSON.stringify(record))).error).toBeUndefined();
  });

  it('shows ratios with their interval, memory, and an invalid latency as undefined with its reason', () => {
    expect(column('× mt-lw-refinenet')).toEqual(['1 (reference)', '0.470 [0.466, 0.475]', '1.001 [0.995, 1.006]']);
    expect(column('memory')).toEqual(['250', '–', '–']);
    expect(column('latency')[2]).toBe('–');
    expect(notesOf('waited for a core 9.0 %')).toBe(true);
    expect(notesOf('faster: median ratio to mt-lw-refinenet, A B B A')).toBe(true);
    expect(notesOf('undecided (the interval holds 1')).toBe(true);
  });

  it('names the reference in the notes where rows have different ones, and draws a plot for each', () => {
    const [reference, narrow, twin] = entries as MeasuredEntry[];
    const own = {
      ...twin,
      latencyRatio: { ...ratio, to: 'narrow', ratio: 2, low: 1.9, high: 2.1, verdict: 'slower' as const },
    };
    const mixed = { ...record, entries: [reference, narrow, own] };
    const [main] = buildTables(mixed);
    expect(main.columns.map(({ label }) => label)).toContain('× reference');
    expect(main.notes.map(({ text }) => text).join()).toMatch(/ratio to narrow, A B B A/);
    const page = REPORTERS.html.render([mixed]);
    expect(page).toContain('1 = MT-LW-RefineNet');
    expect(page).toContain('1 = narrow');
  });

  it('shows the open loop as a table of its own', () => {
    const open = buildTables(record).find(({ title }) => title.startsWith('Open loop'));
    expect(open?.title).toBe('Open loop: 300 frames at 30 Hz');
    expect(open?.groups[0].rows.map(({ cells }) => cells.map(({ text }) => text))).toEqual([
      ['1.0', '21.0', '30.5', '–'],
      ['–', '–', '–', '–'],
    ]);
    expect(open?.notes.map(({ text }) => text)).toEqual([
      '297 answered frames are too few (1000)',
      'measurement invalid: others ran',
    ]);
  });

  it('the CSV has every digit, and reasons for what is missing', () => {
    const lines = REPORTERS.csv.render([record]).split('\n');
    const line = (entry: string, key: string) =>
      lines.find((one) => one.includes(`,${entry},`) && one.includes(`,${key},`));
    expect(line('narrow', 'latency/ratio')).toMatch(/,latency\/ratio,,0\.4704,1,lower,60,/);
    expect(line('narrow', 'latency/ratio/low95')).toMatch(/,0\.4655,/);
    expect(line('mt-lw-refinenet', 'openLoop/missedShare')).toMatch(/,0\.01,/);
    expect(line('mt-lw-refinenet', 'latency/peakMemoryBytes')).toContain(String(250 * 2 ** 20));
    expect(line('twin', 'latency')).toMatch(/waited for a core/);
    expect(line('twin', 'latency/total/medianMs')).toBeUndefined();
    expect(line('narrow', 'latency/total/medianMs')).toBeDefined();
  });

  it('every format says which flags changed the measurement, below the tables of times alone', () => {
    const words = "--duration 1, in place of the suite's own rules";
    const plain = (text: string) => text.replace(/&#39;|&apos;/g, "'").replace(/\\(?=-)|(?<=-)\{\}/g, '');
    for (const id of ['terminal', 'markdown', 'latex', 'html'] as const)
      expect(plain(REPORTERS[id].render([record])), id).toContain(words);
    expect(REPORTERS.latex.render([record])).toContain('-{}-duration');
    const named = buildTables(record).map(({ protocol }) => protocol.some((line) => line.label === 'Flags'));
    expect(named).toEqual([true, false, true]);
    expect(
      buildTables(base)
        .flatMap(({ protocol }) => protocol)
        .filter(({ label }) => label === 'Flags'),
    ).toEqual([]);
    const lines = REPORTERS.csv.render([record]).split('\n').slice(1, -1);
    const isTime = (line: string) => /,(latency|openLoop)[/,]/.test(line) && !line.includes('asReported');
    for (const line of lines) expect(/with --duration 1"?$/.test(line), line).toBe(isTime(line));
  });

  it('says that a latency was measured again, and in HTML why', () => {
    expect(notesOf('measured again after 1 invalid attempt')).toBe(true);
    const csv = REPORTERS.csv.render([record]).split('\n');
    const again = csv.filter((line) => line.includes('stable (measured again after 1 invalid attempt)'));
    expect(again.length).toBeGreaterThan(0);
    for (const line of again) expect(line).toContain(',narrow,');
    expect(again.every((line) => /,latency\/(prepare|infer|postprocess|total)\//.test(line))).toBe(true);
    expect(REPORTERS.html.render([record])).toMatch(
      /no figure, all attempts invalid<br>attempt 1: others ran<br>attempt 2: threads waited</,
    );
    expect(REPORTERS.html.render([record])).toMatch(
      /attempt 1, invalid: other processes used 61\.0 % of 2 cores meanwhile<br>attempt 2, stable: /,
    );
  });

  it('LaTeX has the ratio, HTML the intervals and what the verdict rests on', () => {
    expect(REPORTERS.latex.render([record])).toMatch(/\$\\times\$ mt-lw-refinenet/);
    const page = REPORTERS.html.render([record]);
    expect(page).toContain('1 = MT-LW-RefineNet');
    // 2 / (2 + 2990) ms, 0.03 / 2 cores; the two others are of the samples.
    const { drift, dispersion } = measuresOf(network.latency?.samplesMs.total ?? [], conditions);
    const sign = drift < 0 ? '' : '\\+';
    expect(page).toMatch(
      new RegExp(
        `stable: waiting for a core 0\\.1 %, others used 1\\.5 % of 2 cores, last third against the first ${sign}${(100 * drift).toFixed(1)} %, dispersion ${(100 * dispersion).toFixed(1)} %`,
      ),
    );
  });
});
