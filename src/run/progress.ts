/** Tells a person how far a long piece of work has come. */
export interface Progress {
  /** Begins a stage of `total` steps. */
  start(label: string, total: number): void;
  /** `done` steps are finished. */
  update(done: number): void;
  end(): void;
  /** A line for the reader of the log. */
  note(text: string): void;
}

export const SILENT: Progress = { start() {}, update() {}, end() {}, note() {} };

/** The same, each stage and line named after its part. */
export function progressOfPart(progress: Progress, part: string): Progress {
  return {
    ...progress,
    start: (label, total) => progress.start(`${part}/${label}`, total),
    note: (text) => progress.note(`${part}: ${text}`),
  };
}

const TERMINAL_EVERY_MS = 100;
const LINES_EVERY_MS = 5000;

interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
}

/** One line that is rewritten on a terminal; plain lines, at most one in five seconds, elsewhere. */
export function progressTo(output: Output, now: () => number = () => performance.now()): Progress {
  let label = '';
  let total = 0;
  let startedMs = 0;
  let shownMs = 0;
  let done = 0;
  const line = () => {
    const seconds = (now() - startedMs) / 1000;
    const rate = done / seconds;
    const left = done > 0 && done < total ? `, ${duration((total - done) / rate)} left` : '';
    return `${label}: ${done}/${total}${done > 0 ? `, ${rate.toFixed(1)}/s` : ''}${left}`;
  };
  const show = (final: boolean) => {
    shownMs = now();
    if (output.isTTY) output.write(`\r\x1b[K${line()}${final ? '\n' : ''}`);
    else output.write(`${line()}\n`);
  };
  return {
    start(nextLabel, nextTotal) {
      [label, total, done, startedMs] = [nextLabel, nextTotal, 0, now()];
      show(false);
    },
    update(nextDone) {
      done = nextDone;
      if (done < total && now() - shownMs >= (output.isTTY ? TERMINAL_EVERY_MS : LINES_EVERY_MS)) show(false);
    },
    end() {
      show(true);
    },
    note(text) {
      output.write(`${output.isTTY ? '\r\x1b[K' : ''}${text}\n`);
    },
  };
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
