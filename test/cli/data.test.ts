import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerData } from '../../src/cli/data.ts';
import { sha256 } from '../../src/core/canonical.ts';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { encodePng } from '../../src/formats/png.ts';
import { type FileServer, serve, startFileServer } from '../helpers/file-server.ts';

const picture = encodePng({ height: 2, width: 2, channels: 3, data: new Uint8Array(12).fill(9) });
const labels = encodePng({ height: 2, width: 2, channels: 1, data: Uint8Array.of(0, 1, 255, 0) });
const LIST = 'p1.png l1.png\n';

describe('densebench data', () => {
  let server: FileServer;
  let folder: string;
  let home: string;
  beforeAll(async () => {
    server = await startFileServer();
    home = process.cwd();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'densebench-data-'));
    process.chdir(folder);
    mkdirSync('datasets');
    vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
    vi.stubEnv('DENSEBENCH_DATA', '');
    server.routes.clear();
    server.requests.length = 0;
  });
  afterEach(() => {
    process.chdir(home);
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the command prints, with its error if it fails. */
  async function run(...args: string[]): Promise<{ out: string; err: string; error?: Error }> {
    const written = { out: '', err: '' };
    for (const [stream, key] of [
      [process.stdout, 'out'],
      [process.stderr, 'err'],
    ] as const)
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        written[key] += String(text);
        return true;
      });
    const program = new Command('densebench').exitOverride();
    registerData(program);
    try {
      await program.parseAsync(['data', ...args], { from: 'user' });
      return written;
    } catch (error) {
      return { ...written, error: error as Error };
    } finally {
      vi.restoreAllMocks();
    }
  }

  function card(files: readonly Record<string, unknown>[]): void {
    const list = files.map((file) => JSON.stringify(file)).join(', ');
    writeFileSync(
      'datasets/tiny.yaml',
      `id: tiny\ntitle: Tiny pairs\nlicence: { name: Tiny licence, url: https://example.org/licence, note: for tests }\nloader: nyudv2-png\nlists: { test: list.nyu }\nclasses: 2\ntaxonomy: two\nfiles: [${list}]\n`,
    );
  }
  const served = (name: string, content: Uint8Array, extra: Record<string, unknown> = {}) => {
    server.routes.set(`/${name}`, serve(content));
    return { name, url: `${server.url}/${name}`, ...extra };
  };
  const everything = () => [
    served('list.nyu', Buffer.from(LIST), { bytes: LIST.length, sha256: sha256(LIST) }),
    served('p1.png', picture),
    served('l1.png', labels),
  ];
  const cached = () => join(folder, 'cache/densebench/datasets/tiny');

  it('fetches, pins, verifies, and fetches nothing twice', async () => {
    card(everything());
    const first = await run('fetch', 'tiny', '--yes');
    expect(first.error).toBeUndefined();
    expect(first.out).toBe(`tiny is complete in ${cached()}\n`);
    expect(first.err).toContain('licence: Tiny licence (https://example.org/licence)\nfor tests');
    expect(first.err).toContain(`p1.png: ${picture.length} bytes, SHA-256 ${sha256(picture)} (pinned`);
    expect(first.err).not.toMatch(/list\.nyu: .*pinned/);
    expect(readdirSync(cached()).sort()).toEqual(['densebench.lock.json', 'l1.png', 'list.nyu', 'p1.png']);
    expect(server.requests).toHaveLength(3);
    // Complete: no licence is asked for, and nothing is downloaded.
    expect((await run('fetch', 'tiny')).error).toBeUndefined();
    expect(server.requests).toHaveLength(3);

    const verified = await run('verify', 'tiny', '--json');
    const result = JSON.parse(verified.out);
    expect(verified.error).toBeUndefined();
    expect(result.ok).toBe(true);
    expect(result.files.map(({ name, status }: Record<string, string>) => [name, status])).toEqual([
      ['list.nyu', 'ok'],
      ['p1.png', 'ok'],
      ['l1.png', 'ok'],
    ]);
    expect(result.splits).toEqual([
      { split: 'test', samples: 1, tasks: ['segmentation'], size: '2x2' },
      { split: 'all', samples: 1, tasks: ['segmentation'], size: '2x2' },
    ]);
    const shown = await run('verify', 'tiny');
    expect(shown.out).toContain(sha256(picture));
  });

  it('asks for the licence', async () => {
    card(everything());
    const { error, err } = await run('fetch', 'tiny');
    expect(error).toBeInstanceOf(UsageError);
    expect(error?.message).toContain('densebench data fetch tiny --yes');
    expect(err).toContain('Tiny licence');
    expect(server.requests).toEqual([]);
    expect(existsSync(cached())).toBe(false);
  });

  it('downloads nothing offline', async () => {
    card(everything());
    const { error } = await run('fetch', 'tiny', '--yes', '--offline');
    expect(error).toEqual(new UsageError('--offline forbids downloading list.nyu, p1.png, l1.png'));
    expect(server.requests).toEqual([]);
  });

  it('keeps what it has when a file is not there, and goes on with the rest', async () => {
    card(everything());
    server.routes.delete('/l1.png');
    const failed = await run('fetch', 'tiny', '--yes', '--data', 'here');
    expect(failed.error).toBeInstanceOf(ResourceError);
    expect(failed.error?.message).toMatch(/l1\.png: the server answers 404/);
    served('l1.png', labels);
    server.requests.length = 0;
    const again = await run('fetch', 'tiny', '--yes', '--data', 'here');
    expect(again.out).toBe(`tiny is complete in ${join(folder, 'here/tiny')}\n`);
    expect(server.requests.map(({ path }) => path)).toEqual(['/l1.png']);
  });

  it('holds a file to its pin: a changed one is refused on the next download, and seen by verify', async () => {
    card(everything());
    await run('fetch', 'tiny', '--yes');
    writeFileSync(join(cached(), 'p1.png'), labels);
    const size = await run('verify', 'tiny');
    expect(size.error?.message).toMatch(/p1\.png: wrong size \(expected \d+ bytes\)/);
    const other = Uint8Array.from(picture);
    other[20] ^= 1;
    writeFileSync(join(cached(), 'p1.png'), other);
    const sum = await run('verify', 'tiny');
    expect(sum.error?.message).toContain(`p1.png: wrong checksum (expected ${sha256(picture)})`);
    rmSync(join(cached(), 'p1.png'));
    served('p1.png', other);
    const again = await run('fetch', 'tiny', '--yes');
    expect(again.error?.message).toContain(`SHA-256 is ${sha256(other)}, expected ${sha256(picture)}`);
    expect(existsSync(join(cached(), 'p1.png'))).toBe(false);
  });

  it('pins files that were brought by hand, and says what does not open', async () => {
    card(everything());
    mkdirSync('mine');
    for (const [name, content] of [
      ['list.nyu', LIST],
      ['p1.png', picture],
      ['l1.png', labels],
    ] as const)
      writeFileSync(join('mine', name), content);
    const first = JSON.parse((await run('verify', 'tiny', '--data', 'mine', '--json')).out);
    expect(first.ok).toBe(true);
    expect(first.files.map(({ status }: { status: string }) => status)).toEqual(['ok', 'pinned now', 'pinned now']);
    rmSync('mine/l1.png');
    const { out, error } = await run('verify', 'tiny', '--data', 'mine', '--json');
    expect(JSON.parse(out).ok).toBe(false);
    expect(error?.message).toMatch(/l1\.png: there is no such file/);
  });

  it('unpacks an archive that the card lists, and leaves only its files', async () => {
    mkdirSync('in');
    for (const [name, content] of [
      ['list.nyu', LIST],
      ['p1.png', picture],
      ['l1.png', labels],
    ] as const)
      writeFileSync(join('in', name), content);
    execFileSync('tar', ['czf', 'all.tgz', '-C', 'in', '.']);
    card([served('all.tgz', readFileSync('all.tgz'), { archive: 'tar.gz' })]);
    const { out, err } = await run('fetch', 'tiny', '--yes');
    expect(out).toContain('complete');
    expect(err).toContain('all.tgz: 3 files unpacked');
    expect(readdirSync(cached()).sort()).toEqual(['densebench.lock.json', 'l1.png', 'list.nyu', 'p1.png']);
    expect((await run('verify', 'tiny')).error).toBeUndefined();
    await run('fetch', 'tiny', '--yes');
    expect(server.requests).toHaveLength(1);
  });

  it('says where data are looked for and what is missing', async () => {
    card(everything());
    const text = (await run('status')).out;
    for (const id of ['nyudv2', 'rooms', 'tiny']) expect(text).toContain(`${id}: `);
    const [status] = JSON.parse((await run('status', 'tiny', '--json')).out);
    expect(status).toEqual({
      id: 'tiny',
      title: 'Tiny pairs',
      licence: 'Tiny licence',
      complete: false,
      generated: false,
      downloads: true,
      directory: cached(),
      found: [],
      missing: ['list.nyu'],
      lookedIn: [cached()],
    });
    await run('fetch', 'tiny', '--yes');
    const [after] = JSON.parse((await run('status', 'tiny', '--json')).out);
    expect(after).toMatchObject({ complete: true, missing: [], found: [{ path: 'list.nyu', bytes: LIST.length }] });
    // A card without files cannot be fetched: its user brings them.
    expect((await run('status', 'nyudv2')).out).toMatch(/get it with: densebench data fetch nyudv2/);
    expect((await run('status', 'kitti-ros')).out).toMatch(/no download is named: bring its files to .*kitti-ros/);
    const named = await run('verify', 'nyudv2');
    expect(named.error?.message).toMatch(/nothing of it is there .*densebench data fetch nyudv2/);
  });

  it('makes procedural data without a licence and without the network', async () => {
    writeFileSync(
      'datasets/few.yaml',
      'id: few\ntitle: few rooms\nlicence: { name: MIT }\nloader: nyudv2\ngenerate: { world: rooms, train: 1, test: 1, width: 64, height: 48 }\n',
    );
    const { out, err } = await run('fetch', 'few', '--offline');
    expect(out).toMatch(/^few is complete in .*rooms-[0-9a-f]{12}\n$/);
    expect(err).toContain('few, frames: 2/2');
    expect((await run('verify', 'few')).error).toBeUndefined();
  });

  it('says so when a card names no downloads, or downloads that do not give what it needs', async () => {
    card([]);
    expect((await run('fetch', 'tiny', '--yes')).error?.message).toMatch(/names no downloads; bring its files to/);
    card([served('p1.png', picture)]);
    expect((await run('fetch', 'tiny', '--yes')).error?.message).toMatch(/list\.nyu is not in .*correct the card/);
  });
});
