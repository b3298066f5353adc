import { renameSync, statfsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ResourceError } from '../core/errors.ts';
import { makeFolders } from '../formats/folders.ts';
import { diskError } from './disk-error.ts';
import { sha256OfFile } from './file-hash.ts';
import { causeOf, httpGet, PassingFailure } from './http-get.ts';
import { PartFile } from './part-file.ts';

export interface DownloadRequest {
  readonly url: string;
  /** Final path; it appears complete and checked, or not at all. */
  readonly path: string;
  readonly bytes?: number;
  readonly sha256?: string;
}

export interface DownloadOptions {
  readonly onProgress?: (doneBytes: number, totalBytes: number | undefined) => void;
  readonly onNote?: (text: string) => void;
  /** Tries in a row that bring no byte. */
  readonly tries?: number;
  /** Pause before the second try; it doubles from one to the next. */
  readonly pauseMs?: number;
  /** A connection that is silent for so long counts as cut. */
  readonly silenceMs?: number;
}

const DEFAULTS = { tries: 5, pauseMs: 1000, silenceMs: 60_000 };

/**
 * Downloads one file: goes on where an earlier try ended (Range with If-Range, so that a file that has changed on the
 * server starts anew), checks size and SHA-256, and only then renames it to its name.
 * @returns size and SHA-256 of what was downloaded
 * @throws ResourceError; the part that is there stays for the next time, a file with a wrong checksum is kept aside.
 */
export async function download(
  request: DownloadRequest,
  options: DownloadOptions = {},
): Promise<{ bytes: number; sha256: string }> {
  const { path, url } = request;
  const part = new PartFile(path);
  mkdirOrFail(dirname(path));
  const unlock = part.lock();
  try {
    const bytes = await fetchWhole(request, part, { ...DEFAULTS, ...options });
    const sha256 = await sha256OfFile(part.path);
    if (request.sha256 !== undefined && sha256 !== request.sha256) {
      renameSync(part.path, `${path}.rejected`);
      part.forget();
      throw new ResourceError(
        `${url}: SHA-256 is ${sha256}, expected ${request.sha256}; kept aside as ${path}.rejected. ` +
          'Download it again, or correct the checksum if the publisher changed the file',
      );
    }
    renameSync(part.path, path);
    part.forget();
    return { bytes, sha256 };
  } finally {
    unlock();
  }
}

/** Tries until the part is whole; gives up after some tries in a row that brought nothing. */
async function fetchWhole(
  request: DownloadRequest,
  part: PartFile,
  options: Required<Pick<DownloadOptions, 'tries' | 'pauseMs' | 'silenceMs'>> & DownloadOptions,
): Promise<number> {
  let reached = -1;
  for (let failed = 0; ; ) {
    try {
      return await fetchOnce(request, part, options);
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      const { bytes } = part.resumable(request.url);
      failed = bytes > reached && reached >= 0 ? 1 : failed + 1;
      reached = Math.max(reached, bytes);
      const state = bytes ? `${bytes} bytes are kept and will be continued` : 'nothing is kept';
      if (failed >= options.tries)
        throw new ResourceError(
          `${request.url}: cannot be downloaded: ${error.message} (${failed} tries; ${state}). Check the connection and run it again`,
        );
      options.onNote?.(`${request.url}: ${error.message}; trying again, ${state}`);
      await sleep(options.pauseMs * 2 ** (failed - 1));
    }
  }
}

async function fetchOnce(
  request: DownloadRequest,
  part: PartFile,
  { onProgress, silenceMs }: { silenceMs: number } & DownloadOptions,
): Promise<number> {
  const { url } = request;
  const { bytes: had, validator } = part.resumable(url);
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new PassingFailure(`silent for ${silenceMs / 1000} s`)), silenceMs);
  try {
    const headers: Record<string, string> = had ? { range: `bytes=${had}-`, 'if-range': validator! } : {};
    const response = await httpGet(url, headers, abort.signal);
    if (response.status === 416) {
      await response.body?.cancel();
      if (had && response.headers.get('content-range') === `bytes */${had}`) return had;
      part.remove();
      throw new PassingFailure('the part that is there does not fit the file on the server');
    }
    const start = response.status === 206 ? rangeStart(response) : 0;
    if (start !== 0 && start !== had) throw new PassingFailure(`the server continues at byte ${start}, not ${had}`);
    const total = totalBytes(response, start);
    if (request.bytes !== undefined && total !== undefined && total !== request.bytes) {
      await response.body?.cancel();
      throw new ResourceError(`${url}: the server offers ${total} bytes, the card says ${request.bytes}`);
    }
    requireRoom(part.path, (total ?? 0) - start);
    const proof = strongValidator(response);
    if (start === 0) part.remove();
    if (proof) part.remember({ url, validator: proof });
    const done = await writeBody(response, part.path, start, (bytes) => {
      timer.refresh();
      onProgress?.(bytes, total);
    });
    const expected = total ?? request.bytes;
    if (expected !== undefined && done < expected) throw new PassingFailure(`cut off at ${done} of ${expected} bytes`);
    if (expected !== undefined && done > expected) {
      part.remove();
      throw new ResourceError(`${url}: the server sent ${done} bytes, expected ${expected}`);
    }
    return done;
  } finally {
    clearTimeout(timer);
  }
}

/** A weak ETag does not promise equal bytes, so it proves nothing here. */
function strongValidator({ headers }: Response): string | undefined {
  const tag = headers.get('etag');
  return tag && !tag.startsWith('W/') ? tag : (headers.get('last-modified') ?? undefined);
}

function rangeStart(response: Response): number {
  const range = /^bytes (\d+)-\d+\/(?:\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  if (!range) throw new PassingFailure('the server sent a part without saying which');
  return Number(range[1]);
}

function totalBytes(response: Response, start: number): number | undefined {
  const length = response.headers.get('content-length');
  return length === null ? undefined : start + Number(length);
}

async function writeBody(
  response: Response,
  path: string,
  start: number,
  onBytes: (done: number) => void,
): Promise<number> {
  let done = start;
  let file: FileHandle | undefined;
  try {
    file = await open(path, start > 0 ? 'r+' : 'w');
    const reader = response.body?.getReader();
    while (reader) {
      const next = await reader.read().catch((error: unknown) => {
        throw new PassingFailure(`the connection was cut (${causeOf(error)})`);
      });
      if (next.done) break;
      // A write may be short, as when the disk has room for a part of it.
      for (let at = 0; at < next.value.length; )
        at += (await file.write(next.value, at, next.value.length - at, done + at)).bytesWritten;
      done += next.value.length;
      onBytes(done);
    }
    await file.sync();
    return done;
  } catch (error) {
    throw error instanceof PassingFailure ? error : diskError(path, error);
  } finally {
    await file?.close().catch(() => {});
  }
}

/** Found out before the first byte rather than after the last but one. */
function requireRoom(path: string, neededBytes: number): void {
  const { bavail, bsize } = statfsSync(dirname(path));
  const free = bavail * bsize;
  if (neededBytes > free)
    throw new ResourceError(
      `${dirname(path)}: ${neededBytes} bytes are to come, ${free} are free; make room or name another folder`,
    );
}

function mkdirOrFail(directory: string): void {
  try {
    makeFolders(directory);
  } catch (error) {
    throw diskError(directory, error);
  }
}
