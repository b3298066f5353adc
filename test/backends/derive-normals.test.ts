import { describe, expect, it } from 'vitest';
import { tasksBehind, withDerivedNormals } from '../../src/backends/derive-normals.ts';
import { fakeClock, fakePredictor } from '../../src/backends/fake.ts';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import type { Maps, Task } from '../../src/core/tasks.ts';

const HEIGHT = 9;
const WIDTH = 11;
const CAMERA = { fxPx: 200, fyPx: 220, cxPx: 5, cyPx: 4 };
/** A floor that rises ahead: a normal with no component of x. */
const NORMAL = [0, -0.8, -0.6];

/** z-depth of the plane through (0, 0, 3) with NORMAL, by the ray's equation. */
const slope = () =>
  Float32Array.from({ length: HEIGHT * WIDTH }, (_, i) => {
    const y = (Math.floor(i / WIDTH) - CAMERA.cyPx) / CAMERA.fyPx;
    return (3 * NORMAL[2]) / (NORMAL[1] * y + NORMAL[2]);
  });

const fakeDepth = (data = slope(), tasks: readonly Task[] = ['depth'], onPredict = () => {}) =>
  fakePredictor({
    tasks,
    timesMs: () => ({ prepare: 1, infer: 2, postprocess: 3 }),
    maps: (): Maps => {
      onPredict();
      return { depth: { height: HEIGHT, width: WIDTH, channels: 1, data } };
    },
  });
const input = { id: 'a', image: () => Promise.reject(new Error('looked at')), intrinsics: async () => CAMERA };
const CROSS = { normals: { method: 'cross', window: 5 } } as const;
const PLANE = { normals: { method: 'plane', window: 3 } } as const;

describe('normals of the depth that a predictor gives', () => {
  it.each([CROSS, PLANE])('$normals.method: at every pixel, the edge of the picture among them', async (derive) => {
    const predictor = withDerivedNormals(fakeDepth(), 'e', derive, () => 0);
    expect(predictor.tasks).toEqual(['depth', 'normals']);
    const { maps } = await predictor.predict(input);
    expect(maps.normals).toMatchObject({ height: HEIGHT, width: WIDTH, channels: 3 });
    for (const [i, value] of (maps.normals?.data ?? []).entries()) expect(value).toBeCloseTo(NORMAL[i % 3], 4);
  });

  it.each([CROSS, PLANE])('$normals.method: a hole has the zero vector, which scores 90 degrees', async (derive) => {
    const data = slope();
    const hole = 4 * WIDTH + 5;
    data[hole] = 0;
    const { maps } = await withDerivedNormals(fakeDepth(data), 'e', derive, () => 0).predict(input);
    expect([...(maps.normals?.data.subarray(3 * hole, 3 * hole + 3) ?? [])]).toEqual([0, 0, 0]);
    expect(maps.normals?.data.every(Number.isFinite)).toBe(true);
  });

  it('its time is post-processing, and its rule is on the card', async () => {
    const { now, advance } = fakeClock();
    const predictor = withDerivedNormals(fakeDepth(), 'e', CROSS, () => {
      advance(10);
      return now();
    });
    expect((await predictor.predict(input)).timesMs).toEqual({ prepare: 1, infer: 2, postprocess: 13 });
    expect(predictor.card).toMatchObject({ id: 'fake', derived: CROSS });
  });

  it('needs a camera, and asks for it before anything is predicted', async () => {
    let predicted = 0;
    const predictor = withDerivedNormals(
      fakeDepth(slope(), ['depth'], () => predicted++),
      'e',
      CROSS,
      () => 0,
    );
    const { intrinsics: _, ...blind } = input;
    await expect(predictor.predict(blind)).rejects.toThrow(ResourceError);
    await expect(predictor.predict(blind)).rejects.toThrow(/sample a: .*camera: \{fx, fy, cx, cy\}/);
    expect(predicted).toBe(0);
  });

  it('needs depth, and none of its own normals', () => {
    const derived = (tasks: readonly Task[]) => () =>
      withDerivedNormals(fakeDepth(slope(), tasks), 'e', CROSS, () => 0);
    expect(derived(['segmentation'])).toThrow(UsageError);
    expect(derived(['segmentation'])).toThrow(/entry e: .*gives segmentation/);
    expect(derived(['depth', 'normals'])).toThrow(/entry e: .*predicts normals itself/);
  });

  it('asks the predictor behind for depth, even where depth is not scored', () => {
    expect(tasksBehind(['normals'])).toEqual(['depth']);
    expect(tasksBehind(['segmentation', 'depth', 'normals'])).toEqual(['segmentation', 'depth']);
  });
});
