import { anyBannerOf } from '../core/joint-record.ts';
import type { Reporter } from './reporter.ts';
import { safeJson } from './text.ts';

/** The run record itself, with the banner first; an array for several runs. */
export const json: Reporter = {
  extension: 'json',
  title: 'the run record, every digit and every raw sample',
  render(records) {
    const bannered = records.map((record) => ({ banner: anyBannerOf(record), ...record }));
    return `${safeJson(bannered.length === 1 ? bannered[0] : bannered)}\n`;
  },
};
