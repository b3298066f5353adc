import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../src/backends/fake.ts';
import { MeasurementError } from '../../src/core/errors.ts';
import { Random } from '../../src/core/random.ts';
import { alternate } from '../../src/run/latency-compare.ts';

const RULES = { halfWidth: 0.01, maximumSeconds: 60, warmupSeconds: 0 };

/** Two predictors on one clock: each call takes its base time x `machine(time) x noise`. */
function bench(ownMs: number, referenceMs: number, machine: (ms: number) => number, noise: () => number = () => 1) {
  const { now, advance } = fakeClock();
  const order: string[] = [];
  const call = (name: string, ms: number) => async () => {
    const took = ms * machine(now()) * noise();
    advance(took);
    order.push(name);
    return took;
  };
  return { own: call('a', ownMs), reference: call('b', referenceMs), now, order };
}

/** A bell-shaped factor of standard deviation `spread` around 1. */
const noise = (seed: number, spread: number) => {
  const random = new Random(seed);
  return () =>
    1 + spread * Math.sqrt(3) * (random.uniform() + random.uniform() + random.uniform() + random.uniform() - 2);
};

describe('comparison by alternation', () => {
  it('goes A B B A or B A A B, and keeps the samples of each', async () => {
    const { own, reference, now, order } = bench(100, 50, () => 1);
    const { ratio, low, high, verdict, pairs, ownMs, referenceMs, reason } = await alternate(own, reference, RULES, {
      now,
    });
    expect({ ratio, low, high, verdict, reason }).toEqual({
      ratio: 2,
      low: 2,
      high: 2,
      verdict: 'slower',
      reason: undefined,
    });
    // Counted rounds only: what came before them was warm-up and pilot; one more call stands where a round is mirrored.
    expect(order.join('')).toMatch(/(a?abba|b?baab){24}$/);
    expect(order.join('')).toMatch(/abba.*baab/);
    expect(ownMs).toHaveLength(pairs);
    expect(referenceMs).toHaveLength(pairs);
  });

  it('is exact under a drift that would spoil two separate measurements', async () => {
    // The machine slows to half its speed over a minute, smoothly.
    const { own, reference, now } = bench(50, 50, (ms) => 1 + ms / 60_000);
    const { low, high } = await alternate(own, reference, RULES, { now });
    expect(Math.max(1 - low, high - 1)).toBeLessThan(1e-5);
  });

  it('cancels an advantage of the second place', async () => {
    const { now, advance } = fakeClock();
    let last = '';
    const call = (name: string) => async () => {
      // A session that ran just before finds its data in the cache.
      const took = last === name ? 90 : 100;
      last = name;
      advance(took);
      return took;
    };
    const { ratio, low, high } = await alternate(call('a'), call('b'), RULES, { now });
    expect({ ratio, low, high }).toEqual({ ratio: 1, low: 1, high: 1 });
  });

  it('is not fooled by what comes back every four or eight calls', async () => {
    for (const period of [4, 8]) {
      const { now, advance } = fakeClock();
      let calls = 0;
      // A collection of garbage takes a tenth of a call, and always meets the same place of a strict A B B A.
      const call = async () => {
        const took = calls++ % period === 0 ? 11 : 10;
        advance(took);
        return took;
      };
      // The two are the same work, but not the same function.
      const { low, high } = await alternate(call, () => call(), RULES, { now });
      expect(low).toBeLessThanOrEqual(1);
      expect(high).toBeGreaterThanOrEqual(1);
    }
  });

  it('finds 3 %, and holds 1 where nothing differs, in at least 35 of 40 repetitions', async () => {
    const repeat = async (ownMs: number) =>
      Promise.all(
        Array.from({ length: 40 }, (_, seed) => {
          const { own, reference, now } = bench(ownMs, 10, () => 1, noise(seed, 0.03));
          return alternate(own, reference, RULES, { now });
        }),
      );
    const same = await repeat(10);
    expect(same.filter(({ verdict }) => verdict === 'undecided').length).toBeGreaterThanOrEqual(35);
    // A pilot estimates: nine of ten reach the width that they were planned for.
    expect(same.filter(({ low, high, ratio }) => (high - low) / 2 / ratio <= 0.01).length).toBeGreaterThanOrEqual(32);
    const slower = await repeat(10.3);
    expect(slower.filter(({ verdict }) => verdict === 'slower').length).toBeGreaterThanOrEqual(35);
  });

  it('holds 1 though sessions of one network differ for as long as they live', async () => {
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, seed) => {
        const { own, reference, now } = bench(10, 10, () => 1, noise(seed, 0.03));
        const luck = noise(1000 + seed, 0.007);
        let [ownLuck, referenceLuck] = [luck(), luck()];
        const reopen = async () => {
          [ownLuck, referenceLuck] = [luck(), luck()];
        };
        const lucky = (call: () => Promise<number>, factor: () => number) => async () => (await call()) * factor();
        return alternate(
          lucky(own, () => ownLuck),
          lucky(reference, () => referenceLuck),
          RULES,
          { now, reopen },
        );
      }),
    );
    expect(results.filter(({ low, high }) => low <= 1 && 1 <= high).length).toBeGreaterThanOrEqual(35);
  });

  it('plans as many pairs as the pilot asks for, and no more than fit', async () => {
    const pairsAt = async (spread: number, maximumSeconds = 60) => {
      const { own, reference, now } = bench(10, 10, () => 1, noise(1, spread));
      return alternate(own, reference, { ...RULES, maximumSeconds }, { now });
    };
    // The least, 24 rounds, filled up to whole blocks of sixteen.
    expect((await pairsAt(0)).pairs).toBe(64);
    expect((await pairsAt(0.1)).pairs).toBeGreaterThan(2 * (await pairsAt(0.03)).pairs);
    const short = await pairsAt(0.3, 2);
    expect(short.pairs).toBeLessThanOrEqual(100);
    expect(short.verdict).toBe('undecided');
    expect(short.reason).toMatch(
      /half-width \d.* % after \d+ pairs; 1 % would take about \d+ \(\d+ s\): raise latency\.maximumSeconds/,
    );
  });

  it('opens both anew sixteen times, and eight times where time is short', async () => {
    const openedAt = async (maximumSeconds: number) => {
      const { own, reference, now } = bench(100, 100, () => 1);
      let opened = 0;
      const reopen = async () => void opened++;
      const { pairs } = await alternate(own, reference, { ...RULES, maximumSeconds }, { now, reopen });
      return { opened, pairs };
    };
    expect(await openedAt(60)).toEqual({ opened: 16, pairs: 64 });
    // Pilot and openings leave room for eight rounds of 0.4 s, not for sixteen.
    expect(await openedAt(10)).toEqual({ opened: 8, pairs: 16 });
  });

  it('never says "same": an interval that holds 1 is undecided, with what it leaves open', async () => {
    const { own, reference, now } = bench(10, 10, () => 1, noise(3, 0.01));
    const { verdict, reason } = await alternate(own, reference, RULES, { now });
    expect(verdict).toBe('undecided');
    expect(reason).toMatch(/within 0\.\d+ %/);
  });

  it('refuses what does not fit, and clocks that stand still', async () => {
    const slow = bench(13_000, 100, () => 1);
    await expect(alternate(slow.own, slow.reference, RULES, slow)).rejects.toThrow(/do not fit into 60 s/);
    let ms = 0;
    const zero = async () => 0;
    const clock = () => (ms += 5);
    await expect(alternate(zero, zero, RULES, { now: clock })).rejects.toThrow(MeasurementError);
  });
});
