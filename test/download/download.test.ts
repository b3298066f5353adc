import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/canonical.ts';
import { ResourceError } from '../../src/core/errors.ts';
import { diskError } from '../../src/download/disk-error.ts';
import { type DownloadRequest, download } from '../../src/download/download.ts';
import { etagOf, type FileServer, serve, startFileServer } from '../helpers/file-server.ts';

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 255));
const FAST = { pauseMs: 1, tries: 3 };

describe('download', () => {
  let server: FileServer;
  let directory: string;
  let path: string;
  beforeAll(async () => {
    server = await startFileServer();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'densebench-download-'));
    path = join(directory, 'file.bin');
    server.routes.clear();
    server.requests.length = 0;
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const get = (request: Partial<DownloadRequest> = {}, options = {}) =>
    download({ url: `${server.url}/file`, path, ...request }, { ...FAST, ...options });
  /** Runs, and returns the error's message after checking its kind. */
  const refused = async (request: Partial<DownloadRequest> = {}, options = {}): Promise<string> => {
    const error = await get(request, options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ResourceError);
    expect(existsSync(path)).toBe(false);
    return (error as Error).message;
  };
  const left = () => readdirSync(directory).sort();

  it('writes the file under its name, checked, and nothing else', async () => {
    server.routes.set('/file', serve(CONTENT));
    const seen: (number | undefined)[] = [];
    const got = await get(
      { bytes: CONTENT.length, sha256: sha256(CONTENT) },
      { onProgress: (done: number, total?: number) => seen.push(done, total) },
    );
    expect(got).toEqual({ bytes: CONTENT.length, sha256: sha256(CONTENT) });
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    expect(left()).toEqual(['file.bin']);
    expect(seen.slice(-2)).toEqual([CONTENT.length, CONTENT.length]);
  });

  it('goes on after a cut connection, asking only for the rest', async () => {
    let cuts = 0;
    server.routes.set('/file', serve(CONTENT, { cutAfter: () => (cuts++ < 4 ? 50_000 : undefined) }));
    // More cuts than tries: each brought something, so none counts against the next.
    await get({ sha256: sha256(CONTENT) });
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    // How much of what was sent has arrived when a connection breaks is not certain; that it is never sent again is.
    const starts = server.requests.map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? 'bytes=0-')?.[1]));
    expect(starts).toHaveLength(5);
    expect(starts).toEqual(starts.toSorted((x, y) => x - y));
    expect(starts[4]).toBeGreaterThan(0);
  });

  it('goes on in a later run', async () => {
    let cuts = 0;
    server.routes.set('/file', serve(CONTENT, { cutAfter: () => (cuts++ === 0 ? 120_000 : 0) }));
    expect(await refused({}, { tries: 1 })).toMatch(/\d+ bytes are kept and will be continued/);
    expect(left()).toEqual(['file.bin.part', 'file.bin.part.json']);
    const kept = statSync(`${path}.part`).size;
    expect(kept).toBeGreaterThan(0);
    server.routes.set('/file', serve(CONTENT));
    await get({ sha256: sha256(CONTENT) });
    expect(server.requests.at(-1)?.range).toBe(`bytes=${kept}-`);
    expect(left()).toEqual(['file.bin']);
  });

  it('starts anew when the file on the server has changed', async () => {
    server.routes.set('/file', serve(CONTENT, { cutAfter: () => 120_000 }));
    await refused({}, { tries: 1 });
    const changed = Buffer.from(CONTENT).reverse();
    server.routes.set('/file', serve(changed));
    await get({ sha256: sha256(changed) });
    expect(readFileSync(path).equals(changed)).toBe(true);
  });

  it('starts anew with a server that knows no ranges, and with one that gives no proof of sameness', async () => {
    let cuts = 0;
    const plain = (headers: Record<string, string>) => (_: unknown, response: import('node:http').ServerResponse) => {
      response.writeHead(200, { 'content-length': CONTENT.length, ...headers });
      if (cuts++ === 0) response.write(CONTENT.subarray(0, 90_000), () => setTimeout(() => response.destroy(), 100));
      else response.end(CONTENT);
    };
    server.routes.set('/file', plain({ etag: etagOf(CONTENT) }));
    await get({ sha256: sha256(CONTENT) });
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
    rmSync(path);
    cuts = 0;
    server.requests.length = 0;
    server.routes.set('/file', plain({ etag: 'W/"weak"' }));
    await get({ sha256: sha256(CONTENT) });
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, undefined]);
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
  });

  it('takes a part that is whole already', async () => {
    server.routes.set('/file', serve(CONTENT));
    writeFileSync(`${path}.part`, CONTENT);
    writeFileSync(`${path}.part.json`, JSON.stringify({ url: `${server.url}/file`, validator: etagOf(CONTENT) }));
    await get({ sha256: sha256(CONTENT) });
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
  });

  it('drops a part that is longer than the file, and a part without proof', async () => {
    server.routes.set('/file', serve(CONTENT));
    writeFileSync(`${path}.part`, Buffer.concat([CONTENT, CONTENT]));
    writeFileSync(`${path}.part.json`, JSON.stringify({ url: `${server.url}/file`, validator: etagOf(CONTENT) }));
    await get({ sha256: sha256(CONTENT) });
    rmSync(path);
    writeFileSync(`${path}.part`, 'of unknown origin');
    await get({ sha256: sha256(CONTENT) });
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    expect(left()).toEqual(['file.bin']);
  });

  it('keeps a file with a wrong checksum aside', async () => {
    server.routes.set('/file', serve(CONTENT));
    const wrong = '0'.repeat(64);
    expect(await refused({ sha256: wrong })).toBe(
      `${server.url}/file: SHA-256 is ${sha256(CONTENT)}, expected ${wrong}; kept aside as ${path}.rejected. ` +
        'Download it again, or correct the checksum if the publisher changed the file',
    );
    expect(left()).toEqual(['file.bin.rejected']);
  });

  it('refuses a wrong size before the first byte', async () => {
    server.routes.set('/file', serve(CONTENT));
    expect(await refused({ bytes: 5 })).toMatch(/offers 300000 bytes, the card says 5$/);
    server.routes.set('/file', (_, response) => {
      response.writeHead(200, { etag: '"a"' });
      response.write(CONTENT.subarray(0, 10));
      response.end();
    });
    expect(await refused({ bytes: 20 })).toMatch(/cut off at 10 of 20 bytes/);
  });

  it('says what a server says: 404 at once, 503 after some tries', async () => {
    expect(await refused()).toMatch(/\/file: the server answers 404 Not Found; the file has moved/);
    expect(server.requests).toHaveLength(1);
    let calls = 0;
    server.routes.set('/file', (request, response) => {
      if (calls++ < 2) response.writeHead(503).end();
      else serve(CONTENT)(request, response);
    });
    await get();
    rmSync(path);
    server.routes.set('/file', (_, response) => {
      response.writeHead(503).end();
    });
    expect(await refused()).toMatch(/the server answers 503 .*3 tries; nothing is kept/);
  });

  it('follows redirects, relative ones too, but not in a loop, and not to other protocols', async () => {
    const redirect = (location: string) => (_: unknown, response: import('node:http').ServerResponse) => {
      response.writeHead(302, { location }).end();
    };
    server.routes.set('/file', redirect('/b'));
    server.routes.set('/b', redirect(`${server.url}/c`));
    server.routes.set('/c', serve(CONTENT));
    await get({ sha256: sha256(CONTENT) });
    rmSync(path);
    server.routes.set('/c', redirect('/b'));
    expect(await refused()).toMatch(/more than 10 redirects/);
    server.routes.set('/c', redirect('file:///etc/hostname'));
    expect(await refused()).toMatch(/redirects to file:\/\/\/etc\/hostname, which is not followed/);
  });

  it('counts a silent connection as cut', async () => {
    server.routes.set('/file', (_, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('x');
    });
    expect(await refused({}, { silenceMs: 50, tries: 2 })).toMatch(/silent for 0.05 s/);
  });

  it('says that nobody answers', async () => {
    expect(await refused({ url: 'http://127.0.0.1:1/file' })).toMatch(
      /cannot be downloaded: .*(ECONNREFUSED|bad port)/,
    );
  });

  it('lets one process at a time write a part, and takes over from a dead one', async () => {
    server.routes.set('/file', serve(CONTENT));
    const hold = (pid: number) => writeFileSync(`${path}.part.lock`, JSON.stringify({ pid, host: hostname() }));
    hold(process.pid);
    expect(await refused()).toMatch(new RegExp(`process ${process.pid} on .* is downloading it already`));
    hold(2 ** 22 + 1);
    await get();
    expect(left()).toEqual(['file.bin']);
  });

  it('names a full disk and a folder that cannot be written', async () => {
    expect(diskError('/d/f', Object.assign(new Error('x'), { code: 'ENOSPC' })).message).toMatch(
      /disk is full; make room/,
    );
    writeFileSync(join(directory, 'plain'), '');
    const error = await get({ path: join(directory, 'plain', 'file.bin') }).catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(ResourceError);
    expect((error as Error).message).toMatch(/cannot be written .*name another folder/);
  });
});
