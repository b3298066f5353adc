import { describe, expect, it } from 'vitest';
import { fake, fakeClock, fakePredictor } from '../../src/backends/fake.ts';

describe('fake', () => {
  it('moves the clock by exactly what the script says, call after call', async () => {
    const clock = fakeClock(1000);
    const times = [
      { prepare: 1, infer: 10, postprocess: 0.5 },
      { prepare: 2, infer: 20, postprocess: 0.25 },
    ];
    const predictor = fakePredictor({
      tasks: ['depth'],
      maps: ({ id }) => ({ depth: { height: 1, width: 1, channels: 1, data: Float32Array.of(id.length) } }),
      timesMs: (call) => times[call],
      advance: clock.advance,
    });
    const image = () => Promise.reject(new Error('not needed'));
    const first = await predictor.predict({ id: 'abc', image });
    expect(clock.now()).toBe(1011.5);
    expect(first).toEqual({
      maps: { depth: { height: 1, width: 1, channels: 1, data: Float32Array.of(3) } },
      timesMs: times[0],
    });
    expect((await predictor.predict({ id: 'a', image })).timesMs).toEqual(times[1]);
    expect(clock.now()).toBe(1033.75);
    expect(predictor.card.id).toBe('fake');
  });

  it('answers from its options at the size of the image, for the tasks of the suite', async () => {
    const predictor = await fake.open({
      options: fake.parseOptions({ label: 5, normal: [0, 1, 0], timesMs: [{ infer: 3 }, { prepare: 4 }] }),
      context: { tasks: ['segmentation', 'normals'], openTrain: () => Promise.reject(new Error('not needed')) },
    });
    const image = async () => ({ height: 1, width: 2, channels: 3, data: new Uint8Array(6) });
    const calls = [await predictor.predict({ id: 'a', image }), await predictor.predict({ id: 'a', image })];
    expect(Object.keys(calls[0].maps)).toEqual(['segmentation', 'normals']);
    expect([...(calls[0].maps.segmentation?.data ?? [])]).toEqual([5, 5]);
    expect([...(calls[0].maps.normals?.data ?? [])]).toEqual([0, 1, 0, 0, 1, 0]);
    expect(calls.map(({ timesMs }) => timesMs)).toEqual([
      { prepare: 0, infer: 3, postprocess: 0 },
      { prepare: 4, infer: 0, postprocess: 0 },
    ]);
  });
});
