import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { checkJoint, checkSuite } from '../../src/run/check-suite.ts';
import { deltaMTerms } from '../../src/suite/delta-m.ts';
import { loadJoint, loadSingle } from '../helpers/suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'check-suite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const row = (id: string, more = '') => `  - { id: ${id}, backend: { id: prior }${more} }\n`;
function suite(entries: string, more = ''): string {
  const path = join(folder, 'mine.yaml');
  writeFileSync(
    path,
    `id: mine\ntitle: mine\ndata: { id: nyudv2, classes: 40 }\ntasks: [segmentation, depth]\nprotocols: [authors-nyud]\n${more}entries:\n${entries}`,
  );
  return path;
}
const check = (entries: string, more?: string) => checkSuite(loadSingle(suite(entries, more)).suite);
const SEEDS = row('a', ', seedsOf: mine') + row('b', ', seedsOf: mine');

describe('seedsOf', () => {
  it('is shared by the seeds of a design', () => {
    expect(() => check(SEEDS + row('c'))).not.toThrow();
    expect(() => check(SEEDS + row('c', ', seedsOf: mien'))).toThrow(UsageError);
    expect(() => check(SEEDS + row('c', ', seedsOf: mien'))).toThrow(
      /suite mine, entry c, seedsOf: no other entry says "mien"/,
    );
  });

  it('is of networks that differ in their seed alone, as far as their cards tell', () => {
    const of = (...models: string[]) =>
      check(
        models
          .map((model, i) => `  - { id: n${i}, seedsOf: n, model: ${model}, backend: { id: onnxruntime-node } }\n`)
          .join(''),
      );
    expect(() => of('small-joint', 'small-joint-seed2')).not.toThrow();
    expect(() => of('small-joint', 'small-joint')).toThrow(/n0 and n1 are both small-joint; .* no spread/);
    expect(() => of('small-joint', 'small-streets')).toThrow(
      /the first was trained by small-joint on \d+ images, the second by small-streets/,
    );
  });
});

describe('deltaM', () => {
  it('names entries and figures that are there', () => {
    const of = (text: string) => () => check(row('s') + row('d'), `deltaM: ${text}\n`);
    expect(of('{ singles: { segmentation: s, depth: d } }')).not.toThrow();
    expect(of('{ singles: { depth: d }, figures: { depth: depth/absRel@image } }')).not.toThrow();
    expect(of('{ singles: { depth: dd } }')).toThrow(/deltaM\.singles\.depth: unknown entry "dd": did you mean "d"\?/);
    expect(of('{ singles: { normals: d } }')).toThrow(/deltaM\.singles: normals is no task of the suite/);
    expect(of('{ singles: { depth: d }, figures: { depth: depth/rms } }')).toThrow(/unknown figure "depth\/rms": did/);
    expect(of('{ singles: { depth: d }, figures: { depth: segmentation/mIoU } }')).toThrow(
      /deltaM\.figures\.depth: unknown/,
    );
    expect(of('{ singles: {} }')).toThrow(/name an entry for at least one task/);
    expect(of('{ singles: { depth: d }, figures: { normals: normals/meanDeg } }')).toThrow(/has no entry in singles/);
    expect(of('{ single: { depth: d } }')).toThrow(/unknown key "single".*did you mean "singles"/);
  });

  it('says which figure stands for a task', () => {
    expect(deltaMTerms({ singles: { normals: 'n', depth: 'd' }, figures: { depth: 'depth/absRel' } })).toEqual([
      { task: 'depth', figure: 'depth/absRel', single: 'd' },
      { task: 'normals', figure: 'normals/meanDeg', single: 'n' },
    ]);
  });

  it('of a suite of parts is for each part what the part measures', () => {
    const path = join(folder, 'parts.yaml');
    const text = (more = '') =>
      `id: parts\ntitle: T\ntasks: [segmentation, depth]\nprotocols: [authors-nyud]\n` +
      `deltaM: { singles: { segmentation: s, depth: d }, figures: { depth: depth/absRel } }\nparts:\n` +
      `  - { id: a, data: { id: nyudv2, classes: 40 } }\n` +
      `  - { id: b, data: { id: nyudv2, classes: 40 }, tasks: [depth] }\n` +
      `  - { id: c, data: { id: nyudv2, classes: 40 }, tasks: [segmentation]${more} }\n` +
      `entries:\n${row('s', ', parts: [a]')}${row('d')}`;
    writeFileSync(path, text());
    const joint = loadJoint(path);
    expect(() => checkJoint(joint)).not.toThrow();
    expect(joint.parts.map((part) => part.suite.deltaM)).toEqual([
      { singles: { segmentation: 's', depth: 'd' }, figures: { depth: 'depth/absRel' } },
      { singles: { depth: 'd' }, figures: { depth: 'depth/absRel' } },
      undefined,
    ]);
    writeFileSync(path, text(', deltaM: { singles: { segmentation: d } }'));
    expect(loadJoint(path).parts[2].suite.deltaM).toEqual({ singles: { segmentation: 'd' }, figures: {} });
    writeFileSync(path, text().replace('depth: d }', 'depth: e }'));
    expect(() => loadJoint(path)).toThrow(/deltaM\.singles\.depth: unknown entry "e"/);
  });

  it('lets the seeds of a design run in parts of their own', () => {
    const path = join(folder, 'seeds.yaml');
    writeFileSync(
      path,
      `id: seeds\ntitle: T\ntasks: [depth]\nprotocols: [authors-nyud]\nparts:\n  - { id: a, data: { id: nyudv2, classes: 40 } }\n` +
        `  - { id: b, data: { id: nyudv2, classes: 40 } }\nentries:\n${row('x', ', seedsOf: m, parts: [a]')}${row('y', ', seedsOf: m')}`,
    );
    expect(() => checkJoint(loadJoint(path))).not.toThrow();
  });
});
