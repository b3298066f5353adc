import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface FileServer {
  readonly url: string;
  /** Method, path and Range header of each request, in order. */
  readonly requests: { path: string; range?: string }[];
  /** Paths and what answers them; may be changed at any time. */
  readonly routes: Map<string, Handler>;
  close(): Promise<void>;
}

/** A server on this machine whose every answer a test decides. */
export async function startFileServer(): Promise<FileServer> {
  const routes = new Map<string, Handler>();
  const requests: FileServer['requests'] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push({ path, range: request.headers.range });
    const handler = routes.get(path);
    if (handler) handler(request, response);
    else response.writeHead(404).end('not here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    routes,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export const etagOf = (content: Uint8Array) => `"${createHash('sha256').update(content).digest('hex').slice(0, 16)}"`;

/** A proper server of one file: ETag, Range and If-Range. `cutAfter` breaks the connection after so many bytes. */
export function serve(content: Uint8Array, options: { cutAfter?: () => number | undefined } = {}): Handler {
  return (request, response) => {
    const etag = etagOf(content);
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const isSame = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
    const start = range && isSame ? Number(range[1]) : 0;
    if (range && isSame && start >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const body = content.subarray(start);
    response.writeHead(range && isSame ? 206 : 200, {
      etag,
      'content-length': body.length,
      ...(range && isSame && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    const cut = options.cutAfter?.();
    if (cut === undefined || cut >= body.length) response.end(body);
    else response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 100));
  };
}
