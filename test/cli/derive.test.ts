import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MeasuredEntry } from '../../src/core/record.ts';
import { encodeNpy } from '../../src/formats/npy.ts';
import { encodePng } from '../../src/formats/png.ts';
import { tinyOnnx } from '../backends/tiny-onnx.ts';
import { cli } from '../helpers/cli.ts';
import { IN_WORKSPACE, recordIn } from '../helpers/workspace.ts';

const HEIGHT = 24;
const WIDTH = 32;
const [FX, FY, CX, CY] = [150, 165, 15.5, 12.25];
const NORMAL = [0.48, -0.6, -0.64];

let root: string;
const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
};
const run = (suite: string, ...args: string[]) => cli(['run', suite, ...args, ...IN_WORKSPACE], { cwd: root });
const measured = (directory: string) => recordIn(join(root, directory)).entries as MeasuredEntry[];
const reading = ({ readings }: MeasuredEntry, key: string) => readings.find((one) => one.key === key)?.value;

const card = (id: string, camera: string) =>
  put(
    `datasets/${id}.yaml`,
    `id: ${id}\ntitle: a plane\nlicence: { name: MIT }\nloader: folder\nimages: { folder: images }\n` +
      `depth: { folder: depth }\nnormals: { folder: normals, encoding: rgb }\n${camera}`,
  );
const suite = (id: string, data: string, entries: string, more = 'tasks: [normals]\n') =>
  put(
    `suites/${id}.yaml`,
    `id: ${id}\ntitle: ${id}\ndata: { id: ${data} }\n${more}protocols: [authors-nyud]\nentries:\n${entries}`,
  );
const stored = (id: string, derive: string) =>
  `  - { id: ${id}, backend: { id: replay, directory: predictions }, derive: { normals: ${derive} } }\n`;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'derive-'));
  const pixels = HEIGHT * WIDTH;
  const depth = Float32Array.from({ length: pixels }, (_, i) => {
    const [x, y] = [((i % WIDTH) - CX) / FX, (Math.floor(i / WIDTH) - CY) / FY];
    return -2 / (NORMAL[0] * x + NORMAL[1] * y + NORMAL[2]);
  });
  // red right, green up, blue towards the camera
  const colour = [1 + NORMAL[0], 1 - NORMAL[1], 1 - NORMAL[2]].map((v) => Math.round(127.5 * v));
  const normals = Uint8Array.from({ length: 3 * pixels }, (_, i) => colour[i % 3]);
  for (const data of ['seen', 'blind'])
    for (const id of ['a', 'b']) {
      put(
        `data/${data}/images/${id}.png`,
        encodePng({ height: HEIGHT, width: WIDTH, channels: 3, data: new Uint8Array(3 * pixels).fill(90) }),
      );
      put(`data/${data}/depth/${id}.npy`, encodeNpy({ shape: [HEIGHT, WIDTH], data: depth }));
      put(`data/${data}/normals/${id}.png`, encodePng({ height: HEIGHT, width: WIDTH, channels: 3, data: normals }));
      put(`predictions/depth/${id}.npy`, encodeNpy({ shape: [HEIGHT, WIDTH], data: depth }));
    }
  card('seen', `camera: { fx: ${FX}, fy: ${FY}, cx: ${CX}, cy: ${CY} }\n`);
  card('blind', '');
  suite(
    'both',
    'seen',
    stored('cross', '{ method: cross, window: 3 }') + stored('plane', '{ method: plane, window: 5 }'),
  );
});

describe('derive', () => {
  it('scores the normals of a stored depth; the row says where they are from', () => {
    const { status, stdout, stderr } = run('both', '-o', 'both');
    expect(status, stderr).toBe(0);
    for (const entry of measured('both')) {
      // What eight bits of the truth leave.
      expect(reading(entry, 'normals/medianDeg'), entry.id).toBeLessThan(0.4);
      expect(reading(entry, 'normals/within5'), entry.id).toBe(1);
      expect(entry.backend.derived?.normals.method).toBe(entry.id);
    }
    expect(stdout).toContain('normals computed from its own depth (cross, 3x3 pixels)');
  });

  it('another window is another predictor: a resumed run does not mix them', () => {
    suite('again', 'seen', stored('cross', '{ method: cross, window: 3 }'));
    expect(run('again', '-o', 'again', '--limit', '1').status).toBe(0);
    suite('again', 'seen', stored('cross', '{ method: cross }'));
    const { status, stderr } = run('again', '--resume', 'again', '--limit', '1');
    expect(status).toBe(2);
    expect(stderr).toMatch(/entry cross was measured with other weights or options/);
  });

  it('every image of data without a camera fails with what would help', () => {
    suite('dark', 'blind', stored('cross', '{ method: cross }'));
    expect(run('dark', '-o', 'dark').status).toBe(5);
    for (const { message } of recordIn(join(root, 'dark')).failures)
      expect(message).toMatch(/sample [ab]: .*camera: \{fx, fy, cx, cy\}/);
    expect(recordIn(join(root, 'dark')).failures).toHaveLength(2);
  });

  it('what cannot be derived is told before anything runs', () => {
    const refuse = (entries: string, message: RegExp, more?: string) => {
      suite('wrong', 'seen', entries, more);
      const { status, stderr } = run('wrong');
      expect(status, stderr).toBe(2);
      expect(stderr).toMatch(message);
    };
    refuse(stored('x', '{ method: cross }'), /entry x: derive\.normals, but normals are no task/, 'tasks: [depth]\n');
    refuse(stored('x', '{ method: crss }'), /wrong\.yaml:\d+:\d+: .*"cross"/);
    refuse(stored('x', '{ method: cross, window: 4 }'), /wrong\.yaml:\d+:\d+: .*3/);
    refuse(stored('x', '{ method: cross, size: 3 }'), /unknown key "size".*method, window/);
  });

  it('a network is timed with it, and gives the same normals there', () => {
    put('models/net.onnx', tinyOnnx({ height: HEIGHT, width: WIDTH }));
    put(
      'models/net.yaml',
      `id: net\ntitle: one convolution\nlicence: MIT\nonnx: net.onnx\ninput: { width: ${WIDTH}, height: ${HEIGHT}, mean: [0, 0, 0], std: [1, 1, 1] }\n` +
        'outputs:\n  depth: { name: depth, unit: m, absolute: true }\n',
    );
    const row =
      '  - { id: net, model: net, backend: { id: onnxruntime-node }, derive: { normals: { method: plane } } }\n';
    const rules = 'tasks: [normals]\nlatency: { minimumSeconds: 0.05, minimumCount: 3, warmupSeconds: 0 }\n';
    suite('timed', 'seen', row, rules);
    const { status, stderr } = run('timed', '-o', 'timed');
    expect(status, stderr).toBe(0);
    const [{ latency }] = measured('timed');
    expect(latency?.auditedImages).toBe(2);
    expect(latency?.samplesMs.postprocess.length).toBeGreaterThanOrEqual(3);
  });
});
