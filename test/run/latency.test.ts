import { describe, expect, it } from 'vitest';
import { fakeClock, fakePredictor } from '../../src/backends/fake.ts';
import { MeasurementError } from '../../src/core/errors.ts';
import { measureLatency, summarise } from '../../src/run/latency.ts';

const IMAGE = { height: 2, width: 3, channels: 3, data: new Uint8Array(18) };

/** Every call takes exactly what the script says, on a clock that nothing else moves. */
function scripted(callMs: (call: number) => number) {
  const { now, advance } = fakeClock();
  const stages = (ms: number) => ({ prepare: ms / 8, infer: (ms * 3) / 4, postprocess: ms / 8 });
  const timesMs = (call: number) => stages(callMs(call));
  return { predictor: fakePredictor({ tasks: ['depth'], maps: () => ({}), timesMs, advance }), now };
}

describe('latency', () => {
  it('reaches the minimum duration and the minimum count, whichever takes longer', async () => {
    const slow = scripted(() => 500);
    const byCount = await measureLatency(slow.predictor, IMAGE, rules(1, 8, 0), 0, slow.now);
    expect(byCount.stages.total.count).toBe(8);
    const fast = scripted(() => 10);
    const byTime = await measureLatency(fast.predictor, IMAGE, rules(1, 8, 0), 0, fast.now);
    expect(byTime.stages.total.count).toBe(100);
  });

  it('keeps the first call and the warm-up out of the samples', async () => {
    const { predictor, now } = scripted((call) => (call === 0 ? 900 : call <= 4 ? 300 : 100));
    const latency = await measureLatency(predictor, IMAGE, rules(1, 10, 1), 42, now);
    expect(latency.firstCallMs).toBe(900);
    expect(latency.warmupCalls).toBe(4);
    expect(latency.loadMs).toBe(42);
    expect(latency.samplesMs.total).toEqual(Array(10).fill(100));
    expect(latency.stages.infer.medianMs).toBe(75);
    expect(latency.inputSize).toBe('3x2');
  });

  it('fails when a call fails, instead of leaving it out', async () => {
    const { predictor, now } = scripted(() => 10);
    const failing = { ...predictor, predict: () => Promise.reject(new Error('device lost')) };
    await expect(measureLatency(failing, IMAGE, rules(1, 1, 0), 0, now)).rejects.toThrow(MeasurementError);
    await expect(measureLatency(failing, IMAGE, rules(1, 1, 0), 0, now)).rejects.toThrow(/device lost/);
  });

  it('summarises by order statistics and gives a percentile only where ten calls lie beyond it', () => {
    const ms = Array.from({ length: 99 }, (_, i) => 99 - i);
    expect(summarise(ms)).toEqual({ count: 99, medianMs: 50, meanMs: 50, minimumMs: 1 });
    expect(summarise([...ms, 100]).p90Ms).toBeCloseTo(90.1, 12);
    expect(summarise([...ms, 100]).p99Ms).toBeUndefined();
    expect(summarise(Array.from({ length: 1000 }, (_, i) => i)).p99Ms).toBeCloseTo(989.01, 9);
  });
});

const rules = (minimumSeconds: number, minimumCount: number, warmupSeconds: number) => ({
  minimumSeconds,
  minimumCount,
  warmupSeconds,
});
