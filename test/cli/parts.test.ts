import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JointRecord } from '../../src/core/joint-record.ts';
import type { MeasuredEntry } from '../../src/core/record.ts';
import { encodeNpy } from '../../src/formats/npy.ts';
import { encodePng } from '../../src/formats/png.ts';
import { tinyOnnx } from '../backends/tiny-onnx.ts';
import { cli } from '../helpers/cli.ts';

const [HEIGHT, WIDTH] = [4, 4];
/** Flat images by colour; the network's logits for them are, channel by channel, those beside them. */
const COLOURS = {
  red: [255, 0, 0], // 4 0 | 0 0 | 1
  green: [0, 255, 0], // 0 4 | 0 0 | 1
  blue: [0, 0, 255], // 0 0 | 4 -4 | 1
  black: [0, 0, 0], // 0 0 | 0 0 | 1
} as const;
const NETWORK = {
  segmentation: { weights: [4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, -4, 0, 0, 0], biases: [0, 0, 0, 0, 1] },
};
const SLICES = 'slices: { two: { first: 0, count: 2 }, pair: { first: 2, count: 2 }, lone: { first: 4, count: 1 } }';
const TRUTH = {
  a: { red: 0, green: 1, blue: 0, black: 0 },
  b: { blue: 0, black: 1 },
} as const;
const TAXONOMY = { a: 'two', b: 'pair' };

const SUITE = `id: both
title: Two in one
tasks: [segmentation]
protocols: [authors-nyud]
parts:
  - { id: a, title: The first, data: { id: a }, specialist: zeros }
  - { id: b, data: { id: b }, specialist: perfect }
entries:
  - { id: joint, title: joint network, model: net, backend: { id: onnxruntime-node } }
  - { id: zeros, backend: { id: fake } }
  - { id: perfect, backend: { id: replay, directory: predictions }, parts: [b] }
`;

function workspace(): string {
  const root = mkdtempSync(join(tmpdir(), 'parts-'));
  const put = (path: string, content: string | Uint8Array) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  for (const [set, images] of Object.entries(TRUTH) as ['a' | 'b', Record<string, number>][]) {
    for (const [name, label] of Object.entries(images)) {
      const rgb = COLOURS[name as keyof typeof COLOURS];
      const data = Uint8Array.from({ length: 3 * HEIGHT * WIDTH }, (_, i) => rgb[i % 3]);
      const labels = new Uint8Array(HEIGHT * WIDTH).fill(label);
      put(`data/${set}/images/${name}.png`, encodePng({ height: HEIGHT, width: WIDTH, channels: 3, data }));
      put(`data/${set}/labels/${name}.png`, encodePng({ height: HEIGHT, width: WIDTH, channels: 1, data: labels }));
      if (set === 'b') put(`predictions/segmentation/${name}.npy`, encodeNpy({ shape: [HEIGHT, WIDTH], data: labels }));
    }
    put(
      `datasets/${set}.yaml`,
      `id: ${set}\ntitle: set ${set}\nlicence: { name: MIT }\nloader: folder\nimages: { folder: images }\n` +
        `segmentation: { folder: labels, classes: 2, taxonomy: ${TAXONOMY[set]} }\n`,
    );
  }
  put('models/net.onnx', tinyOnnx({ height: HEIGHT, width: WIDTH, stride: 2, parts: NETWORK }));
  put(
    'models/net.yaml',
    `id: net\ntitle: three slices\nlicence: MIT\nonnx: net.onnx\ninput: { width: ${WIDTH}, height: ${HEIGHT}, mean: [0, 0, 0], std: [1, 1, 1] }\n` +
      `outputs: { segmentation: { name: segmentation, ${SLICES} } }\n`,
  );
  put('suites/both.yaml', SUITE);
  return root;
}

const run = (root: string, ...args: string[]) => cli(['run', 'both', '--data', 'data', ...args], { cwd: root });
const edit = (root: string, file: string, from: string, to: string) => {
  const text = readFileSync(join(root, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(root, file), text.replace(from, to));
};
const recordOf = (root: string) => JSON.parse(readFileSync(join(root, 'out/record.json'), 'utf8')) as JointRecord;
const entryOf = (record: JointRecord, part: string, id: string) =>
  record.parts.find((one) => one.id === part)!.record.entries.find((entry) => entry.id === id) as MeasuredEntry;
const figureOf = (entry: MeasuredEntry, name: string) =>
  entry.readings.find(({ key }) => key === `segmentation/${name}`)?.value;

/** What may differ between two runs of the same plan is left out. */
function lasting(record: JointRecord) {
  return record.parts.map(({ record: { entries, failures, data, suite, runId } }) => ({
    entries,
    failures,
    sampleIds: data.sampleIdsSha256,
    suite,
    runId,
  }));
}

describe('a suite of two parts', () => {
  let root: string;
  let record: JointRecord;
  beforeAll(() => {
    root = workspace();
    const { status, stderr } = run(root, '-o', 'out');
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('a/joint: 4/4') });
    record = recordOf(root);
  });

  it('is scored again from its stored predictions, each part with the figures of all channels', () => {
    expect(run(root, '-o', 'kept', '--save-predictions', '--quiet').status).toBe(0);
    const { status, stdout, stderr } = cli(['rescore', 'kept', '--quiet', '--json'], { cwd: root });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { files, banner } = JSON.parse(stdout) as { files: Record<string, string>; banner: string };
    expect(files.record).toMatch(/^results\/both\/kept-rescored-\w+\/record\.json$/);
    expect(banner).toMatch(/^a: RESCORED.*; b: RESCORED/);
    const folder = join(root, files.record, '..');
    const again = JSON.parse(readFileSync(join(root, files.record), 'utf8')) as JointRecord;
    for (const [i, { id, record: first }] of record.parts.entries()) {
      const { record: part } = again.parts[i];
      expect(part.entries.map(({ readings }) => readings)).toEqual(first.entries.map(({ readings }) => readings));
      expect(figureOf(entryOf(again, id, 'joint'), 'mIoU:open')).toEqual(expect.any(Number));
      expect(readdirSync(join(folder, id)).sort()).toEqual(['journal.jsonl', 'panels', 'record.json']);
      expect(JSON.parse(readFileSync(join(folder, id, 'record.json'), 'utf8'))).toEqual(part);
      expect(part.runId).toBe(`${again.runId}.${id}`);
      expect(part.rescoredFrom?.runId).toBe(`kept.${id}`);
    }
    // The joint table first, with every figure and difference of the run itself.
    const tables = ['kept', folder].map((name) => cli(['report', name, '-f', 'markdown'], { cwd: root }).stdout);
    const rows = tables.map((text) => text.split('\n').filter((line) => /^\| (joint|zeros|perfect)/.test(line)));
    expect(rows[1].slice(0, 5)).toEqual(rows[0].slice(0, 5));
    expect(rows[1][0]).toContain('+62.50');
    expect(readdirSync(join(root, 'results'))).toEqual(['both']);
  });

  it('is scored again in part: the entries that are named, where they run, or one part by its folder', () => {
    const rescored = (...args: string[]) => cli(['rescore', ...args, '--quiet'], { cwd: root });
    expect(rescored('kept', '--entry', 'perfect', '-o', 'some').status).toBe(0);
    const { parts } = JSON.parse(readFileSync(join(root, 'some/record.json'), 'utf8')) as JointRecord;
    expect(parts.map(({ id, record: { entries } }) => [id, entries.map((entry) => entry.id)])).toEqual([
      ['b', ['perfect']],
    ]);
    expect(rescored('kept', '--entry', 'perfekt', '-o', 'none')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/unknown entry "perfekt": did you mean "perfect"/),
    });
    expect(existsSync(join(root, 'none'))).toBe(false);
    expect(rescored('kept/b', '-o', 'one').status).toBe(0);
    // A prediction that is gone in the last part: nothing of the first is left either.
    const torn = mkdtempSync(join(tmpdir(), 'parts-torn-'));
    cpSync(join(root, 'kept'), torn, { recursive: true });
    rmSync(join(torn, 'b/predictions/zeros'), { recursive: true });
    const before = readdirSync(root);
    expect(rescored(torn, '-o', 'half').status).toBe(3);
    expect(readdirSync(root)).toEqual(before);
  });

  it('is examined part by part, by what the newest run that is not rescored predicted', () => {
    const titles = (...args: string[]) => {
      const { status, stdout, stderr } = cli(['doctor', ...args, '--json', '--quiet'], { cwd: root });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return (JSON.parse(stdout) as { title: string }[]).map(({ title }) => title);
    };
    const entries = ['a, entry joint', 'a, entry zeros', 'b, entry joint', 'b, entry zeros', 'b, entry perfect'];
    expect(titles('kept')).toEqual(entries.map((entry) => `run kept.${entry}`));
    expect(titles('kept', '--entry', 'perfect')).toEqual(['run kept.b, entry perfect']);
    expect(titles('kept/a', '--entry', 'joint')).toEqual(['run kept.a, entry joint']);
    expect(cli(['doctor', 'some'], { cwd: root })).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/rescored from run kept\.b; name that run/),
    });
    // Of this suite there are rescored runs alone.
    for (const name of ['both', 'latest'])
      expect(cli(['doctor', name], { cwd: root })).toMatchObject({
        status: 3,
        stderr: expect.stringMatching(/none of its runs in .* was made by "densebench run": all are rescored/),
      });
  });

  it('gives each data set its slice, and the figures of all channels as worked by hand', () => {
    const a = entryOf(record, 'a', 'joint');
    // Class 0 has three images, of which two go to other data sets.
    expect(figureOf(a, 'mIoU')).toBe(1);
    expect(figureOf(a, 'mIoU:open')).toBeCloseTo((1 / 3 + 1) / 2, 12);
    expect(figureOf(a, 'gap')).toBeCloseTo(1 / 3, 12);
    expect(figureOf(a, 'leak')).toBe(0.5);
    expect(figureOf(a, 'pixelAccuracy:open')).toBe(0.5);
    expect(figureOf(a, 'dataSetAccuracy')).toBe(0.5);
    const e = Math.exp;
    const masses = [(e(4) + 1) / (e(4) + 3 + e(1)), 2 / (2 + e(4) + e(-4) + e(1)), 2 / (4 + e(1))];
    expect(figureOf(a, 'sliceMass')).toBeCloseTo((2 * masses[0] + masses[1] + masses[2]) / 4, 6);
    const b = entryOf(record, 'b', 'joint');
    // Black: closed, both channels are 0 and the first wins; open, the third slice's 1 does. So open is the better one.
    expect(figureOf(b, 'mIoU')).toBeCloseTo((0.5 + 0) / 2, 12);
    expect(figureOf(b, 'mIoU:open')).toBeCloseTo((1 + 0) / 2, 12);
    expect(figureOf(b, 'gap')).toBeCloseTo(-0.25, 12);
    expect(figureOf(b, 'leak')).toBe(0.5);
    expect(figureOf(b, 'dataSetAccuracy')).toBe(0.5);
  });

  it('leaves open figures out where a row has none, and entries out of parts that they do not run in', () => {
    expect(figureOf(entryOf(record, 'b', 'perfect'), 'leak')).toBeUndefined();
    expect(entryOf(record, 'a', 'perfect')).toBeUndefined();
    expect(record.parts.map((part) => [part.id, part.title, part.record.suite.id, part.record.runId])).toEqual([
      ['a', 'The first', 'both.a', 'out.a'],
      ['b', 'b', 'both.b', 'out.b'],
    ]);
  });

  it('keeps journal and record of each part, readable on their own, and one lock', () => {
    for (const part of ['a', 'b'])
      for (const file of ['journal.jsonl', 'record.json', 'suite.resolved.yaml', 'panels'])
        expect(existsSync(join(root, 'out', part, file)), `${part}/${file}`).toBe(true);
    expect(existsSync(join(root, 'out/lock'))).toBe(false);
    const part = cli(['report', 'out/b', '--format', 'csv'], { cwd: root });
    expect(part.stdout).toMatch(/both\.b/);
    expect(part.stdout).not.toMatch(/both\.a/);
  });

  it('prints one JSON object whose entries name their part', () => {
    const { stdout } = run(root, '--json', '--quiet');
    const printed = JSON.parse(stdout);
    expect(Object.keys(printed)).toEqual(['suite', 'outcome', 'failures', 'files', 'entries', 'parts']);
    expect(printed.entries.map(({ part, id }: { part: string; id: string }) => `${part}/${id}`)).toEqual([
      'a/joint',
      'a/zeros',
      'b/joint',
      'b/zeros',
      'b/perfect',
    ]);
    expect(printed.parts.map(({ id, specialist }: Record<string, string>) => [id, specialist])).toEqual([
      ['a', 'zeros'],
      ['b', 'perfect'],
    ]);
    for (const file of Object.values(printed.files)) expect(existsSync(join(root, file as string))).toBe(true);
    expect(cli(['report', 'both', '--format', 'json'], { cwd: root }).stdout).toContain('densebench.joint/1');
  });

  it('draws the joint table first, with the difference to the specialist of each part', () => {
    const text = cli(['report', 'out', '--format', 'markdown'], { cwd: root }).stdout;
    const [joint, ...parts] = text.split('\n\n---\n\n');
    expect(parts.map((part) => part.slice(0, 30))).toEqual([
      expect.stringContaining('Two in one: The first'),
      expect.stringContaining('Two in one: b'),
    ]);
    const cells = (title: string, at: number) =>
      joint
        .split('\n')
        .filter((line) => line.startsWith(`| ${title} `))
        [at].split(' | ')
        .map((cell) => cell.replace(/[|*\\]|<sup>.*/g, '').trim());
    // closed, open, gap, leak, mass, data set, difference: 100 - 37.5 and 25 - 100.
    expect(cells('joint network', 0).slice(1, 5)).toEqual(['100.00', '66.67', '33.33', '50.00']);
    expect(cells('joint network', 0)[7]).toBe('+62.50');
    expect(cells('joint network', 1).slice(1, 5)).toEqual(['25.00', '50.00', '-25.00', '50.00']);
    expect(cells('joint network', 1)[7]).toBe('-75.00');
    expect(joint).toMatch(/this row has no channels of other data sets/);
    // 100 % of part b must not take the mark from 100 % of part a, nor the other way round.
    expect(joint.match(/\*\*100\.00\*\*/g)).toHaveLength(2);
  });

  it('repeats no part that is done when resumed, and gives an undisturbed record', () => {
    const again = mkdtempSync(join(tmpdir(), 'parts-again-'));
    cpSync(root, again, { recursive: true });
    rmSync(join(again, 'out/record.json'));
    rmSync(join(again, 'out/b/record.json'));
    const journal = join(again, 'out/b/journal.jsonl');
    const lines = readFileSync(journal, 'utf8').split('\n');
    // Torn in the middle of a line.
    writeFileSync(journal, lines.slice(0, 3).join('\n') + lines[3].slice(0, 20));
    const before = statSync(join(again, 'out/a/record.json')).mtimeMs;
    const { status, stderr } = run(again, '--resume', 'out');
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('a: done already') });
    expect(statSync(join(again, 'out/a/record.json')).mtimeMs).toBe(before);
    expect(lasting(recordOf(again))).toEqual(lasting(record));
  });

  it('refuses to write over a run, or to go on with one of another kind or plan', () => {
    expect(run(root, '-o', 'out')).toMatchObject({ status: 2, stderr: expect.stringMatching(/holds a run already/) });
    expect(run(root, '--resume', 'out/a')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/a suite without parts/),
    });
    expect(run(root, '--resume', 'out', '--limit', '1')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/another plan/),
    });
  });

  it('names a limit of each part first', () => {
    const { stdout } = run(root, '--limit', '1', '--quiet');
    expect(stdout.slice(0, 200)).toMatch(/a: LIMITED: 1 of 4 images[\s\S]*b: LIMITED: 1 of 2/);
  });
});

describe('a part that fails', () => {
  it('does not stop the others: exit 5, or 3 for a model that is not there', () => {
    const root = workspace();
    writeFileSync(join(root, 'data/a/labels/blue.png'), 'no picture');
    expect(run(root, '-o', 'out', '--quiet').status).toBe(5);
    const record = recordOf(root);
    expect(record.outcome).toBe('partial');
    expect(record.parts.map((part) => part.record.outcome)).toEqual(['partial', 'complete']);
    edit(root, 'suites/both.yaml', 'directory: predictions', 'directory: nowhere');
    const missing = run(root, '--json', '--quiet');
    expect(missing.status).toBe(3);
    const { failures } = JSON.parse(missing.stdout) as { failures: { entry: string; sample?: string }[] };
    expect(failures.filter(({ sample }) => sample === undefined)).toMatchObject([{ entry: 'b/perfect' }]);
  });

  it('leaves a part without rows where none of its entries can be opened', () => {
    const root = workspace();
    edit(root, 'models/net.yaml', 'pair:', 'other:');
    edit(root, 'suites/both.yaml', '  - { id: zeros, backend: { id: fake } }\n', '');
    edit(root, 'suites/both.yaml', ', specialist: zeros', '');
    edit(root, 'suites/both.yaml', 'directory: predictions', 'directory: nowhere');
    const { status, stdout } = run(root, '-o', 'out', '--quiet');
    expect(status).toBe(3);
    expect(stdout.replaceAll(/\n\s*/g, ' ')).toContain(
      'slices: none for the data set\'s taxonomy "pair", only for two and other and lone',
    );
    expect(recordOf(root).parts.map(({ record }) => record.outcome)).toEqual(['complete', 'failed']);
    edit(root, 'models/net.yaml', 'two:', 'third:');
    expect(run(root, '--quiet')).toMatchObject({ status: 3, stdout: '' });
  });
});

describe('what a suite of parts gets wrong', () => {
  it.each([
    ['parts: [b] }', 'parts: [bb] }', /entry perfect, parts: unknown part "bb": did you mean "b"/],
    ['specialist: zeros', 'specialist: zeroes', /part a, specialist: unknown entry "zeroes": did you mean "zeros"/],
    ['specialist: zeros', 'specialist: perfect', /entry perfect does not run in this part/],
    ['- { id: b, data', '- { id: a, data', /two parts have the id "a"/],
    ['tasks: [segmentation]\n', '', /part a lacks tasks/],
    ['tasks: [segmentation]', 'data: { id: a }\ntasks: [segmentation]', /has data and parts/],
    ['id: b, data', 'id: lock, data', /files of a run bear this name/],
    ['data: { id: b }', 'data: { id: bb }', /unknown data set "bb"/],
    [
      'protocols: [authors-nyud]',
      'protocols: [authors-nyud]\ncolumns: [segmentation/mIoU:opn]',
      /"segmentation\/mIoU:open"/,
    ],
    ['- { id: zeros,', '- { id: zeros, variant: { title: x },', /variant changes a model card/],
  ])('%s -> %s', (from, to, message) => {
    const root = workspace();
    edit(root, 'suites/both.yaml', from, to);
    expect(cli(['validate', 'both'], { cwd: root })).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(message),
    });
    expect(existsSync(join(root, 'results'))).toBe(false);
  });
});
