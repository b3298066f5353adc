import { messageOf, ResourceError } from '../core/errors.ts';

const MAX_REDIRECTS = 10;
const REDIRECTS = [301, 302, 303, 307, 308];
/** Statuses that may pass: timeout, too many requests, and trouble of the server or one before it. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];

/** A failure that may pass: worth another try, which goes on from where this one ended. */
export class PassingFailure extends Error {}

/**
 * GET with redirects followed by hand, so that a loop and a step from https to http are seen.
 * @throws PassingFailure when another try may help, ResourceError when none will.
 */
export async function httpGet(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Response> {
  let address = url;
  for (let step = 0; step <= MAX_REDIRECTS; step++) {
    // Range counts bytes as stored, so nothing may be compressed on the way.
    const response = await request(address, { ...headers, 'accept-encoding': 'identity' }, signal);
    if (!REDIRECTS.includes(response.status)) return checked(response, address);
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (!location)
      throw new ResourceError(`${address}: the server redirects (${response.status}) without saying where`);
    if (!URL.canParse(location, address))
      throw new ResourceError(`${address}: the server redirects to "${location}", which is no address`);
    const next = new URL(location, address);
    const isSafe = next.protocol === 'https:' || (next.protocol === 'http:' && address.startsWith('http:'));
    if (!isSafe) throw new ResourceError(`${address}: the server redirects to ${next.href}, which is not followed`);
    address = next.href;
  }
  throw new ResourceError(`${url}: more than ${MAX_REDIRECTS} redirects, the last to ${address}; a loop?`);
}

async function request(address: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(address, { headers, redirect: 'manual', signal });
  } catch (error) {
    throw new PassingFailure(causeOf(error));
  }
}

/** fetch says "fetch failed" and hides the reason one level down. */
export function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = (cause as { code?: unknown }).code;
  return messageOf(cause) || (typeof code === 'string' ? code : messageOf(error));
}

async function checked(response: Response, address: string): Promise<Response> {
  const { status } = response;
  if (status === 200 || status === 206 || status === 416) return response;
  await response.body?.cancel();
  const what = `${status} ${response.statusText}`.trim();
  if (PASSING.includes(status)) throw new PassingFailure(`the server answers ${what}`);
  const advice = status === 404 || status === 410 ? '; the file has moved: correct the url in its card' : '';
  throw new ResourceError(`${address}: the server answers ${what}${advice}`);
}
