import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { UsageError } from '../core/errors.ts';

/** What is downloaded, and on what terms. */
interface Licensed {
  readonly id: string;
  readonly title: string;
  readonly licence: { readonly name: string; readonly url?: string; readonly note?: string };
}

/**
 * Shows the licence on standard error and asks for a "yes", unless it was given beforehand.
 * @param command what the user would type, without --yes
 * @throws UsageError when it is not accepted, or there is nobody to ask.
 */
export async function acceptLicence(
  { id, title, licence }: Licensed,
  command: string,
  isAccepted: boolean,
): Promise<void> {
  const { name, url, note } = licence;
  process.stderr.write(`${title}\nlicence: ${name}${url ? ` (${url})` : ''}\n${note ? `${note}\n` : ''}`);
  if (isAccepted) return;
  if (!process.stdin.isTTY)
    throw new UsageError(`the licence of ${id} has to be accepted: read it, then "${command} --yes"`);
  process.stderr.write('Type "yes" to accept it: ');
  const lines = createInterface({ input: process.stdin });
  const [answer] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as [string?];
  lines.close();
  if (answer?.trim().toLowerCase() !== 'yes')
    throw new UsageError('the licence was not accepted; nothing was downloaded');
}
