import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNpy } from '../../src/formats/npy.ts';
import { encodePng } from '../../src/formats/png.ts';
import type { Diagnosis, Verdict } from '../../src/run/doctor/verdict.ts';
import { cli } from '../helpers/cli.ts';
import { fittedOnnx } from '../helpers/fitted-network.ts';
import { degraded, type Frame, streetFrames } from '../helpers/patients.ts';
import { makeWorkspace, newestRun, recordIn } from '../helpers/workspace.ts';

let root: string;
let frames: Frame[];
const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
};
beforeAll(() => {
  root = makeWorkspace();
  frames = streetFrames(8, 3);
  put('models/fitted.onnx', fittedOnnx(streetFrames(6, 101)));
  put('models/fitted.yaml', CARD);
  put('datasets/streetlets.yaml', DATASET);
  put('suites/streetlets.yaml', SUITE);
  for (const [i, frame] of frames.entries()) {
    const { id, picture, truth } = frame;
    const maps = degraded(frame, 0.5, i);
    const shape = [picture.height, picture.width];
    put(`data/streetlets/images/${id}.png`, encodePng({ ...picture, channels: 3 }));
    put(
      `data/streetlets/labels/${id}.png`,
      encodePng({ ...truth.segmentation, channels: 1, data: truth.segmentation.data as Uint8Array }),
    );
    const depth = truth.depth.data as Float32Array;
    put(`data/streetlets/depth/${id}.npy`, encodeNpy({ shape, data: depth }));
    put(`mm/${id}.npy`, encodeNpy({ shape, data: (maps.depth.data as Float32Array).map((z) => 1000 * z) }));
    put(`good/${id}.npy`, encodeNpy({ shape, data: maps.depth.data }));
  }
});
afterAll(() => rmSync(root, { recursive: true }));

const CARD = `id: fitted
title: ridge regression, its card says BGR by mistake
licence: MIT
onnx: fitted.onnx
input: { width: 160, height: 120, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], colourOrder: bgr }
outputs:
  segmentation: { name: segmentation }
`;
const DATASET = `id: streetlets
title: eight small streets
licence: { name: MIT }
loader: folder
images: { folder: images }
segmentation: { folder: labels, classes: 6, taxonomy: kitti6 }
depth: { folder: depth }
`;
const SUITE = `id: streetlets
title: eight small streets
data: { id: streetlets }
tasks: [segmentation]
protocols: [plain]
entries:
  - { id: network, model: fitted, backend: { id: onnxruntime-node, threads: 1 } }
`;

const run = (...args: string[]) => cli(args, { cwd: root });
const diagnoses = (...args: string[]): Diagnosis[] => {
  const { status, stdout, stderr } = run('doctor', ...args, '--json', '--quiet');
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout) as Diagnosis[];
};
const named = ({ verdicts }: Diagnosis) =>
  verdicts.filter(({ verdict, explainedBy }) => verdict === 'found' && !explainedBy).map(({ mistake }) => mistake);
const of = ({ verdicts }: Diagnosis, mistake: string) =>
  verdicts.find((verdict) => verdict.mistake === mistake) as Verdict;
const depth = (prediction: string, target = 'data/streetlets/depth') => [
  prediction,
  '--task',
  'depth',
  '--target',
  target,
];

describe('doctor on folders', () => {
  it('names the unit, says how far it would move the figure, and answers 0', () => {
    const [diagnosis] = diagnoses(...depth('mm'));
    expect(named(diagnosis)).toEqual(['unit']);
    const { effect, confidence } = of(diagnosis, 'unit');
    expect(effect?.words).toContain('x 0.001');
    // By `score`, with the scale that mends it.
    const scored = JSON.parse(
      run(
        'score',
        '--task',
        'depth',
        '--prediction',
        'mm',
        '--target',
        'data/streetlets/depth',
        '--prediction-scale',
        '0.001',
        '--json',
      ).stdout,
    );
    const rmse = scored.readings.find((one: { key: string }) => one.key === 'depth/rmse').value;
    expect(effect?.after).toBeCloseTo(rmse, 3);
    expect(effect?.change?.high).toBeLessThan(0);
    expect(confidence).toBe('high');
    const { status, stdout } = run('doctor', ...depth('mm'), '--quiet');
    expect(status).toBe(0);
    expect(stdout).toMatch(/FOUND, depth: depth in another unit\n.*millimetres/);
    expect(stdout).toMatch(/would move depth\/rmse from .* m to .* m \(95 % interval/);
    expect(stdout).not.toMatch(/is wrong/);
    expect(stdout).toMatch(/BGR for\s.*not testable/);
  });

  it('is silent on what is right', () => {
    const [diagnosis] = diagnoses(...depth('good'));
    expect(named(diagnosis)).toEqual([]);
    expect(of(diagnosis, 'colour-order')).toMatchObject({
      verdict: 'not testable',
      reason: expect.stringMatching(/network/),
    });
    expect(run('doctor', ...depth('good'), '--quiet').stdout).toContain('Nothing found');
  });

  it('on one image says that its confidence is low', () => {
    const [diagnosis] = diagnoses(...depth('mm'), '--limit', '1');
    expect(diagnosis).toMatchObject({ images: 1, imagesInAll: 8 });
    expect(of(diagnosis, 'unit')).toMatchObject({ verdict: 'found', confidence: 'low', effect: { change: null } });
    expect(run('doctor', ...depth('mm'), '--limit', '1', '--quiet').stdout).toContain('too few images');
  });

  it('claims nothing where nothing is finite, and leaves single such pixels out', () => {
    const shape = [120, 160];
    const holes = (frame: Frame) =>
      (frame.truth.depth.data as Float32Array).map((z, i) => (i % 9 ? 1000 * z : Number.NaN));
    for (const frame of frames) {
      put(`nan/${frame.id}.npy`, encodeNpy({ shape, data: new Float32Array(120 * 160).fill(Number.NaN) }));
      put(`holes/${frame.id}.npy`, encodeNpy({ shape, data: holes(frame) }));
    }
    const [nothing] = diagnoses(...depth('nan'));
    expect(nothing.figures[0]).toMatchObject({ value: null, reason: expect.stringMatching(/finite/) });
    expect(new Set(nothing.verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['not testable']));
    expect(run('doctor', ...depth('nan'), '--quiet').stdout).toContain('undefined');
    expect(named(diagnoses(...depth('holes'))[0])).toEqual(['unit']);
  });

  it('refuses what it cannot read or does not understand', () => {
    put('empty/readme.txt', '');
    put('small/street-0.npy', encodeNpy({ shape: [3, 4], data: new Float32Array(12).fill(2) }));
    put('wide/street-0.npy', encodeNpy({ shape: [4, 4], data: new Float32Array(16).fill(2) }));
    const cases: [number, RegExp, ...string[]][] = [
      [3, /empty: holds no/, ...depth('empty')],
      [3, /3x4.*4x4/, ...depth('small', 'wide')],
      [3, /nowhere/, ...depth('nowhere')],
      [3, /without a partner/, ...depth('small')],
      [2, /did you mean "depth"/, 'mm', '--task', 'dept', '--target', 'good'],
      [2, /--task needs --target/, 'mm', '--task', 'depth'],
      [2, /--entry is for a run/, ...depth('mm'), '--entry', 'x'],
      [2, /--prediction-scale is for predictions/, 'latest', '--prediction-scale', '2'],
      [2, /name one/, ...depth('mm'), '--protocol', 'plain,eigen-nyu'],
      [2, /--limit "0"/, ...depth('mm'), '--limit', '0'],
    ];
    for (const [exitCode, message, ...args] of cases) {
      const { status, stderr, stdout } = run('doctor', ...args);
      expect(stderr).toMatch(message);
      expect(status, args.join(' ')).toBe(exitCode);
      expect(stdout).toBe('');
    }
  });
});

describe('doctor on runs', () => {
  it('runs the network again: the card says BGR, with stored predictions or without', () => {
    for (const flags of [[], ['--save-predictions']]) {
      const { status, stderr } = run('run', 'streetlets', '--data', 'data', '--quiet', ...flags);
      expect(status, stderr).toBe(0);
      const [diagnosis] = diagnoses('streetlets');
      expect(named(diagnosis)).toEqual(['colour-order']);
      const { effect } = of(diagnosis, 'colour-order');
      expect(effect?.words).toBe('colourOrder: rgb');
      expect(effect?.now).toBeCloseTo(diagnosis.figures[0].value as number, 12);
    }
    // Now the card of the run is gone: what is stored can be looked at still, the input cannot.
    put('models/fitted.yaml', CARD.replace('bgr', 'rgb'));
    const [changed] = diagnoses('streetlets');
    expect(of(changed, 'colour-order')).toMatchObject({
      verdict: 'not testable',
      reason: expect.stringMatching(/has changed/),
    });
    expect(of(changed, 'flipped').verdict).toBe('not found');
    put('models/fitted.yaml', CARD);
  });

  it('takes the entries of a run, and says what it does not know', () => {
    expect(run('run', 'tiny', '--data', 'data', '--quiet').status).toBe(0);
    const [{ figures }] = diagnoses('tiny', '--entry', 'stored');
    const [measured] = recordIn(newestRun(root, 'tiny')).entries;
    for (const { key, value } of figures)
      expect(measured.readings.find((one) => one.key === key && one.pooling === 'pixel')?.value).toBeCloseTo(
        value as number,
        12,
      );
    expect(figures.map(({ key }) => key)).toEqual(['segmentation/mIoU', 'depth/rmse']);
    const found = diagnoses('tiny', '--entry', 'stored', '--limit', '4');
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ images: 4, imagesInAll: 6, title: expect.stringMatching(/entry stored/) });
    expect(found[0].verdicts.map(({ task }) => task)).toContain('segmentation');
    const misses: [number, RegExp, ...string[]][] = [
      [2, /unknown entry "stord": did you mean "stored"/, 'tiny', '--entry', 'stord'],
      [3, /unknown run "tinny"/, 'tinny'],
    ];
    for (const [exitCode, message, ...args] of misses) {
      const { status, stderr } = run('doctor', ...args);
      expect(stderr).toMatch(message);
      expect(status).toBe(exitCode);
    }
    rmSync(join(root, 'predictions'), { recursive: true });
    const gone = run('doctor', newestRun(root, 'tiny'));
    expect(gone.status).toBe(3);
    expect(gone.stderr).toMatch(/predictions/);
    const file = join(newestRun(root, 'tiny'), 'record.json');
    const record = JSON.parse(readFileSync(file, 'utf8'));
    record.entries[0].accuracyUndefined = 'untrained weights';
    writeFileSync(file, JSON.stringify(record));
    const untrained = run('doctor', 'tiny', '--entry', record.entries[0].id);
    expect(untrained.stderr).toMatch(/is left out: untrained weights/);
    expect(untrained.status).toBe(2);
  });
});
