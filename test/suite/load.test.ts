import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { loadSuite, suiteIds } from '../../src/suite/load.ts';
import { overrideSuite } from '../../src/suite/override.ts';
import { loadJoint, loadSingle } from '../helpers/suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'suites-'));
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const problem = (path: string) => {
  try {
    loadSuite(path);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error('the suite was accepted');
};

const MINIMAL = `id: mine
title: mine
data: { id: nyudv2 }
tasks: [depth]
protocols: [eigen-nyu]
entries:
  - { id: prior, backend: { id: prior } }
`;

describe('suites', () => {
  it('every suite that ships loads', () => {
    expect(suiteIds()).toContain('nyud');
    for (const id of suiteIds()) expect(loadSuite(id).suite.id).toBe(id);
  });

  it('fills in defaults', () => {
    const { suite } = loadSingle(file('minimal.yaml', MINIMAL));
    expect(suite.data.split).toBe('test');
    expect(suite.reported).toEqual([]);
    expect(suite.latency).toBeUndefined();
  });

  it('extends: keys replace, entries of a new id are added, one of a known id replaces it', () => {
    const { suite } = loadSingle(
      file(
        'child.yaml',
        `id: child
extends: nyud
data: { split: train }
entries:
  - { id: mine, backend: { id: replay, directory: x } }
  - { id: prior, title: another prior, backend: { id: prior, images: 5 } }
`,
      ),
    );
    const nyud = loadSingle('nyud').suite;
    expect(suite.data).toEqual({ ...nyud.data, split: 'train' });
    expect(suite.title).toBe(nyud.title);
    expect(suite.entries.map(({ id }) => id)).toEqual([...nyud.entries.map(({ id }) => id), 'mine']);
    expect(suite.entries.find(({ id }) => id === 'prior')?.title).toBe('another prior');
    expect(suite.latency).toEqual(nyud.latency);
  });

  it("a child's silence does not put a default over its parent's value", () => {
    file(
      'parent.yaml',
      MINIMAL.replace('{ id: nyudv2 }', '{ id: nyudv2, split: train }').replace('title: mine', 'title: p\npanels: 9'),
    );
    const { suite } = loadSingle(file('silent.yaml', `id: silent\nextends: ${join(folder, 'parent.yaml')}\n`));
    expect(suite.panels).toBe(9);
    expect(suite.data.split).toBe('train');
  });

  it('resolves paths against the suite file', () => {
    const { suite } = loadSingle(
      file('paths.yaml', `${MINIMAL}  - { id: net, model: ./net.yaml, backend: { id: onnxruntime-node } }\n`),
    );
    expect(suite.entries[1].model).toBe(join(folder, 'net.yaml'));
  });

  it('names file, line, column and the nearest key', () => {
    expect(problem(file('key.yaml', MINIMAL.replace('tasks:', 'taks:')))).toMatch(
      /key\.yaml:4:1: unknown key "taks".*"tasks"/,
    );
    expect(problem(file('nested.yaml', MINIMAL.replace('{ id: nyudv2 }', '{ id: nyudv2, splt: test }')))).toMatch(
      /nested\.yaml:3:21: unknown key "splt".*"split"/,
    );
    expect(problem(file('task.yaml', MINIMAL.replace('[depth]', '[dept]')))).toMatch(/task\.yaml:4:9: .*got "dept"/);
    expect(problem(file('yaml.yaml', 'id: x\nentries: [\n  - {backend: onnx\n'))).toMatch(
      /yaml\.yaml:[34]:\d+: not valid YAML/,
    );
    expect(problem(file('twice.yaml', `${MINIMAL}  - { id: prior, backend: { id: prior } }\n`))).toMatch(
      /two entries.*"prior"/,
    );
    expect(problem(file('lacking.yaml', 'id: x\ntitle: x\n'))).toMatch(/lacking\.yaml: "data"/);
    expect(problem('nyudd')).toMatch(/unknown suite "nyudd".*"nyud"/);
    expect(problem(join(folder, 'nowhere.yaml'))).toMatch(/nowhere\.yaml: no such file/);
    expect(problem(file('circle.yaml', `id: circle\nextends: ${join(folder, 'circle.yaml')}\n`))).toMatch(/circle/);
  });

  it('overrides reach networks only, and options of one backend do not leak to another', () => {
    const loaded = loadSingle('nyud');
    const { suite, hash } = overrideSuite(loaded, { backend: 'other', threads: 2, durationSeconds: 9 });
    expect(suite.entries[0].backend).toEqual({ id: 'other', threads: 2 });
    expect(suite.entries.at(-1)?.backend).toEqual(loaded.suite.entries.at(-1)?.backend);
    expect(suite.latency?.minimumSeconds).toBe(9);
    expect(hash).not.toBe(loaded.hash);
  });
});

describe('suites of several parts', () => {
  const JOINT = `id: joint
title: two
tasks: [segmentation, depth]
protocols: [authors-nyud]
columns: [depth/rmse]
latency: { minimumCount: 9, compareTo: net }
parts:
  - { id: rooms, data: { id: rooms }, specialist: net }
  - { id: scaled, title: scaled, data: { id: nyudv2, classes: 13 }, tasks: [segmentation], latency: null, variant: { input: { width: 320, height: 240 } } }
entries:
  - { id: net, model: mt-lw-refinenet-nyud, backend: { id: onnxruntime-node } }
  - { id: head, model: mt-lw-refinenet-nyud, variant: { network: { head: dense }, input: { width: 160 } }, backend: { id: onnxruntime-node } }
  - { id: prior, parts: [rooms], backend: { id: prior } }
`;

  it('are run as one suite for each part, with its own data, tasks, entries and latency', () => {
    const { parts } = loadJoint(file('joint.yaml', JOINT));
    const [rooms, scaled] = parts.map(({ suite }) => suite);
    expect(rooms).toMatchObject({ id: 'joint.rooms', tasks: ['segmentation', 'depth'], columns: ['depth/rmse'] });
    expect(rooms.latency).toMatchObject({ minimumCount: 9, compareTo: 'net' });
    expect(rooms.entries.map(({ id }) => id)).toEqual(['net', 'head', 'prior']);
    expect(scaled).toMatchObject({ id: 'joint.scaled', title: 'two: scaled', tasks: ['segmentation'], columns: [] });
    expect(scaled.latency).toBeUndefined();
    expect(scaled.entries.map(({ id }) => id)).toEqual(['net', 'head']);
    expect(parts.map(({ part }) => part.specialist)).toEqual(['net', undefined]);
  });

  it("change the card by the part's variant, and by the row's own over it", () => {
    const [rooms, scaled] = loadJoint(file('joint.yaml', JOINT)).parts.map(({ suite }) => suite.entries);
    expect(rooms.map(({ variant }) => variant)).toEqual([undefined, expect.anything(), undefined]);
    expect(scaled.map(({ variant }) => variant)).toEqual([
      { input: { width: 320, height: 240 } },
      { input: { width: 160, height: 240 }, network: { head: 'dense' } },
    ]);
  });

  it('extends: a part of a known id replaces it, a new one is added', () => {
    file('joint.yaml', JOINT);
    const { parts } = loadJoint(
      file(
        'more.yaml',
        `id: more
extends: ${join(folder, 'joint.yaml')}
parts:
  - { id: scaled, data: { id: rooms, split: train } }
  - { id: third, data: { id: nyudv2 } }
`,
      ),
    );
    expect(parts.map(({ suite }) => [suite.id, suite.data.id, suite.data.split])).toEqual([
      ['more.rooms', 'rooms', 'test'],
      ['more.scaled', 'rooms', 'train'],
      ['more.third', 'nyudv2', 'test'],
    ]);
  });

  it('take flags of latency where they measure one', () => {
    const loaded = loadJoint(file('joint.yaml', JOINT));
    const flagged = overrideSuite(loaded, { warmupSeconds: 7, threads: 3 });
    expect(flagged.parts.map(({ suite, overrides }) => [suite.latency?.warmupSeconds, overrides])).toEqual([
      [7, ['--warmup 7']],
      [undefined, undefined],
    ]);
    for (const { suite } of flagged.parts) expect(suite.entries[0].backend.threads).toBe(3);
    expect(flagged.hash).not.toBe(loaded.hash);
    const untimed = loadJoint(
      file('untimed.yaml', JOINT.replace('id: joint', 'id: untimed').replace(/latency: \{.*\n/, '')),
    );
    expect(() => overrideSuite(untimed, { warmupSeconds: 7 })).toThrow(/measures no latency/);
  });

  it('names an entry that latency or parity refers to and nobody has', () => {
    expect(problem(file('typo.yaml', JOINT.replace('compareTo: net', 'compareTo: nett')))).toMatch(
      /latency\.compareTo: unknown entry "nett": did you mean "net"/,
    );
    expect(problem(file('plain.yaml', MINIMAL.replace('{ id: prior,', '{ id: prior, parts: [a],')))).toMatch(
      /entry prior names parts, and the suite has none/,
    );
  });
});
