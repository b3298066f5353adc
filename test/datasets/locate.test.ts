import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { TAXONOMIES } from '../../src/core/taxonomies.ts';
import { type DatasetCard, datasetCardSchema, isInside } from '../../src/datasets/card.ts';
import { cardIds, findCard } from '../../src/datasets/find-card.ts';
import { destination, folderName, locate } from '../../src/datasets/locate.ts';
import { cacheDirectory } from '../../src/download/cache-directory.ts';
import { parseYaml } from '../../src/formats/yaml.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'densebench-locate-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const NEEDED = ['nyu_depth_v2_labeled.mat', 'splits.mat', 'classMapping40.mat'];
function put(folder: string, names: readonly string[] = NEEDED): string {
  mkdirSync(join(root, folder), { recursive: true });
  for (const name of names) writeFileSync(join(root, folder, name), 'x');
  return join(root, folder);
}

describe('shipped cards', () => {
  it('are valid and bear the name of their file', () => {
    for (const id of cardIds()) expect(findCard(id).id).toBe(id);
    expect(cardIds()).toEqual(expect.arrayContaining(['nyudv2', 'rooms']));
  });

  it('are found by path too, and a wrong name gets the nearest one', () => {
    expect(() => findCard('nyudv3')).toThrow(/unknown data set "nyudv3": did you mean "nyudv2"/);
    expect(() => findCard('no/such.yaml')).toThrow(UsageError);
    expect(findCard('datasets/rooms.yaml').id).toBe('rooms');
  });

  it('name class lists of the right lengths, without doubles', () => {
    expect(Object.values(TAXONOMIES).map((names) => new Set(names).size)).toEqual([40, 13, 6]);
    expect([TAXONOMIES.nyud40[0], TAXONOMIES.nyud40[21], TAXONOMIES.nyud40[39]]).toEqual([
      'wall',
      'ceiling',
      'other prop',
    ]);
  });
});

describe('card schema', () => {
  const head = 'id: x\ntitle: x\nlicence: { name: none }\n';
  const parse = (text: string) => parseYaml(head + text, datasetCardSchema, 'x.yaml');

  it('names the place and the nearest key', () => {
    expect(() => parse('loader: nyudv2\nlabeled: a.mat\n')).toThrow(
      'x.yaml:5:1: unknown key "labeled"; did you mean "labelled"?',
    );
    expect(() => parse('loader: nyud\n')).toThrow(/x\.yaml:4:/);
  });

  it('refuses paths that lead out, patterns without one group, addresses that are none', () => {
    for (const path of ['/etc/passwd', '../up', 'a/../../b', 'C:\\x', '\\\\host\\x', ''])
      expect(() => parse(`loader: nyudv2\nsplits: '${path}'\n`), path).toThrow(/inside the data set folder/);
    for (const pattern of ['abc', '(a)(b)', '('])
      expect(() => parse(`loader: folder\nimages: { folder: a }\ngroup: '${pattern}'\n`), pattern).toThrow(/one group/);
    expect(() => parse('loader: nyudv2\nfiles: [{ name: a, url: "file:///a" }]\n')).toThrow(/x\.yaml:5/);
    expect(() => parse('loader: nyudv2\nfiles: [{ name: a, url: "http://a/b", sha256: ABC }]\n')).toThrow(
      /64 lower-case/,
    );
  });

  it('takes the cards that docs/data.md shows', () => {
    const text = readFileSync(new URL('../../docs/data.md', import.meta.url), 'utf8');
    const cards = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml]) =>
      parseYaml(yaml, datasetCardSchema, 'data.md'),
    );
    expect(cards.map(({ loader }) => loader)).toEqual(['nyudv2-png', 'folder']);
  });

  it('knows what is inside on every platform', () => {
    expect(['a', 'a/b', 'a..b/c', '.hidden'].every(isInside)).toBe(true);
    expect(['..', 'a\\..\\b', 'c:x', 'a\0b'].some(isInside)).toBe(false);
  });
});

describe('locate', () => {
  const nyudv2 = () => findCard('nyudv2');
  const options = () => ({
    environment: { XDG_CACHE_HOME: join(root, 'cache'), DENSEBENCH_DATA: join(root, 'shared') },
  });

  it('looks at --data itself, --data/<id>, $DENSEBENCH_DATA/<id>, then the cache', () => {
    const dataDir = join(root, 'given');
    const places = [
      dataDir,
      join(dataDir, 'nyudv2'),
      join(root, 'shared/nyudv2'),
      join(root, 'cache/densebench/datasets/nyudv2'),
    ];
    expect(locate(nyudv2(), { ...options(), dataDir })).toEqual({
      directory: places[0],
      found: [],
      missing: NEEDED,
      lookedIn: places,
    });
    // From the last to the first: each that is complete comes before those after it.
    for (const place of places.toReversed()) {
      put(place.slice(root.length + 1));
      expect(locate(nyudv2(), { ...options(), dataDir })).toMatchObject({ directory: place, missing: [] });
    }
  });

  it('prefers a complete folder to an incomplete one that comes first', () => {
    put('shared/nyudv2', ['splits.mat']);
    expect(locate(nyudv2(), options())).toMatchObject({ found: ['splits.mat'], missing: [NEEDED[0], NEEDED[2]] });
    put('cache/densebench/datasets/nyudv2');
    expect(locate(nyudv2(), options())).toMatchObject({
      missing: [],
      directory: join(root, 'cache/densebench/datasets/nyudv2'),
    });
  });

  it('never takes the real set for the sample, whose layout is the same', () => {
    const dataDir = put('given');
    const rooms = findCard('rooms');
    expect(locate(rooms, { ...options(), dataDir }).found).toEqual([]);
    put(join('given', folderName(rooms)));
    expect(locate(rooms, { ...options(), dataDir }).missing).toEqual([]);
    expect(locate(rooms, { ...options(), dataDir: join(dataDir, folderName(rooms)) }).missing).toEqual([]);
  });

  it('gives generated data of other options another folder', () => {
    const rooms = findCard('rooms') as Extract<DatasetCard, { loader: 'nyudv2' }>;
    expect(folderName(rooms)).toMatch(/^rooms-[0-9a-f]{12}$/);
    expect(folderName({ ...rooms, generate: { ...rooms.generate!, seed: 2 } })).not.toBe(folderName(rooms));
  });

  it('sends what is fetched below --data, to where a part of it lies, or to the cache', () => {
    const dataDir = join(root, 'given');
    expect(destination(nyudv2(), { ...options(), dataDir })).toBe(join(dataDir, 'nyudv2'));
    expect(destination(nyudv2(), { ...options(), dataDir: join(root, 'nyudv2') })).toBe(join(root, 'nyudv2'));
    expect(destination(nyudv2(), options())).toBe(join(root, 'shared/nyudv2'));
    expect(basename(destination(findCard('rooms'), { ...options(), dataDir }))).toBe(folderName(findCard('rooms')));
    put('given', ['splits.mat']);
    expect(destination(nyudv2(), { ...options(), dataDir })).toBe(dataDir);
  });

  it("knows each platform's cache folder", () => {
    const at = (platform: NodeJS.Platform, environment = {}) => cacheDirectory({ platform, environment, home: '/h' });
    expect(at('linux')).toBe('/h/.cache/densebench');
    expect(at('linux', { XDG_CACHE_HOME: '/x' })).toBe('/x/densebench');
    expect(at('linux', { XDG_CACHE_HOME: 'relative' })).toBe('/h/.cache/densebench');
    expect(at('darwin', { XDG_CACHE_HOME: '/x' })).toBe('/h/Library/Caches/densebench');
    expect(at('win32', { LOCALAPPDATA: '/l' })).toBe('/l/densebench');
    expect(at('win32')).toBe('/h/AppData/Local/densebench');
  });
});
