import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { checkSuite } from '../../src/run/check-suite.ts';
import { loadSuite } from '../../src/suite/load.ts';
import { overrideSuite } from '../../src/suite/override.ts';
import { loadSingle } from '../helpers/suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'check-labels-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const card = (id: string, outputs: string) =>
  writeFileSync(
    join(folder, `${id}.yaml`),
    `id: ${id}\ntitle: ${id}\nlicence: MIT\nonnx: none.onnx\noutputs: ${outputs}\n` +
      'input: { width: 64, height: 64, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }\n',
  );
card('blind', '{ depth: { name: depth, unit: m } }');
card('ids', '{ segmentation: { name: segmentation, kind: labels } }');

const ORT = 'backend: { id: onnxruntime-node, threads: 2 }';
const EXPERT = `{ id: teacher, model: mt-lw-refinenet-nyud, ${ORT}, filters: [{ students: taught }, { score: entropy, threshold: 0.9 }] }`;
const LABELS = `{ data: { id: rooms }, ceiling: rich, floor: poor, experts: [${EXPERT}] }`;
const row = (word: string, seed: number) => `  - { id: ${word}-${seed}, seedsOf: ${word}, backend: { id: prior } }\n`;
function suite(labels: string, tasks = '[segmentation]'): string {
  const path = join(folder, 'mine.yaml');
  const entries = ['rich', 'poor', 'taught'].map((word) => row(word, 1) + row(word, 2)).join('');
  writeFileSync(
    path,
    `id: mine\ntitle: mine\ndata: { id: nyudv2, classes: 40 }\ntasks: ${tasks}\nprotocols: [authors-nyud]\n` +
      `labels: ${labels}\nentries:\n${entries}`,
  );
  return path;
}
const check = (labels: string, tasks?: string) => () => checkSuite(loadSingle(suite(labels, tasks)).suite);
const changed = (from: string, to: string) => check(LABELS.replace(from, to));

describe('labels of a suite', () => {
  it('name data, models, scores and students that are there', () => {
    expect(check(LABELS)).not.toThrow();
    expect(loadSingle(suite(LABELS)).suite.labels).toMatchObject({ data: { split: 'train' }, images: 48 });
    expect(changed('ceiling: rich, floor: poor, ', '')).not.toThrow();
    expect(changed('model: mt-lw-refinenet-nyud', 'model: [mt-lw-refinenet-nyud, mt-lw-refinenet-nyud]')).not.toThrow();
  });

  it.each([
    [
      'students: taught',
      'students: taugth',
      /expert teacher, students: unknown word of seedsOf "taugth": did you mean/,
    ],
    ['ceiling: rich', 'ceiling: rihc', /labels\.ceiling: unknown word of seedsOf "rihc": did you mean "rich"/],
    [', floor: poor', '', /recovered share of the gap needs both/],
    ['threshold: 0.9', 'students: taught', /a filter is a score and a threshold; without both/],
    ['score: entropy, ', '', /a filter is a score and a threshold; without both/],
    ['score: entropy', 'score: entrpoy', /unknown score "entrpoy": did you mean "entropy"/],
    ['score: entropy', 'score: ensemble-vote', /ensemble-vote compares several experts: name more than one model/],
    ['threshold: 0.9', 'threshold: 1.5', /threshold/],
    ['threshold: 0.9', 'threshold: 0.12345', /at most three decimals/],
    ['{ students: taught }', '{ score: entropy, threshold: 0.9 }', /the filter entropy@0\.9 stands twice/],
    ['model: mt-lw-refinenet-nyud', 'model: mt-lw-refinnet-nyud', /did you mean "mt-lw-refinenet-nyud"/],
    ['model: mt-lw-refinenet-nyud', 'model: ./blind.yaml', /its card has no segmentation/],
    ['model: mt-lw-refinenet-nyud', 'model: [mt-lw-refinenet-nyud, ./ids.yaml]', /it gives class ids/],
    ['id: onnxruntime-node, threads: 2', 'id: prior', /backend prior executes no networks/],
    ['id: rooms', 'id: romms', /unknown data set "romms"/],
    ['experts: [', `experts: [${EXPERT}, `, /expert teacher: the id stands twice/],
    ['filters: [{ students: taught }, { score: entropy, threshold: 0.9 }]', 'filters: []', /filters/],
    ['filters:', 'filter:', /unknown key "filter"/],
  ])('%s, now %s', (from, to, message) => {
    expect(changed(from, to)).toThrow(message);
    expect(changed(from, to)).toThrow(UsageError);
  });

  it('with students need segmentation among the tasks', () => {
    expect(check(LABELS, '[depth]')).toThrow(/names students, and segmentation is no task of the suite/);
  });

  it('are not for a suite of parts', () => {
    const path = suite(LABELS).replace('mine', 'parts');
    const text = `id: parts\ntitle: T\ntasks: [segmentation]\nprotocols: [authors-nyud]\nlabels: ${LABELS}\nparts:\n  - { id: a, data: { id: nyudv2 } }\nentries:\n${row('x', 1)}`;
    writeFileSync(path, text);
    expect(() => loadSuite(path)).toThrow(/labels/);
  });

  it('run on the backend that the command line asks for', () => {
    const { suite: own } = overrideSuite(loadSingle(suite(LABELS)), { threads: 1 });
    expect(own.labels?.experts[0].backend).toEqual({ id: 'onnxruntime-node', threads: 1 });
    const { suite: other } = overrideSuite(loadSingle(suite(LABELS)), { backend: 'tfjs-wasm' });
    expect(other.labels?.experts[0].backend).toEqual({ id: 'tfjs-wasm' });
  });
});
