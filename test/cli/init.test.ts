import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { modelCardSchema } from '../../src/backends/model-card.ts';
import type { MeasuredEntry } from '../../src/core/record.ts';
import { StringStringEntryProtoSchema } from '../../src/formats/generated/onnx_pb.ts';
import { decodeOnnx, encodeOnnx } from '../../src/formats/onnx.ts';
import { refinenet, seededWeights, toOnnx } from '../../src/network/index.ts';
import { cli } from '../helpers/cli.ts';
import { CLASSES, HEIGHT, IN_WORKSPACE, makeWorkspace, newestRun, recordIn, WIDTH } from '../helpers/workspace.ts';
import { DataType, ints, type ModelParts, model, tensor } from '../network/onnx-costs/build.ts';

function folderWith(parts: ModelParts, name = 'net.onnx') {
  const cwd = mkdtempSync(join(tmpdir(), 'init-'));
  writeFileSync(join(cwd, name), encodeOnnx(model(parts)));
  return cwd;
}

/** One 1x1 convolution for each output, with so many channels. */
const heads = (input: readonly (number | string)[], channels: Record<string, number>): ModelParts => ({
  inputs: { image: input },
  stored: Object.fromEntries(Object.entries(channels).map(([name, count]) => [`${name}.w`, tensor([count, 3, 1, 1])])),
  nodes: Object.keys(channels).map((name) => ['Conv', ['image', `${name}.w`], [name]]),
});

const init = (cwd: string, ...more: string[]) => {
  const { status, stdout, stderr } = cli(['init', 'net.onnx', ...more], { cwd });
  const id = more.includes('--id') ? more[more.indexOf('--id') + 1] : 'net';
  const read = (path: string) => (existsSync(join(cwd, path)) ? readFileSync(join(cwd, path), 'utf8') : '');
  return { status, stdout, stderr, card: read(`models/${id}.yaml`), suite: read(`suites/${id}.yaml`) };
};

describe('densebench init', () => {
  it('fills in what the file tells and asks the rest', () => {
    const cwd = folderWith(heads([1, 3, 24, 32], { a: 40, b: 1, c: 3 }));
    const { status, stdout, card, suite } = init(cwd);
    expect(status).toBe(0);
    expect(parse(card)).toMatchObject({
      id: 'net',
      onnx: '../net.onnx',
      input: { width: 32, height: 24, layout: 'nchw', colourOrder: '?', scale: '?', mean: '?', std: '?' },
      outputs: {
        segmentation: { name: 'a', kind: 'logits' },
        depth: { name: 'b', kind: '?', unit: '?' },
        normals: { name: 'c', axes: '?' },
      },
    });
    expect(parse(suite)).toMatchObject({
      id: 'net',
      data: { id: 'nyudv2', classes: 40 },
      tasks: ['segmentation', 'depth', 'normals'],
    });
    expect(stdout).toContain('wrote models/net.yaml\nwrote suites/net.yaml\n\n7 questions are open:\n');
  });

  it('what it wrote is refused, question by question, until all are answered', () => {
    const cwd = folderWith(heads([1, 3, 24, 32], { depth: 1 }));
    const { card } = init(cwd);
    const before = cli(['validate', 'net'], { cwd });
    expect(before.status).toBe(2);
    const keys = [...before.stderr.matchAll(/net\.yaml:\d+:\d+: (\S+) is not answered yet: ./g)].map(([, key]) => key);
    expect(keys).toEqual([
      'input.colourOrder',
      'input.scale',
      'input.mean',
      'input.std',
      'outputs.depth.kind',
      'outputs.depth.unit',
    ]);
    expect(cli(['run', 'net'], { cwd }).status).toBe(2);
    const answers: Record<string, string> = {
      colourOrder: 'rgb',
      scale: '1',
      mean: '[0, 0, 0]',
      std: '[1, 1, 1]',
      kind: 'depth',
      unit: 'm',
    };
    writeFileSync(
      join(cwd, 'models/net.yaml'),
      card.replace(/(\w+): "\?"/g, (_, key) => `${key}: ${answers[key]}`),
    );
    expect(cli(['validate', 'net'], { cwd })).toMatchObject({ status: 0, stderr: '' });
  });

  it('never overwrites', () => {
    const cwd = folderWith(heads([1, 3, 24, 32], { depth: 1 }));
    init(cwd);
    const again = init(cwd);
    expect(again).toMatchObject({ status: 2 });
    expect(again.stderr).toContain('models/net.yaml is there already and is left alone');
    expect(init(cwd, '--id', 'other').card).toContain('id: other\n');
    writeFileSync(join(cwd, 'suites', 'third.yaml'), 'mine');
    expect(init(cwd, '--id', 'third')).toMatchObject({ status: 2, card: '', suite: 'mine' });
  });

  it('leaves a free size free, finds channels last, and asks for a layout that it cannot see', () => {
    const free = init(folderWith(heads([1, 3, 'h', 'w'], { depth: 1 }))).card;
    expect(parse(free).input).toMatchObject({ layout: 'nchw' });
    expect(parse(free).input.width).toBeUndefined();
    const last = folderWith({ inputs: { image: ['n', 20, 30, 3] }, nodes: [['Identity', ['image'], ['normal_map']]] });
    expect(parse(init(last).card)).toMatchObject({
      input: { width: 30, height: 20, layout: 'nhwc' },
      outputs: { normals: { name: 'normal_map' } },
    });
    const blind = folderWith({ inputs: { image: [1, 'c', 'h', 'w'] }, nodes: [['Identity', ['image'], ['y']]] });
    expect(parse(init(blind).card)).toMatchObject({ input: { layout: '?' }, outputs: '?' });
  });

  it('takes whole numbers for labels and thirteen channels for thirteen classes', () => {
    const labels = folderWith({
      ...heads([1, 3, 8, 8], { scores: 13 }),
      nodes: [...heads([], { scores: 13 }).nodes, ['ArgMax', ['scores'], ['ids'], { axis: 1 }]],
      outputs: ['ids'],
    });
    expect(parse(init(labels).card).outputs).toEqual({ segmentation: { name: 'ids', kind: 'labels', labelMap: '?' } });
    expect(parse(init(folderWith(heads([1, 3, 8, 8], { scores: 13 }))).suite).data.classes).toBe(13);
  });

  it('knows the conventions of what densebench wrote: nothing is left to ask', () => {
    const graph = refinenet({
      classes: 40,
      tasks: ['segmentation', 'depth', 'normals'],
      width: 0.25,
      decoderWidth: 16,
    });
    const cwd = mkdtempSync(join(tmpdir(), 'init-'));
    writeFileSync(join(cwd, 'net.onnx'), toOnnx(graph, seededWeights(graph, 1), { width: 64, height: 48 }));
    const { card, stdout } = init(cwd);
    expect(stdout).toContain('Next:\n  densebench validate net');
    const { outputs, input } = modelCardSchema.parse(parse(card));
    expect(input).toMatchObject({ width: 64, height: 48, scale: 1 / 255, mean: [0.485, 0.456, 0.406] });
    expect(outputs.normals?.axes).toEqual(['x', 'z', 'y']);
    expect(cli(['validate', 'net'], { cwd }).status).toBe(0);
  });

  it('asks for the licence of what densebench wrote too, for it may be an import; takes it from the metadata', () => {
    const graph = refinenet({ classes: 40, tasks: ['depth'], width: 0.25, decoderWidth: 16 });
    const cwd = mkdtempSync(join(tmpdir(), 'init-'));
    const bytes = toOnnx(graph, seededWeights(graph, 1), { width: 64, height: 48 });
    writeFileSync(join(cwd, 'net.onnx'), bytes);
    expect(init(cwd).card).toContain('\nlicence: unknown # QUESTION: ');
    const stated = decodeOnnx(bytes, 'net.onnx');
    stated.metadataProps.push(
      create(StringStringEntryProtoSchema, { key: 'model_license', value: 'BSD-2: "mine"\n#' }),
    );
    writeFileSync(join(cwd, 'net.onnx'), encodeOnnx(stated));
    const { card } = init(cwd, '--id', 'stated');
    expect(parse(card).licence).toBe('BSD-2: "mine" #');
    expect(cli(['validate', 'stated'], { cwd }).status).toBe(0);
  });

  it.each<[string, ModelParts, string]>([
    [
      'two inputs',
      { inputs: { a: [1, 3, 8, 8], b: [1, 3, 8, 8] }, nodes: [['Add', ['a', 'b'], ['y']]] },
      '2 inputs (a, b)',
    ],
    [
      'bytes',
      { inputs: { a: [1, 8, 8, 3] }, inputTypes: { a: DataType.UINT8 }, nodes: [['Identity', ['a'], ['y']]] },
      'has type uint8',
    ],
    ['no image', { inputs: { a: [1, 8] }, nodes: [['Identity', ['a'], ['y']]] }, 'input "a" is float32 [1, 8]'],
  ])('refuses %s', (_, parts, message) => {
    const { status, stderr, card } = init(folderWith(parts));
    expect({ status, card }).toEqual({ status: 3, card: '' });
    expect(stderr).toContain(message);
  });

  it('writes valid YAML whatever a file calls its outputs', () => {
    const hostile = 'depth"\n  unit: m # {}\u2028\u0007: [';
    const { card, status } = init(
      folderWith({
        inputs: { image: [1, 3, 'h\nevil: 1', 8] },
        stored: { w: tensor([1, 3, 1, 1]) },
        nodes: [
          ['Conv', ['image', 'w'], [hostile]],
          ['Identity', ['image'], ['two\nlines']],
          ['Identity', ['image'], ['third\n# x']],
        ],
      }),
    );
    expect(status).toBe(0);
    const { outputs, ...rest } = parse(card);
    expect(Object.keys(rest)).toEqual(['id', 'title', 'licence', 'onnx', 'input', 'resize']);
    expect(outputs.depth).toEqual({ name: hostile, kind: '?', unit: '?' });
    expect(Object.keys(outputs)).toEqual(['depth', 'normals']);
    expect(card).not.toMatch(/^(evil|# x)/m);
  });

  it('takes another folder, and names files by themselves', () => {
    const cwd = folderWith(heads([1, 3, 8, 8], { depth: 1 }), 'my net (v2).onnx');
    expect(cli(['init', 'my net (v2).onnx', '-o', 'out'], { cwd }).status).toBe(0);
    expect(parse(readFileSync(join(cwd, 'out/models/my-net-v2-.yaml'), 'utf8')).onnx).toBe('../../my net (v2).onnx');
    expect(cli(['init', 'none.onnx'], { cwd }).status).toBe(3);
  });
});

/** Scores of 13 classes, and inverse depth per metre, of red, green and blue in 0..255. */
const SCORES = Array.from({ length: 13 }, (_, k) =>
  [((k * 5) % 7) - 3, ((k * 3) % 11) - 5, ((k * 11) % 13) - 6].map((v) => v / 100),
);
const OFFSETS = SCORES.map((w) => -128 * w.reduce((a, b) => a + b, 0) + 0.3);
const INVERSE = [0.001, 0.002, 0.0005];
const INVERSE_OFFSET = 0.15;
const MAP = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 255, 2, 0];

describe('a network with other conventions', () => {
  it('evaluated by card and suite alone has the figures of its twin with ours', { timeout: 240_000 }, () => {
    const root = makeWorkspace({ count: 3 });
    const mean = [0.485, 0.456, 0.406];
    const std = [0.229, 0.224, 0.225];
    const ours = (rows: number[][]) =>
      tensor(
        [rows.length, 3, 1, 1],
        rows.flatMap((w) => w.map((v, c) => v * 255 * std[c])),
      );
    const shifted = (rows: number[][], offsets: number[]) =>
      tensor(
        [rows.length],
        rows.map((w, k) => offsets[k] + w.reduce((sum, v, c) => sum + v * 255 * mean[c], 0)),
      );
    const theirs = (rows: number[][]) =>
      tensor(
        [rows.length, 3, 1, 1],
        rows.flatMap((w) => [...w].reverse()),
      );
    // Planar, red first, normalised; ids of the data set and metres.
    const twin = model({
      inputs: { image: [1, 3, HEIGHT, WIDTH] },
      stored: {
        ws: ours(SCORES),
        bs: shifted(SCORES, OFFSETS),
        wd: ours([INVERSE]),
        bd: shifted([INVERSE], [INVERSE_OFFSET]),
        map: ints(...MAP),
      },
      nodes: [
        ['Conv', ['image', 'ws', 'bs'], ['scores']],
        ['ArgMax', ['scores'], ['classes'], { axis: 1 }],
        ['Gather', ['map', 'classes'], ['labels']],
        ['Conv', ['image', 'wd', 'bd'], ['inverse']],
        ['Reciprocal', ['inverse'], ['metres']],
      ],
      outputs: ['labels', 'metres'],
    });
    // Channels last, blue first, 0..255; 13 classes of its own and the inverse of decimetres.
    const other = model({
      inputs: { picture: ['batch', HEIGHT, WIDTH, 3] },
      stored: {
        ws: theirs(SCORES),
        bs: tensor([13], OFFSETS),
        wd: theirs([INVERSE.map((v) => v / 10)]),
        bd: tensor([1], [INVERSE_OFFSET / 10]),
      },
      nodes: [
        ['Transpose', ['picture'], ['planes'], { perm: [0, 3, 1, 2] }],
        ['Conv', ['planes', 'ws', 'bs'], ['s']],
        ['Transpose', ['s'], ['seg'], { perm: [0, 2, 3, 1] }],
        ['Conv', ['planes', 'wd', 'bd'], ['d']],
        ['Transpose', ['d'], ['disp'], { perm: [0, 2, 3, 1] }],
      ],
      outputs: ['seg', 'disp'],
    });
    writeFileSync(join(root, 'other.onnx'), encodeOnnx(other));
    writeFileSync(join(root, 'twin.onnx'), encodeOnnx(twin));
    for (const name of ['other', 'twin']) expect(cli(['init', `${name}.onnx`], { cwd: root }).status).toBe(0);
    const answer = (name: string, answers: Record<string, string>) => {
      const path = join(root, 'models', `${name}.yaml`);
      const text = readFileSync(path, 'utf8').replace(/(\w+): "\?"/g, (_, key) => `${key}: ${answers[key]}`);
      writeFileSync(path, text);
    };
    const imagenet = { scale: String(1 / 255), mean: JSON.stringify(mean), std: JSON.stringify(std) };
    const own = `[${Array.from({ length: CLASSES }, (_, i) => i)}, ${Array(251).fill(255)}]`;
    answer('twin', { colourOrder: 'rgb', ...imagenet, kind: 'depth', unit: 'm', labelMap: own });
    answer('other', {
      colourOrder: 'bgr',
      scale: '1',
      mean: '[0, 0, 0]',
      std: '[1, 1, 1]',
      kind: 'inverse-depth',
      unit: 'dm',
      labelMap: `[${MAP}]`,
    });
    writeFileSync(
      join(root, 'suites', 'both.yaml'),
      `id: both\nextends: tiny\ntitle: both\nentries:\n${['twin', 'other'].map((id) => `  - { id: ${id}, model: ${id}, backend: { id: onnxruntime-node } }\n`).join('')}`,
    );
    const { status, stderr } = cli(['run', 'both', ...IN_WORKSPACE], { cwd: root });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const entries = recordIn(newestRun(root, 'both')).entries as MeasuredEntry[];
    const [first, second] = ['twin', 'other'].map((id) => entries.find((entry) => entry.id === id)!);
    expect(first.cost).toMatchObject({ macs: 14 * 3 * HEIGHT * WIDTH, inputSize: `${WIDTH}x${HEIGHT}` });
    expect(second.cost?.macs).toBe(first.cost?.macs);
    const values = (entry: MeasuredEntry) => entry.readings.filter(({ value }) => value !== null && value !== 0);
    expect(values(second).length).toBeGreaterThan(20);
    expect(second.readings.map(({ key }) => key)).toEqual(first.readings.map(({ key }) => key));
    second.readings.forEach(({ key, value }, i) => {
      const wanted = first.readings[i].value;
      if (value === null || wanted === null) expect([key, value]).toEqual([key, wanted]);
      else expect(Math.abs(value - wanted) / Math.max(1e-6, Math.abs(wanted)), key).toBeLessThan(1e-3);
    });
  });
});
