import { describe, expect, it } from 'vitest';
import type { PanelImage, RunRecord } from '../../src/core/record.ts';
import { REPORTERS } from '../../src/reports/index.ts';
import { renderTerminal } from '../../src/reports/terminal.ts';
import { FORMULA, HOSTILE, hostileRecord, syntheticRecord } from '../helpers/record.ts';

const record = syntheticRecord();
const failed = syntheticRecord({
  outcome: 'partial',
  failures: Array.from({ length: 25 }, (_, i) => ({ entry: 'prior', sample: `s${i}`, message: 'unreadable' })),
});
/** Also in the order of code units, which no renderer chooses. */
const limited = syntheticRecord({ limit: 2 });

describe.each(Object.entries(REPORTERS))('%s', (name, { render, extension }) => {
  it('is pure and takes any number of runs', () => {
    expect(render([record])).toBe(render([structuredClone(record)]));
    expect(render([record, failed]).length).toBeGreaterThan(render([record]).length);
  });

  it('says sample data and the limit before the first figure', () => {
    const text = render([limited]);
    const first = text.search(/38[.]12|0\.3812/);
    const shown = text.slice(0, first).replaceAll('\\', '').replaceAll('\n  ', ' ');
    expect(shown).toMatch(/SAMPLE DATA/);
    expect(shown).toMatch(/LIMITED: 24 of 24 images/);
  });

  it('says nothing of the kind when there is nothing to warn of', () => {
    const { standsInFor: _, ...data } = record.data;
    const text = render([syntheticRecord({ data: { ...data, isSample: false } })]);
    expect(text).not.toMatch(/SAMPLE|LIMITED/);
  });

  it('names failures', () => {
    expect(render([failed])).toMatch(/prior/);
    expect(render([failed])).toMatch(/\bs0\b/);
    expect(render([failed]).toLowerCase()).toContain('partial');
  });

  it('lets no hostile string through as control characters or markup', () => {
    const text = render([hostileRecord()]);
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e]/u);
    if (['html', 'markdown'].includes(name)) expect(text).not.toMatch(/<script/i);
    if (name === 'markdown') expect(text).not.toMatch(/(^|[^\\])\[a\]\(/m);
    if (name === 'latex')
      expect(text.replace(/^%.*$|\$[_^][^$]*\$|\\textsuperscript\{\w+\}~/gm, '')).not.toMatch(/(^|[^\\])[#%_~^]/m);
  });

  // CSV, HTML and JSON are too long to be read as a snapshot: they have assertions of their own.
  if (['terminal', 'markdown', 'latex'].includes(name))
    it('keeps its whole picture', async () => {
      await expect(render([record])).toMatchFileSnapshot(`./snapshots/report.${extension}`);
    });
});

describe('terminal', () => {
  const widest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));

  it('fits the columns it is given', () => {
    expect(widest(renderTerminal([record], { columns: 100, colour: false }))).toBeLessThanOrEqual(100);
    expect(widest(renderTerminal([record], { columns: 80, colour: false }))).toBeLessThanOrEqual(80);
  });

  it('puts all columns side by side on a wide screen', () => {
    const wide = renderTerminal([record], { columns: 200, colour: false });
    expect(wide).toMatch(/mIoU ↑.*latency ↓.*as reported/);
    expect(renderTerminal([record], { columns: 100, colour: false })).not.toMatch(/mIoU ↑.*latency ↓/);
  });

  it('colours when told to, and only adds colour', () => {
    const coloured = renderTerminal([record], { columns: 100, colour: true });
    expect(coloured).toContain('\u001b[1m*38.12\u001b[0m');
    expect(coloured.replace(/\p{Cc}\[\d+m/gu, '')).toBe(renderTerminal([record], { columns: 100, colour: false }));
  });

  it('cuts long lists of failures and says so', () => {
    expect(REPORTERS.terminal.render([failed])).toContain('... and 5 more');
  });
});

describe('latex', () => {
  const text = REPORTERS.latex.render([record]);
  it('is a booktabs table with the papers under their own rule and a caption that says sample data', () => {
    expect(text).toMatch(/^% needs \\usepackage\{booktabs,graphicx\}/);
    expect(text).toMatch(/\\caption\{SAMPLE DATA/);
    expect(text).toMatch(/\\midrule\n\s+\\multicolumn\{10\}\{l\}\{\\emph\{Reported: Nekrasov/);
  });

  it('balances braces and environments, whatever the names', () => {
    for (const source of [record, hostileRecord()]) {
      const body = REPORTERS.latex
        .render([source])
        .replace(/^%.*$/gm, '')
        .replace(/\\[{}]/g, '');
      expect(body.split('{').length).toBe(body.split('}').length);
      expect(body.match(/\\begin\{/g)?.length).toBe(body.match(/\\end\{/g)?.length);
    }
  });
});

describe('json', () => {
  it('is the record, every field, with the banner first', () => {
    const value = JSON.parse(REPORTERS.json.render([record])) as RunRecord & { banner: string };
    expect(Object.keys(value)[0]).toBe('banner');
    const { banner, ...rest } = value;
    expect(banner).toMatch(/SAMPLE/);
    expect(rest).toEqual(JSON.parse(JSON.stringify(record)));
  });

  it('is an array for several runs', () => {
    expect(JSON.parse(REPORTERS.json.render([record, failed]))).toHaveLength(2);
  });
});

describe('csv', () => {
  const [header, ...lines] = parseCsv(REPORTERS.csv.render([record]));
  const rows = lines.map((line) => Object.fromEntries(header.map((name, i) => [name, line[i]])));

  it('holds every reading of the record to the last digit, and no other', () => {
    const expected = record.entries.flatMap((entry) =>
      entry.readings.map((r) => [entry.id, r.protocolId ?? '', r.protocol, r.key, r.pooling, r.value, r.reason ?? '']),
    );
    const found = rows
      .filter((row) => /^(segmentation|depth|normals)\//.test(row.key))
      .map((row) => [
        row.entry,
        row.protocol_id,
        row.fingerprint,
        row.key,
        row.pooling,
        row.value === '' ? null : Number(row.value),
        row.reason,
      ]);
    expect(found).toEqual(expected);
    expect(lines.every((line) => line.length === header.length)).toBe(true);
  });

  it('has costs and latency as lines, and words of papers without a number', () => {
    const line = (entry: string, key: string) => rows.find((row) => row.entry === entry && row.key === key);
    expect(line('mt-lw-refinenet', 'cost/macs')).toMatchObject({ value: '5940326400', unit: 'MACs' });
    const measured = record.entries[0];
    const p90Ms = measured.kind === 'measured' ? measured.latency?.stages.total.p90Ms : undefined;
    expect(Number(line('mt-lw-refinenet', 'latency/total/p90Ms')?.value)).toBe(p90Ms);
    expect(line('nekrasov2019-table1/mt-lw-refinenet', 'latency/asReported')).toMatchObject({
      value: '',
      note: '12.8 ± 0.1 ms (GTX 1080 Ti)',
    });
    expect(line('nekrasov2019-table1/mt-lw-refinenet', 'cost/gflopsAsReported')).toMatchObject({ value: '6.49' });
    expect(line('nekrasov2019-table1/mt-lw-refinenet', 'cost/macs')).toBeUndefined();
  });

  it('carries the banner on every line', () => {
    expect(header[0]).toBe('banner');
    for (const row of rows) expect(row.banner).toMatch(/^SAMPLE DATA/);
  });

  it('opens no formula in a spreadsheet, and keeps negative numbers numbers', () => {
    const hostile = hostileRecord();
    const [first] = hostile.entries;
    const negative = {
      ...first,
      readings: first.readings.map((r) => ({ ...r, value: -1.5e-7 })),
    } as RunRecord['entries'][number];
    const cells = parseCsv(REPORTERS.csv.render([{ ...hostile, entries: [negative] }])).flat();
    expect(cells).toContain(`'${FORMULA}`);
    for (const cell of cells) if (/^[=+@-]/.test(cell)) expect(Number(cell)).toBe(-1.5e-7);
  });
});

describe('markdown', () => {
  it('has as many cells in every row as in its head', () => {
    for (const source of [record, hostileRecord()]) {
      const tables = REPORTERS.markdown
        .render([source])
        .split('\n\n')
        .filter((part) => part.startsWith('|'));
      expect(tables).toHaveLength(2);
      for (const table of tables) {
        const widths = table.split('\n').map((line) => line.replace(/\\\|/g, '').split('|').length);
        expect(new Set(widths).size).toBe(1);
      }
    }
  });
});

describe('html', () => {
  const panel = {
    sample: HOSTILE,
    images: [
      { who: 'image' },
      { who: 'truth', task: 'depth' },
      { who: 'mt-lw-refinenet', task: 'depth' },
      { who: '"><script>alert(1)</script>', task: 'depth' },
    ].map((slot) => ({ ...slot, pngBase64: 'iVBORw0KGgo="><script>' }) as PanelImage),
  };
  const page = REPORTERS.html.render([record], new Map([[record, [panel]]]));
  const hostile = hostileRecord();
  const hostilePage = REPORTERS.html.render([hostile], new Map([[hostile, [panel]]]));

  it('shows the reported mIoU, classes, latency, pictures, provenance and a glossary', () => {
    expect(page).toContain('42.02');
    for (const words of [
      'bookshelf',
      'post-process 8.39 ms',
      'data:image/png;base64,iVBORw0KGgo=',
      'ab'.repeat(32),
      'cd'.repeat(32),
      'densebench run nyud',
      'Glossary',
      record.suite.hash,
    ])
      expect(page).toContain(words);
  });

  it('puts under each picture whose it is, by the title of the entry', () => {
    const captions = [...page.matchAll(/<figcaption>([^<]*)/g)].map(([, caption]) => caption);
    expect(captions.slice(0, 3)).toEqual(['image', 'truth, depth', `${record.entries[0].title}, depth`]);
  });

  it('loads nothing: no script, no address outside links', () => {
    for (const text of [page, hostilePage]) {
      expect(text).not.toMatch(/<(script|link|iframe|object|embed|base|form)\b/i);
      expect(text.replace(/<a [^>]*>/g, '')).not.toMatch(/(?:src|href)\s*=\s*["']?https?:/i);
      expect(text).not.toMatch(/@import|url\(/i);
      expect(text).not.toMatch(/(?:href|src)\s*=\s*["']?\s*javascript:/i);
      expect(text).not.toMatch(/\son\w+\s*=\s*["']/i);
    }
  });

  it('closes every element that it opens, whatever the names', () => {
    for (const text of [page, hostilePage]) {
      const stack: string[] = [];
      const body = text.replace(/<!doctype html>|<style>[\s\S]*?<\/style>/gi, '');
      for (const [tag, close, name, self] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:"[^"]*"|[^">])*?(\/?)>/gi)) {
        if (self || ['meta', 'img', 'br'].includes(name.toLowerCase())) continue;
        if (close) expect(stack.pop(), tag).toBe(name);
        else stack.push(name);
      }
      expect(stack).toEqual([]);
    }
  });

  it('tells how busy the machine was, where that is known', () => {
    expect(page).toContain('<dt>Load before the run</dt><dd>0.25 (one-minute average');
    const { loadAverage1m, ...environment } = record.environment;
    expect(REPORTERS.html.render([{ ...record, environment }])).not.toContain('Load before');
  });

  it('gives every footnote mark a note to go to, once', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets.length).toBeGreaterThan(0);
    for (const target of targets) expect(ids).toContain(target);
    const two = REPORTERS.html.render([record, failed]);
    const both = [...two.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(both).size).toBe(both.length);
  });

  it('gives no bars to an entry without a single figure, and names classes without one', () => {
    const [network, prior] = record.entries;
    const untrained = {
      ...network,
      title: 'untrained twin',
      readings: network.readings.map((r) => ({ ...r, value: null, reason: 'untrained weights' })),
    } as RunRecord['entries'][number];
    const text = REPORTERS.html.render([syntheticRecord({ entries: [untrained, prior] })]);
    const section = text.slice(text.indexOf('Intersection over union of each class'), text.indexOf('Provenance'));
    expect(section).not.toContain('untrained twin [%]');
    expect(section.match(/class="bar"/g)).toHaveLength(11);
    expect(section).toMatch(/Without a figure.*: counter\./);
  });

  it('lists every failure', () => {
    expect(REPORTERS.html.render([failed]).match(/unreadable/g)).toHaveLength(25);
  });
});

/** RFC 4180, as a spreadsheet or pandas reads it. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    rows[rows.length - 1].push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === '\n') rows.push([]);
    if (end === '') break;
  }
  return rows.filter((row) => row.length > 1);
}
