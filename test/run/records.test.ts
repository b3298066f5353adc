import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import { JOINT_SCHEMA } from '../../src/core/joint-record.ts';
import { PREDICTIONS_FILE } from '../../src/run/predictions.ts';
import { findRun, KEPT_PREDICTIONS, NOT_RESCORED, readRecord, runFolders } from '../../src/run/records.ts';
import { syntheticRecord } from '../helpers/record.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'densebench-records-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function putRun(suite: string, run: string, writtenS: number, content: unknown = syntheticRecord({ runId: run })) {
  const folder = join(root, 'results', suite, run);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'record.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  utimesSync(file, writtenS, writtenS);
  return folder;
}

describe('finding a run', () => {
  it('takes a folder, a file, a suite, suite/run and "latest"', () => {
    const old = putRun('nyud', 'a', 1000);
    const newer = putRun('nyud', 'b', 2000);
    const kitti = putRun('kitti', 'c', 3000);
    mkdirSync(join(root, 'results', 'published'));
    expect(findRun(old, root)).toBe(old);
    expect(findRun(join(old, 'record.json'), root)).toBe(join(old, 'record.json'));
    expect(findRun('nyud', root)).toBe(newer);
    expect(findRun('nyud/a', root)).toBe(old);
    expect(findRun('latest', root)).toBe(kitti);
    expect(readRecord('nyud', root).runId).toBe('b');
  });

  it('of a suite and "latest" takes the newest that is wanted; a run that is named is not held to it', () => {
    const first = putRun('nyud', 'a', 1000);
    const rescoredFrom = { runId: 'a', finishedAt: '2026-01-01T00:00:00Z', command: 'densebench run nyud' };
    const again = putRun('nyud', 'b', 2000, syntheticRecord({ runId: 'b', rescoredFrom }));
    for (const run of ['nyud', 'latest']) {
      expect(runFolders(run, undefined, root).directory).toBe(again);
      expect(runFolders(run, NOT_RESCORED, root)).toMatchObject({ directory: first, folders: [first] });
      expect(() => runFolders(run, KEPT_PREDICTIONS, root)).toThrow(/none of its runs .* kept predictions; make one/);
    }
    mkdirSync(join(first, PREDICTIONS_FILE, '..'));
    writeFileSync(join(first, PREDICTIONS_FILE), '{}');
    expect(runFolders('latest', KEPT_PREDICTIONS, root).directory).toBe(first);
    expect(runFolders(join(again, 'record.json'), NOT_RESCORED, root).folders).toEqual([again]);
  });

  it('says what there is when there is no such run', () => {
    expect(() => findRun('latest', root)).toThrow(/no finished run.*densebench run/);
    putRun('nyud', 'a', 1000);
    expect(() => findRun('nyudd', root)).toThrow(ResourceError);
    expect(() => findRun('nyudd', root)).toThrow(/did you mean "nyud"/);
    mkdirSync(join(root, 'empty'));
    expect(() => findRun('empty', root)).toThrow(/no record\.json.*--resume.*--task and --target/);
    const part = { id: 'depth', title: 'Depth', record: syntheticRecord() };
    putRun('both', 'c', 2000, { ...syntheticRecord(), schema: JOINT_SCHEMA, runId: 'c', parts: [part], reported: [] });
    expect(() => findRun('both/c/dept', root)).toThrow(/unknown part "dept": did you mean "depth"/);
  });
});

describe('reading a record', () => {
  it('gives back what was written, with fields of later versions', () => {
    const record = { ...syntheticRecord(), later: { kept: true } };
    expect(readRecord(putRun('nyud', 'a', 1), root)).toEqual(
      JSON.parse(JSON.stringify(syntheticRecord({ runId: 'a' }))),
    );
    expect(readRecord(putRun('nyud', 'b', 1, record), root)).toEqual(JSON.parse(JSON.stringify(record)));
  });

  it('names the place of damaged JSON', () => {
    expect(() => readRecord(putRun('nyud', 'a', 1, '{\n  "schema": oops\n}'), root)).toThrow(
      /record\.json:2:13: damaged JSON/,
    );
    expect(() => readRecord(putRun('nyud', 'b', 1, '{"schema":\n'), root)).toThrow(/record\.json:2:1: damaged JSON/);
    expect(() => readRecord(putRun('nyud', 'c', 1, ''), root)).toThrow(/record\.json:1:1: damaged JSON/);
  });

  it('names the field that is wrong', () => {
    const { outcome: _, ...rest } = syntheticRecord();
    expect(() => readRecord(putRun('nyud', 'a', 1, rest), root)).toThrow(/damaged at "outcome"/);
    const climbing = syntheticRecord({ runId: '../../x' });
    expect(() => readRecord(putRun('nyud', 'b', 1, climbing), root)).toThrow(/damaged at "runId"/);
    const entries = [{ ...syntheticRecord().entries[0], kind: 'guessed' }];
    expect(() => readRecord(putRun('nyud', 'c', 1, { ...syntheticRecord(), entries }), root)).toThrow(
      /damaged at "entries\.0\.kind"/,
    );
  });

  it('tells a newer version from something else', () => {
    expect(() => readRecord(putRun('nyud', 'a', 1, { schema: 'densebench.run/2' }), root)).toThrow(
      /newer densebench.*update/,
    );
    expect(() => readRecord(putRun('nyud', 'b', 1, { schema: 'other/9' }), root)).toThrow(/not a run record/);
    for (const text of ['null', '[]', '3', '"x"'])
      expect(() => readRecord(putRun('nyud', 'c', 1, text), root)).toThrow(/not a run record/);
  });
});
