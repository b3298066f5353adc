/** Timers wake up to a millisecond or two late; the rest of the way the clock is watched. */
const WATCHED_MS = 2;

/** Until this moment of performance.now(), ms. */
export async function sleep(atMs: number): Promise<void> {
  const leftMs = atMs - performance.now() - WATCHED_MS;
  if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
  while (performance.now() < atMs);
}
