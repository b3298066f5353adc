import { median } from '../stats/quantile.ts';

export interface WarmUp {
  readonly calls: number;
  /** False where the bound ended it. */
  readonly settled: boolean;
}

const WINDOW_CALLS = 5;
const WINDOW_MS = 200;
const WINDOWS = 3;
const WITHIN = 0.02;
/** A machine that never settles is for the verdict of stability; and a call may take seconds. */
const LONGER_MS = 10_000;

/**
 * Calls until the times have settled: the medians of three successive windows (each of at least 5 calls and 0.2 s) lie
 * within 2 % of each other and `minimumMs` have passed; or until `longerMs` more than that have passed.
 * @param call does one call and gives its time, ms
 */
export async function warmUp(
  call: () => Promise<number>,
  minimumMs: number,
  now: () => number,
  longerMs = LONGER_MS,
): Promise<WarmUp> {
  const startedMs = now();
  const medians: number[] = [];
  let calls = 0;
  while (true) {
    const window: number[] = [];
    const openedMs = now();
    while (window.length < WINDOW_CALLS || now() - openedMs < WINDOW_MS) {
      window.push(await call());
      calls++;
      if (now() - startedMs > minimumMs + longerMs) return { calls, settled: false };
    }
    medians.push(median(window));
    const last = medians.slice(-WINDOWS);
    const settled = last.length === WINDOWS && Math.max(...last) <= Math.min(...last) * (1 + WITHIN);
    if (settled && now() - startedMs >= minimumMs) return { calls, settled };
  }
}
