import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CheckpointCard, checkpointIds, findCheckpointCard } from '../../src/checkpoints/card.ts';
import { checkpointPath, fetchCheckpoint } from '../../src/checkpoints/fetch.ts';
import { sha256 } from '../../src/core/canonical.ts';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { type FileServer, serve, startFileServer } from '../helpers/file-server.ts';
import { savedLegacy } from '../helpers/torch-save.ts';

const CONTENT = savedLegacy({
  weight: { shape: [300, 100], values: Float32Array.from({ length: 30_000 }, (_, i) => i) },
});
const FAST = { pauseMs: 1, tries: 3 };

describe('published checkpoints', () => {
  let server: FileServer;
  let cache: string;
  let card: CheckpointCard;
  beforeAll(async () => {
    server = await startFileServer();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'densebench-fetch-'));
    vi.stubEnv('XDG_CACHE_HOME', cache);
    card = {
      id: 'made',
      title: 'made here',
      licence: { name: 'none' },
      file: 'made.ckpt',
      url: `${server.url}/weights/made.ckpt`,
      input: { width: 64, height: 48 },
    };
    server.routes.clear();
    server.requests.length = 0;
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true });
  });

  it('are downloaded once, and pinned where no checksum is published', async () => {
    server.routes.set('/weights/made.ckpt', serve(CONTENT));
    const path = checkpointPath(card);
    expect(await fetchCheckpoint(card, FAST)).toEqual({ path, sha256: sha256(CONTENT), state: 'pinned' });
    expect(sha256(readFileSync(path))).toBe(sha256(CONTENT));
    expect(await fetchCheckpoint(card, FAST)).toEqual({ path, sha256: sha256(CONTENT), state: 'there' });
    expect(server.requests.length).toBe(1);
  });

  it('go on where a download was cut off', async () => {
    let cuts = 1;
    server.routes.set('/weights/made.ckpt', serve(CONTENT, { cutAfter: () => (cuts-- > 0 ? 70_000 : undefined) }));
    expect((await fetchCheckpoint(card, FAST)).sha256).toBe(sha256(CONTENT));
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=70000-']);
  });

  it('that are not those of the first time are refused and not put in their place', async () => {
    server.routes.set('/weights/made.ckpt', serve(CONTENT));
    const { path } = await fetchCheckpoint(card, FAST);
    rmSync(path);
    const other = savedLegacy({ weight: { shape: [1], values: Float32Array.of(7) } });
    server.routes.set('/weights/made.ckpt', serve(other));
    await expect(fetchCheckpoint(card, FAST)).rejects.toThrow(
      `SHA-256 is ${sha256(other)}, expected ${sha256(CONTENT)}`,
    );
    expect(existsSync(path)).toBe(false);
  });

  it('that were changed on disk are noticed', async () => {
    server.routes.set('/weights/made.ckpt', serve(CONTENT));
    const { path } = await fetchCheckpoint(card, FAST);
    writeFileSync(path, 'changed');
    await expect(fetchCheckpoint(card, FAST)).rejects.toThrow(/delete it and fetch it again/);
  });

  it('with a published checksum must have it', async () => {
    server.routes.set('/weights/made.ckpt', serve(CONTENT));
    expect((await fetchCheckpoint({ ...card, sha256: sha256(CONTENT) }, FAST)).state).toBe('checked');
    const wrong = { ...card, id: 'wrong', sha256: '0'.repeat(64) };
    await expect(fetchCheckpoint(wrong, FAST)).rejects.toThrow(ResourceError);
  });

  it.each([
    ['a web page', Buffer.from('<html>not found</html>')],
    ['a pointer of Git LFS', Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n')],
    ['half a checkpoint', CONTENT.subarray(0, 1000)],
  ])('%s in its place is not kept and not pinned', async (_, content) => {
    server.routes.set('/weights/made.ckpt', serve(content));
    await expect(fetchCheckpoint(card, FAST)).rejects.toThrow(/what was downloaded cannot be used and is not kept/);
    expect(existsSync(checkpointPath(card))).toBe(false);
    server.routes.set('/weights/made.ckpt', serve(CONTENT));
    expect((await fetchCheckpoint(card, FAST)).state).toBe('pinned');
  });

  it('are not downloaded offline', async () => {
    await expect(fetchCheckpoint(card, { offline: true })).rejects.toThrow(UsageError);
    expect(server.requests).toEqual([]);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('of the package are four, each under its own name at the authors’ repository', () => {
    const cards = checkpointIds().map((id) => findCheckpointCard(id));
    expect(cards.length).toBe(4);
    for (const { id, url, file, homepage } of cards) {
      expect(id).toMatch(/^nekrasov2019-/);
      expect(url).toBe(`https://raw.githubusercontent.com/DrSleep/multi-task-refinenet/master/weights/${file}`);
      expect(homepage).toBe('https://github.com/DrSleep/multi-task-refinenet');
    }
    expect(new Set(cards.map(({ file }) => file)).size).toBe(4);
    expect(dirname(checkpointPath(cards[0]))).toContain(cards[0].id);
  });
});
