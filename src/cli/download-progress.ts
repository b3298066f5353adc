import { progressTo } from '../run/progress.ts';

/** Shows on standard error how far a download is, in megabytes, or how many frames are made. */
export function downloadProgress(unit: 'MB' | 'frames'): {
  onNote(text: string): void;
  onProgress(what: string, done: number, total: number | undefined): void;
} {
  const progress = progressTo(process.stderr);
  let current: string | undefined;
  return {
    onNote: (text) => progress.note(text),
    onProgress(what, done, total) {
      const shown = (value: number) => (unit === 'frames' ? value : Math.ceil(value / 1e6));
      if (current !== what) progress.start(`${what}, ${unit}`, shown(total ?? 0));
      current = what;
      progress.update(shown(done));
      if (done === total) progress.end();
    },
  };
}
