import { describe, expect, it } from 'vitest';
import { fakeClock, fakePredictor } from '../../src/backends/fake.ts';
import { MeasurementError } from '../../src/core/errors.ts';
import type { LatencyConditions } from '../../src/core/latency-record.ts';
import { measureLatency, summarise } from '../../src/run/latency.ts';
import { measureOpenLoop } from '../../src/run/latency-open-loop.ts';
import { judgeLoad, judgeStability } from '../../src/run/latency-stability.ts';
import { warmUp } from '../../src/run/latency-warmup.ts';

const IMAGE = { height: 2, width: 3, channels: 3, data: new Uint8Array(18) };

/** A machine on which nothing else runs. */
const quiet = (wallMs = 5000): LatencyConditions => ({
  wallMs,
  cpuMs: wallMs,
  involuntarySwitches: 3,
  waitingMs: 0,
  otherCores: 0.02,
  cores: 2,
});
const watch = () => () => ({ conditions: quiet(), threadsAtWork: 1 });

/** Every call takes exactly what the script says, on a clock that nothing else moves. */
function scripted(callMs: (call: number) => number) {
  const { now, advance } = fakeClock();
  const stages = (ms: number) => ({ prepare: ms / 8, infer: (ms * 3) / 4, postprocess: ms / 8 });
  const timesMs = (call: number) => stages(callMs(call));
  const sleepUntil = async (atMs: number) => advance(Math.max(0, atMs - now()));
  const predictor = fakePredictor({ tasks: ['depth'], maps: () => ({}), timesMs, advance });
  return { predictor, surroundings: { now, watch, sleepUntil } };
}

const rules = (minimumSeconds: number, minimumCount: number, warmupSeconds: number, attempts = 1) => ({
  minimumSeconds,
  minimumCount,
  warmupSeconds,
  attempts,
});

describe('absolute latency', () => {
  it('reaches the minimum duration and the minimum count, whichever takes longer', async () => {
    const slow = scripted(() => 500);
    const byCount = await measureLatency(slow.predictor, IMAGE, rules(1, 8, 0), 0, slow.surroundings);
    expect(byCount.stages.total.count).toBe(8);
    const fast = scripted(() => 10);
    const byTime = await measureLatency(fast.predictor, IMAGE, rules(1, 8, 0), 0, fast.surroundings);
    expect(byTime.stages.total.count).toBe(100);
  });

  it('keeps the first call and the warm-up out of the samples', async () => {
    const { predictor, surroundings } = scripted((call) => (call === 0 ? 900 : call <= 4 ? 300 : 100));
    const latency = await measureLatency(predictor, IMAGE, rules(1, 10, 1), 42, surroundings);
    expect(latency.firstCallMs).toBe(900);
    expect(latency.loadMs).toBe(42);
    expect(latency.warmupSettled).toBe(true);
    expect(latency.samplesMs.total).toEqual(Array(10).fill(100));
    expect(latency.stages.infer.medianMs).toBe(75);
    expect(latency.inputSize).toBe('3x2');
    expect(latency.peakMemoryBytes).toBeGreaterThan(10e6);
  });

  it('keeps the samples in order of time, whatever their size', async () => {
    const { predictor, surroundings } = scripted((call) => 100 + ((call * 7) % 5));
    const { samplesMs } = await measureLatency(predictor, IMAGE, rules(0, 30, 0), 0, surroundings);
    const offset = samplesMs.total[0] - 100;
    expect(samplesMs.total).toEqual(Array.from({ length: 30 }, (_, i) => 100 + ((offset + 7 * i) % 5)));
  });

  it('proves threads and device by what the system saw, and else only states them', async () => {
    const { predictor, surroundings } = scripted(() => 100);
    const card = { ...predictor.card, device: 'cpu', threads: 1 };
    const proofOf = async (usage: { conditions: LatencyConditions; threadsAtWork?: number }, device = 'cpu') =>
      (
        await measureLatency({ ...predictor, card: { ...card, device } }, IMAGE, rules(1, 5, 0), 0, {
          ...surroundings,
          watch: () => () => usage,
        })
      ).proof;
    expect(await proofOf({ conditions: quiet(), threadsAtWork: 1 })).toEqual({
      device: 'proven',
      threads: 'proven',
      threadsAtWork: 1,
    });
    expect(await proofOf({ conditions: quiet(), threadsAtWork: 2 })).toMatchObject({ threads: 'stated' });
    expect(await proofOf({ conditions: quiet() })).toEqual({ device: 'proven', threads: 'stated' });
    const elsewhere = { conditions: { ...quiet(), cpuMs: 500 }, threadsAtWork: 1 };
    expect(await proofOf(elsewhere)).toMatchObject({ device: 'stated', threads: 'stated' });
    expect(await proofOf({ conditions: quiet(), threadsAtWork: 1 }, 'cuda')).toMatchObject({ device: 'stated' });
  });

  describe('of a disturbed machine', () => {
    const busy: LatencyConditions = { ...quiet(1000), otherCores: 1.5 };

    /** Twenty calls an attempt, each call a little slower than the one before; `machine`: conditions of one attempt after the other. */
    const measure = async (attempts: number, ...machine: LatencyConditions[]) => {
      const { predictor, surroundings } = scripted((call) => 100 + call / 100);
      const seen: { rejections: string[]; last: number; idleMs: number[]; told: number[] } = {
        rejections: [],
        last: 0,
        idleMs: [],
        told: [],
      };
      let endedMs: number | undefined;
      const latency = await measureLatency(predictor, IMAGE, rules(0, 20, 3, attempts), 0, {
        ...surroundings,
        watch: () => {
          if (endedMs !== undefined) seen.idleMs.push(surroundings.now() - endedMs);
          return () => {
            endedMs = surroundings.now();
            return { conditions: machine.shift() ?? quiet(1000), threadsAtWork: 1 };
          };
        },
        onCall: (call) => seen.told.push(call),
        onRejected: (reason) => seen.rejections.push(reason),
        onLast: async () => void seen.last++,
      });
      return { latency, ...seen };
    };

    it('is measured again, to the first series that is not invalid, and keeps what was rejected', async () => {
      const calm = { ...quiet(1000), involuntarySwitches: 7 };
      const { latency, rejections, last, told } = await measure(3, busy, calm);
      expect(rejections).toEqual([expect.stringContaining('other processes used 75.0 % of 2 cores')]);
      expect(latency.stability).toEqual({ verdict: 'stable' });
      const [{ samplesMs: rejected, ...first }] = latency.rejectedAttempts ?? [];
      expect(first).toEqual({ reason: rejections[0], conditions: busy });
      for (const samples of [rejected, latency.samplesMs]) {
        expect(samples.total).toHaveLength(20);
        for (const [stage, share] of [
          ['prepare', 1 / 8],
          ['infer', 3 / 4],
          ['postprocess', 1 / 8],
        ] as const)
          for (const [i, ms] of samples[stage].entries()) expect(ms).toBeCloseTo(share * samples.total[i], 9);
        expect(samples.infer).toHaveLength(20);
      }
      // All that is reported is of the later, slower calls.
      expect(Math.min(...latency.samplesMs.total)).toBeGreaterThan(Math.max(...rejected.total));
      expect(latency.stages.total).toMatchObject({ count: 20, minimumMs: latency.samplesMs.total[0] });
      expect(latency.conditions).toEqual(calm);
      expect(last).toBe(1);
      const counted = Array.from({ length: 20 }, (_, i) => i + 1);
      expect(told).toEqual([...counted, ...counted]);
    });

    it('waits and warms up between two attempts, so that a disturbance of seconds does not meet both', async () => {
      const { idleMs, latency } = await measure(3, busy, busy);
      expect(latency.warmupCalls).toBe(30);
      const warmUpMs = latency.warmupCalls * 100;
      expect(idleMs).toHaveLength(2);
      for (const ms of idleMs) {
        expect(ms).toBeGreaterThanOrEqual(5000 + warmUpMs);
        expect(ms).toBeLessThan(5000 + warmUpMs + 100);
      }
    });

    it('is measured as often as the rules say, and is invalid then', async () => {
      const three = await measure(3, busy, busy, busy, quiet(1000));
      expect(three.latency.stability).toMatchObject({ verdict: 'invalid' });
      expect(three.latency.rejectedAttempts).toHaveLength(2);
      const one = await measure(1, busy, quiet(1000));
      expect(one.latency.stability).toMatchObject({ verdict: 'invalid' });
      expect(one.latency).not.toHaveProperty('rejectedAttempts');
    });

    it('is measured once where it was not disturbed, or that cannot be told', async () => {
      expect((await measure(3)).latency).not.toHaveProperty('rejectedAttempts');
      const short = { ...busy, wallMs: 900 };
      const { latency } = await measure(3, short);
      expect(latency.stability).toMatchObject({ verdict: 'unjudged' });
      expect(latency).not.toHaveProperty('rejectedAttempts');
    });

    // Steady calls to warm up, scattered ones, then steady ones of another speed.
    it.each([
      ['fewer calls', rules(1, 10, 0, 2), (call: number) => (call < 16 ? 50 : call < 45 ? (call % 2 ? 20 : 50) : 150)],
      [
        'a shorter time',
        rules(0.5, 20, 0, 2),
        (call: number) => (call < 16 ? 60 : call < 36 ? (call % 2 ? 30 : 90) : 20),
      ],
    ])('is not measured again by %s: too little to judge would pass', async (_, wanted, callMs) => {
      const { predictor, surroundings } = scripted(callMs);
      const latency = await measureLatency(predictor, IMAGE, wanted, 0, {
        ...surroundings,
        watch: () => {
          const startedMs = surroundings.now();
          return () => ({ conditions: quiet(surroundings.now() - startedMs) });
        },
      });
      expect(latency.rejectedAttempts?.map(({ reason }) => reason)).toEqual([expect.stringContaining('scatter')]);
      expect(latency.stability).toEqual({ verdict: 'stable' });
    });
  });

  it('fails when a call fails, instead of leaving it out', async () => {
    const { predictor, surroundings } = scripted(() => 10);
    const failing = { ...predictor, predict: () => Promise.reject(new Error('device lost')) };
    await expect(measureLatency(failing, IMAGE, rules(1, 1, 0), 0, surroundings)).rejects.toThrow(MeasurementError);
    await expect(measureLatency(failing, IMAGE, rules(1, 1, 0), 0, surroundings)).rejects.toThrow(/device lost/);
  });

  it('summarises by order statistics and gives a percentile only where ten calls lie beyond it', () => {
    const series = (count: number) => Array.from({ length: count }, (_, i) => count - i);
    expect(summarise(series(99))).toEqual({ count: 99, medianMs: 50, meanMs: 50, minimumMs: 1 });
    expect(summarise(series(100)).p90Ms).toBeCloseTo(90.1, 12);
    expect(summarise(series(199)).p95Ms).toBeUndefined();
    expect(summarise(series(200)).p95Ms).toBeCloseTo(190.05, 9);
    expect(summarise(series(999)).p99Ms).toBeUndefined();
    expect(summarise(series(1000)).p99Ms).toBeCloseTo(990.01, 9);
  });
});

describe('warm-up', () => {
  const run = (callMs: (call: number) => number, minimumMs: number) => {
    const { now, advance } = fakeClock();
    let calls = 0;
    const call = async () => {
      const ms = callMs(calls++);
      advance(ms);
      return ms;
    };
    return warmUp(call, minimumMs, now).then((result) => ({ ...result, ms: now() }));
  };

  it('ends when three windows agree, not before the minimum', async () => {
    expect(await run(() => 100, 0)).toMatchObject({ calls: 15, settled: true });
    expect(await run(() => 100, 3000)).toMatchObject({ calls: 30, settled: true });
    // Windows of 0.2 s: short calls fill them by number.
    expect(await run(() => 1, 0)).toMatchObject({ calls: 600, settled: true });
  });

  it('goes on while the times still fall', async () => {
    const falling = await run((call) => 100 + 200 * 0.9 ** call, 0);
    expect(falling.settled).toBe(true);
    expect(100 + 200 * 0.9 ** (falling.calls - 15)).toBeLessThan(103);
  });

  it('is bounded where the times never settle, and where a single call takes longer than the bound', async () => {
    const restless = await run((call) => (Math.floor(call / 5) % 2 ? 100 : 150), 1000);
    expect(restless.settled).toBe(false);
    expect(restless.ms).toBeLessThanOrEqual(11_000 + 150);
    expect(await run(() => 13_000, 1000)).toMatchObject({ calls: 1, settled: false });
  });
});

describe('stability', () => {
  const steady = Array.from({ length: 60 }, (_, i) => 100 + (i % 3));

  it('passes a quiet machine, and says why a disturbed one does not', () => {
    expect(judgeStability(steady, quiet())).toEqual({ verdict: 'stable' });
    const why = (samples: readonly number[], conditions: Partial<LatencyConditions> = {}) => {
      const verdict = judgeStability(samples, { ...quiet(), ...conditions });
      return verdict.verdict === 'invalid' ? `${verdict.reason}; ${verdict.remedy}` : verdict.verdict;
    };
    expect(why(steady, { waitingMs: 300 })).toMatch(/waited for a core 5\.7 %.*stop what else runs/);
    expect(why(steady, { otherCores: 1.01 })).toMatch(/used 50\.5 % of 2 cores/);
    expect(why(steady.map((ms, i) => ms * (1 + i / 100)))).toMatch(/last third .* 36\.\d % longer .*settle/);
    expect(why(steady.map((ms, i) => ms / (1 + i / 100)))).toMatch(/less than the first/);
    expect(why(steady.map((ms, i) => (i % 2 ? ms : 1.5 * ms)))).toMatch(/scatter/);
    // One call in ten that stalls is a tail, and percentiles are there to show it.
    expect(why(steady.map((ms, i) => (i % 10 ? ms : 3 * ms)))).toBe('stable');
  });

  it('judges what it can: few calls not at all, other systems without run queues by the rest', () => {
    expect(judgeStability(steady.slice(0, 19), quiet())).toMatchObject({ verdict: 'unjudged' });
    expect(judgeStability(steady, quiet(900))).toMatchObject({ verdict: 'unjudged' });
    const { waitingMs: _1, otherCores: _2, ...elsewhere } = quiet();
    expect(judgeStability(steady, elsewhere)).toEqual({ verdict: 'stable' });
    expect(judgeLoad({ ...quiet(), waitingMs: 5000 })).toMatchObject({ verdict: 'invalid' });
  });
});

describe('open loop', () => {
  const run = (callMs: (call: number) => number, rateHz: number, seconds: number) => {
    const { predictor, surroundings } = scripted(callMs);
    return measureOpenLoop(predictor, IMAGE, { rateHz, seconds, warmupSeconds: 0 }, surroundings);
  };
  /** The warm-up of calls of 100 ms. */
  const WARMUP_CALLS = 15;

  it('misses nothing below the rate, and answers in the time of a call', async () => {
    const { frames, missed, responsesMs, p50Ms, p95Ms } = await run(() => 100, 5, 10);
    expect({ frames, missed }).toEqual({ frames: 50, missed: 0 });
    expect(responsesMs).toHaveLength(50);
    for (const response of responsesMs) expect(response).toBeCloseTo(100, 6);
    expect(p50Ms).toBeCloseTo(100, 6);
    expect(p95Ms).toBeUndefined();
  });

  it('drops waiting frames for the newest one, above the rate', async () => {
    const { missed, responsesMs } = await run(() => 100, 25, 4);
    // Period 40 ms: frames 0, 2 (due 80, begun 100), 5 (due 200, begun 200), 7 ...; two of five are answered.
    expect(responsesMs.slice(0, 8).map((ms) => ms && Math.round(ms))).toEqual([
      100,
      null,
      120,
      null,
      null,
      100,
      null,
      120,
    ]);
    // Nothing newer comes for the last one.
    expect(missed).toBe(59);
  });

  it('charges a stall to every frame that it delays, not only to the one that stalled', async () => {
    // Period 200 ms, calls of 100 ms; frame 3 takes 950 ms: due 600, done 1550, when 4 to 7 have come; 8 still waits a little.
    const { missed, responsesMs } = await run((call) => (call === WARMUP_CALLS + 3 ? 950 : 100), 5, 2);
    expect(responsesMs.map((ms) => ms && Math.round(ms))).toEqual([
      100,
      100,
      100,
      950,
      null,
      null,
      null,
      250,
      150,
      100,
    ]);
    expect(missed).toBe(3);
  });
});
