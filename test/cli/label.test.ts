import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MeasuredEntry } from '../../src/core/record.ts';
import { openLabelLayer } from '../../src/datasets/label-layer.ts';
import type { QualityRecord } from '../../src/experts/quality/record.ts';
import { encodeNpy } from '../../src/formats/npy.ts';
import { encodePng } from '../../src/formats/png.ts';
import { cli, cliStarted } from '../helpers/cli.ts';
import { fittedOnnx } from '../helpers/fitted-network.ts';
import { streetFrames } from '../helpers/patients.ts';
import { makeWorkspace, newestRun, recordIn } from '../helpers/workspace.ts';

let root: string;
const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
};
const read = (path: string) => readFileSync(join(root, path));

const modelCard = (id: string, onnx: string, more = '') => `id: ${id}
title: ridge regression on random features, ${id}
licence: MIT
onnx: ${onnx}
input: { width: 160, height: 120, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
outputs:
  segmentation: { name: segmentation${more} }
`;
const dataCard = (id: string, segmentation: boolean) => `id: ${id}
title: six small streets
licence: { name: MIT }
loader: folder
images: { folder: images }
${segmentation ? 'segmentation: { folder: labels, classes: 6, taxonomy: kitti6 }' : ''}
depth: { folder: depth }
group: '^(street-\\d)'
splits: { train: [street-0, street-1, street-2, street-3, street-4, street-5] }
`;
const SUITE = `id: streetlets
title: six small streets
data: { id: streetlets, split: train }
tasks: [segmentation]
protocols: [plain]
entries:
  - { id: a, model: a, backend: { id: onnxruntime-node, threads: 1 } }
`;

beforeAll(() => {
  root = makeWorkspace();
  const training = streetFrames(4, 101);
  put('models/a.onnx', fittedOnnx(training, 1));
  put('models/b.onnx', fittedOnnx(training, 2));
  put('models/a.yaml', modelCard('a', 'a.onnx'));
  put('models/b.yaml', modelCard('b', 'b.onnx'));
  put('models/ids.yaml', modelCard('ids', 'a.onnx', ', kind: labels'));
  put('models/sliced.yaml', modelCard('sliced', 'a.onnx', ', slices: { kitti6: { first: 0, count: 6 } }'));
  put(
    'models/joint.yaml',
    modelCard('joint', 'a.onnx', ', slices: { x: { first: 0, count: 2 }, y: { first: 2, count: 4 } }'),
  );
  put('suites/streetlets.yaml', SUITE);
  for (const id of ['streetlets', 'blind']) {
    put(`datasets/${id}.yaml`, dataCard(id, id === 'streetlets'));
    for (const { id: frame, picture, truth } of streetFrames(6, 3)) {
      const labels = truth.segmentation.data as Uint8Array;
      const shape = [picture.height, picture.width];
      put(`data/${id}/images/${frame}.png`, encodePng({ ...picture, channels: 3 }));
      put(`data/${id}/depth/${frame}.npy`, encodeNpy({ shape, data: truth.depth.data as Float32Array }));
      if (id === 'streetlets')
        put(`data/${id}/labels/${frame}.png`, encodePng({ ...truth.segmentation, channels: 1, data: labels }));
    }
  }
});
afterAll(() => rmSync(root, { recursive: true }));

const COMMON = ['--data', 'data', '--quiet', '--threads', '1'];
const run = (...args: string[]) => cli(['label', ...args, ...COMMON], { cwd: root });
interface Printed {
  readonly layer: string;
  readonly images: number;
  readonly made: number;
  readonly failures: readonly { readonly sample: string; readonly message: string }[];
  readonly quality: QualityRecord;
}
function labelled(...args: string[]): Printed {
  const { status, stdout, stderr } = run(...args, '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as Printed;
}
const value = ({ rows }: QualityRecord, key: string, threshold = 0) =>
  rows.find((row) => row.threshold === threshold)?.figures.find((figure) => figure.key === key)?.value;

describe('densebench label', () => {
  it('writes a layer whose unfiltered figures are those of a run of the same network', async () => {
    const { layer, images, made, quality } = labelled('streetlets', '--expert', 'a', '-o', 'layers/a');
    expect({ layer, images, made }).toEqual({ layer: 'layers/a', images: 6, made: 6 });
    expect(cli(['run', 'streetlets', '--data', 'data', '--quiet', '--no-latency'], { cwd: root }).status).toBe(0);
    const [entry] = recordIn(newestRun(root, 'streetlets')).entries as MeasuredEntry[];
    const ofRun = (key: string) => entry.readings.find((reading) => reading.key === key)?.value;
    expect(value(quality, 'labels/precision')).toBe(ofRun('segmentation/pixelAccuracy'));
    expect(value(quality, 'labels/mIoU')).toBeCloseTo(ofRun('segmentation/mIoU') as number, 14);
    expect(value(quality, 'labels/coverage')).toBe(1);
    const { provenance, labels } = await openLabelLayer(join(root, 'layers/a'));
    expect(provenance).toMatchObject({
      taxonomy: 'kitti6',
      experts: [{ id: 'a', weightsSha256: entry.backend.weightsSha256, input: { width: 160, height: 120 } }],
      data: { id: 'streetlets', split: 'train', count: 6 },
      scores: ['max-probability', 'margin', 'entropy', 'flip-agreement'],
    });
    expect(await labels('street-0')).toMatchObject({ height: 120, width: 160 });
    expect(JSON.parse(read('layers/a/quality.json').toString())).toEqual(quality);
  });

  it('prints tables, and writes them as Markdown and as a page with pictures', () => {
    const { status, stdout } = run('streetlets', '--expert', 'a', '-o', 'layers/a', '--threshold', '0.25,0.3');
    expect(status).toBe(0);
    expect(stdout).toMatch(/unfiltered +100\.0 +100\.0/);
    for (const words of ['max-probability >= 0.25', 'E-AURC', 'labelled', '6 images: 0 labelled, 6 were there'])
      expect(stdout).toContain(words);
    expect(read('layers/a/quality.md').toString()).toContain('| flip-agreement');
    const page = read('layers/a/report.html').toString();
    expect(page.match(/<img /g)).toHaveLength(4 * 8);
    expect(/<script|undefined|NaN/.test(page.replace(/base64,[^"]*/g, ''))).toBe(false);
  });

  it('scores that rank: the surest labels are better than all', () => {
    const { quality } = labelled('streetlets', '--expert', 'a', '-o', 'layers/a', '--threshold', '0.25');
    const [all, sure] = [value(quality, 'labels/precision'), value(quality, 'labels/precision', 0.25)];
    expect(sure).toBeGreaterThan(all as number);
    // Of so few images no interval is told.
    expect(quality.rows[0].precisionInterval).toBeUndefined();
  });

  it('labels a data set that has no segmentation: the purpose', async () => {
    const { layer, quality } = labelled('blind', '--expert', 'sliced');
    expect(layer).toBe('results/labels/blind-train/sliced');
    expect(quality.undefinedBecause).toBe('data set blind has no segmentation to hold the labels against');
    expect(quality.noise).toBeUndefined();
    expect(value(quality, 'labels/kept')).toBe(1);
    expect(value(quality, 'labels/precision')).toBeNull();
    const blind = await openLabelLayer(join(root, layer));
    expect(blind.provenance).toMatchObject({ taxonomy: 'kitti6', experts: [{ channels: { first: 0, count: 6 } }] });
    const seen = await openLabelLayer(join(root, 'layers/a'));
    expect(await blind.labels('street-3')).toEqual(await seen.labels('street-3'));
    // Without slices nothing tells what the classes are called.
    expect(run('blind', '--expert', 'a', '-o', 'layers/own', '--limit', '1').status).toBe(0);
    const own = await openLabelLayer(join(root, 'layers/own'));
    expect(own.provenance).toMatchObject({
      taxonomy: 'of a',
      classNames: ['class 0', 'class 1', 'class 2', 'class 3', 'class 4', 'class 5'],
    });
    const asked = labelled('blind', '--expert', 'a', '-o', 'layers/asked', '--limit', '1', '--taxonomy', 'kitti6');
    expect((await openLabelLayer(join(root, asked.layer))).provenance.classNames).toContain('vegetation');
  });

  it('takes several experts, and a judge that is none of them', async () => {
    const both = ['streetlets', '--expert', 'a', '--expert', 'b', '-o', 'layers/both', '--limit', '2'];
    const { quality } = labelled(...both, '--score', 'ensemble-vote', '--score', 'ensemble-information');
    expect(quality.rows[0].expert).toBe('a + b');
    expect([...new Set(quality.rows.map(({ score }) => score))]).toEqual(['ensemble-vote', 'ensemble-information']);
    const { confidence } = await openLabelLayer(join(root, 'layers/both'));
    const votes = new Set((await confidence('street-0', 'ensemble-vote')).data);
    expect([...votes].every((level) => [0, 32768, 65535].includes(level))).toBe(true);
    const judged = labelled(
      'streetlets',
      '--expert',
      'a',
      '-o',
      'layers/judged',
      '--score',
      'margin',
      '--judge',
      'b',
    ).quality;
    expect(judged.judge).toMatchObject({ model: 'b', labelled: 6 * 120 * 160 });
    const { flagged, flaggedJudged, flaggedWrong, wrong } = judged.judge as NonNullable<QualityRecord['judge']>;
    expect(flagged).toBeGreaterThan(0);
    // What a second network doubts is wrong more often than what it does not.
    expect(flaggedWrong / flaggedJudged).toBeGreaterThan(1 - (value(judged, 'labels/precision') as number));
    expect(flaggedWrong).toBeLessThanOrEqual(wrong);
    const { status, stderr } = run('streetlets', '--expert', 'a', '-o', 'layers/self', '--judge', 'sliced');
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/judged by its own probabilities/) });
  });

  it('goes on where it was interrupted, and then holds what an undisturbed one does', async () => {
    const args = ['label', 'streetlets', '--expert', 'b', '-o', 'layers/cut', '--data', 'data', '--threads', '1'];
    const child = cliStarted(args, { cwd: root });
    let stderr = '';
    let asked = false;
    child.stderr?.on('data', (text) => {
      stderr += text;
      if (!asked && /label: 0\/6/.test(stderr)) asked = child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code).toBe(130);
    expect(stderr).toMatch(/interrupted: \d of 6 images are labelled; the same command goes on from there/);
    const { made } = labelled('streetlets', '--expert', 'b', '-o', 'layers/cut');
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(6);
    labelled('streetlets', '--expert', 'b', '-o', 'layers/whole');
    for (const path of ['labels', 'confidence/entropy', 'confidence/flip-agreement'])
      for (const name of readdirSync(join(root, 'layers/whole', path)))
        expect(read(join('layers/cut', path, name)).equals(read(join('layers/whole', path, name))), name).toBe(true);
    expect(readdirSync(join(root, 'layers/cut'))).not.toContain('lock');
  });

  it('extends a layer that --limit cut short', () => {
    const args = ['streetlets', '--expert', 'a', '-o', 'layers/grown', '--score', 'margin'];
    expect(labelled(...args, '--limit', '2')).toMatchObject({
      images: 2,
      made: 2,
      quality: { images: 2, splitCount: 6 },
    });
    expect(labelled(...args)).toMatchObject({ images: 6, made: 4, quality: { images: 6 } });
  });

  it('an image that cannot be read stops no other, and is tried again', () => {
    cpSync(join(root, 'data/blind'), join(root, 'torn/blind'), { recursive: true });
    const file = 'torn/blind/images/street-0.png';
    const whole = read(file);
    put(file, whole.subarray(0, 200));
    const args = ['label', 'blind', '--expert', 'sliced', '-o', 'layers/torn', '--data', 'torn', '--quiet', '--json'];
    const { status, stdout, stderr } = cli(args, { cwd: root });
    expect(status).toBe(5);
    expect(stderr).toMatch(/^street-0: .*street-0\.png/);
    expect(JSON.parse(stdout)).toMatchObject({ made: 5, failures: [{ sample: 'street-0' }], quality: { images: 5 } });
    put(file, whole);
    expect(JSON.parse(cli(args, { cwd: root }).stdout)).toMatchObject({ made: 1, failures: [] });
  });

  it.each([
    [['streetlets'], 2, 'name the network that labels: --expert'],
    [['streetlet', '--expert', 'a'], 2, 'did you mean "streetlets"'],
    [['streetlets', '--expert', 'aa'], 2, 'unknown model "aa"'],
    [['streetlets', '--expert', 'a', '--score', 'margins'], 2, 'did you mean "margin"'],
    [['streetlets', '--expert', 'a', '--score', 'ensemble-vote'], 2, 'give --expert more than once'],
    [['streetlets', '--expert', 'a', '--threshold', '0.5,2'], 2, 'threshold 2: give one from 0 to 1'],
    [['streetlets', '--expert', 'a', '--threshold', '0.5,'], 2, 'threshold NaN'],
    [['streetlets', '--expert', 'a', '--split', 'tran'], 2, 'did you mean "train"'],
    [['streetlets', '--expert', 'a', '--backend', 'prior'], 2, '--backend prior: executes no networks'],
    [['streetlets', '--expert', 'a', '--taxonomy', 'nyud40'], 2, 'a class count of 40 is not offered'],
    [['streetlets', '--expert', 'ids'], 2, 'it gives class ids'],
    [['blind', '--expert', 'joint'], 2, 'has those of x and y: say with --taxonomy'],
    [['blind', '--expert', 'a', '--taxonomy', 'nyud40'], 3, 'tells 6 classes apart'],
    [['streetlets', '--expert', 'joint'], 3, 'none for the data set\'s taxonomy "kitti6"'],
    [['streetlets', '--expert', 'a', '-o', 'data'], 2, 'holds other files'],
    [['streetlets', '--expert', 'b', '-o', 'layers/a'], 2, 'made otherwise (experts differ'],
    [['streetlets', '--expert', 'a', '-o', 'datasets/tiny.yaml/layer'], 3, 'cannot be written'],
  ])('%j ends with %i', (args, expected, message) => {
    const { status, stderr } = run(...args);
    expect({ status, stderr }).toEqual({ status: expected, stderr: expect.stringContaining(message) });
  });

  it('says of damaged files of a layer what to do', () => {
    cpSync(join(root, 'layers/grown'), join(root, 'layers/damaged'), { recursive: true });
    put('layers/damaged/labels/street-1.png', 'no picture');
    const args = ['streetlets', '--expert', 'a', '-o', 'layers/damaged', '--score', 'margin'];
    expect(run(...args)).toMatchObject({ status: 3, stderr: expect.stringMatching(/labels\/street-1\.png/) });
    rmSync(join(root, 'layers/damaged/labels/street-1.png'));
    expect(labelled(...args).made).toBe(1);
  });
});
