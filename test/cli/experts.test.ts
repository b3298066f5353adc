import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabelExpertRecord } from '../../src/core/labels-record.ts';
import type { MeasuredEntry, RunRecord } from '../../src/core/record.ts';
import type { QualityRecord } from '../../src/experts/quality/record.ts';
import { encodeNpy } from '../../src/formats/npy.ts';
import { encodePng } from '../../src/formats/png.ts';
import { cli } from '../helpers/cli.ts';
import { fittedOnnx } from '../helpers/fitted-network.ts';
import { streetFrames } from '../helpers/patients.ts';
import { makeWorkspace, newestRun, recordIn } from '../helpers/workspace.ts';

let root: string;
const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
};

const modelCard = (id: string, onnx = `${id}.onnx`) => `id: ${id}
title: ridge regression on random features, ${id}
licence: MIT
onnx: ${onnx}
input: { width: 160, height: 120, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
outputs: { segmentation: { name: segmentation } }
`;
const DATA = `id: streetlets
title: six small streets
licence: { name: MIT }
loader: folder
images: { folder: images }
segmentation: { folder: labels, classes: 6, taxonomy: kitti6 }
depth: { folder: depth }
group: '^(street-\\d)'
splits: { train: [street-0, street-1, street-2, street-3], test: [street-4, street-5] }
`;
const ORT = 'backend: { id: onnxruntime-node, threads: 1 }';
const SEEDS = ['rich', 'poor', 'taught'].flatMap((word) => [1, 2].map((seed) => ({ word, id: `${word}-${seed}` })));
const suite = (id: string, expert: string, more = '') => `id: ${id}
title: Labels and students
data: { id: streetlets, split: test }
tasks: [segmentation]
protocols: [plain]
labels:
  data: { id: streetlets }
  images: 3
  ceiling: rich
  floor: poor
  experts:
    - id: teacher
      model: ${expert}
      ${ORT}${more}
      filters:
        - { students: taught }
        - { score: max-probability, threshold: 0.25 }
        - { score: flip-agreement, threshold: 0.3 }
entries:
${SEEDS.map(({ word, id: row }) => `  - { id: ${row}, seedsOf: ${word}, model: ${row}, ${ORT} }\n`).join('')}`;

beforeAll(() => {
  root = makeWorkspace({ count: 1 });
  const frames = streetFrames(8, 101);
  // A network that saw more frames knows more; the seeds of a design differ in their random features.
  const seen = { rich: frames, poor: frames.slice(0, 1), taught: frames.slice(0, 3) };
  for (const { word, id } of SEEDS) {
    put(`models/${id}.onnx`, fittedOnnx(seen[word as keyof typeof seen], Number(id.at(-1))));
    put(`models/${id}.yaml`, modelCard(id));
  }
  put('models/teacher.yaml', modelCard('teacher', 'rich-1.onnx'));
  put('models/absent.yaml', modelCard('absent'));
  put('datasets/streetlets.yaml', DATA);
  for (const { id, picture, truth } of streetFrames(6, 3)) {
    const shape = [picture.height, picture.width];
    const labels = truth.segmentation.data as Uint8Array;
    put(`data/images/${id}.png`, encodePng({ ...picture, channels: 3 }));
    put(`data/depth/${id}.npy`, encodeNpy({ shape, data: truth.depth.data as Float32Array }));
    put(`data/labels/${id}.png`, encodePng({ ...truth.segmentation, channels: 1, data: labels }));
  }
  put('suites/mine.yaml', suite('mine', 'teacher'));
  put('suites/lacking.yaml', suite('lacking', 'absent'));
  put('suites/allowed.yaml', suite('allowed', 'absent', '\n      optional: true'));
});
afterAll(() => rmSync(root, { recursive: true }));

const IN = ['--data', 'data', '--quiet'];
const run = (...args: string[]) => cli(args, { cwd: root });
const expertOf = ({ labels }: RunRecord) => labels?.experts[0] as LabelExpertRecord;
const labelFigure = (expert: LabelExpertRecord, filter: number, key: string) =>
  expert.filters[filter].figures.find((figure) => figure.key === key)?.value;

describe('a suite with labels of experts', () => {
  it('measures what "densebench label" measures, and what students make of it', () => {
    const { status, stdout, stderr } = run('run', 'mine', ...IN);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const record = recordIn(newestRun(root, 'mine'));
    const expert = expertOf(record);
    expect(expert).toMatchObject({ id: 'teacher', images: 3, splitCount: 4, models: [{ id: 'teacher' }] });
    const label = ['label', 'streetlets', '--expert', 'teacher', '--limit', '3', '--threshold', '0.25,0.3', '--json'];
    const { quality } = JSON.parse(run(...label, ...IN, '--threads', '1').stdout) as { quality: QualityRecord };
    const rowOf = (score: string, threshold: number) =>
      quality.rows.find((row) => row.score === score && row.threshold === threshold);
    expect(expert.filters[1].figures).toEqual(rowOf('max-probability', 0.25)?.figures);
    expect(expert.filters[2].figures).toEqual(rowOf('flip-agreement', 0.3)?.figures);
    expect(expert.noise).toEqual(quality.noise);
    expect(labelFigure(expert, 0, 'labels/coverage')).toBe(1);
    // What keeps every label is ranked by no score.
    expect(labelFigure(expert, 0, 'labels/AURC')).toBeUndefined();

    const mean = (word: string) => {
      const entries = record.entries.filter((entry) => entry.kind === 'measured' && entry.seedsOf === word);
      const values = (entries as MeasuredEntry[]).map(
        ({ readings }) => readings.find(({ key }) => key === 'segmentation/mIoU')?.value as number,
      );
      return values.reduce((a, b) => a + b) / values.length;
    };
    const share = (mean('taught') - mean('poor')) / (mean('rich') - mean('poor'));
    const csv = run('report', newestRun(root, 'mine'), '--format', 'csv').stdout.split('\n');
    const line = csv.find((text) => text.includes('labels/recovered,')) ?? '';
    expect(line).toContain('teacher: unfiltered');
    expect(Number(line.split(',').find((cell) => /^\d\.\d{9,}$/.test(cell)))).toBeCloseTo(share, 12);
    for (const words of ['ceiling: rich', 'floor: poor', 'max-probability@0.25', 'flip-agreement@0.3', 'unfiltered'])
      expect(stdout).toContain(words);
    expect(stdout).toMatch(/most frequent, unfiltered: .* of .* labelled /);
    // The table of labels stands first, that of the students behind it.
    expect(stdout.indexOf('ceiling: rich')).toBeLessThan(stdout.indexOf('rich: mean of 2 seeds'));
  });

  it('goes on with the layer that is there, and gives the same record', () => {
    const folder = newestRun(root, 'mine');
    const before = recordIn(folder);
    const file = (name: string) => join(folder, 'labels/teacher/labels', `${name}.png`);
    const kept = statSync(file('street-0')).mtimeMs;
    rmSync(join(folder, 'record.json'));
    rmSync(file('street-1'));
    expect(run('run', 'mine', '--resume', folder, ...IN)).toMatchObject({ status: 0, stderr: '' });
    expect(recordIn(folder).labels).toEqual(before.labels);
    expect(statSync(file('street-0')).mtimeMs).toBe(kept);
  });

  it('--limit cuts the labels short too', () => {
    const { status, stdout } = run('run', 'mine', ...IN, '--limit', '1', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout).labels.experts[0]).toMatchObject({ images: 1, splitCount: 4 });
  });

  it('keeps the labels where predictions are scored again', () => {
    expect(run('run', 'mine', ...IN, '--save-predictions', 'npy', '-o', 'kept').status).toBe(0);
    const again = run('rescore', 'kept', ...IN, '-o', 'again');
    expect([again.stderr, again.status]).toEqual(['', 0]);
    expect(recordIn(join(root, 'again')).labels).toEqual(recordIn(join(root, 'kept')).labels);
    expect(again.stdout).toContain('ceiling: rich');
  });

  it('shows students without figures of labels where the expert is not there', () => {
    const lacking = run('run', 'lacking', ...IN, '-o', 'lacking');
    expect(lacking.status).toBe(3);
    const { failures, outcome } = recordIn(join(root, 'lacking'));
    expect(outcome).toBe('partial');
    expect(failures).toMatchObject([{ entry: 'labels of teacher', message: expect.stringMatching(/absent\.onnx/) }]);
    expect(lacking.stdout).toMatch(/unfiltered +– \(a\)/);
    const allowed = run('run', 'allowed', ...IN, '-o', 'allowed');
    expect([allowed.stderr, allowed.status]).toEqual(['', 0]);
    expect(recordIn(join(root, 'allowed'))).toMatchObject({
      outcome: 'complete',
      failures: [{ entry: 'labels of teacher', allowed: true }],
      labels: { experts: [{ images: 0, filters: [{ students: 'taught', figures: [] }, {}, {}] }] },
    });
  });
});
