import { UsageError } from '../core/errors.ts';

/** What a file says of itself; one that is not valid yet (a card with open questions) must not hide the others. */
export function described(describe: () => string): string {
  try {
    return describe();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return `NOT USABLE: ${error.message.split('\n')[0]}`;
  }
}
