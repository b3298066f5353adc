import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { medianOfAll, sortedMedian } from '../../src/backends/median.ts';
import { prior } from '../../src/backends/prior.ts';
import { fitPrior } from '../../src/backends/prior-fit.ts';
import { ResourceError } from '../../src/core/errors.ts';
import { evenlySpaced } from '../../src/core/evenly-spaced.ts';
import type { Task } from '../../src/core/tasks.ts';
import { datasetOf } from './maps.ts';

const NAMES = ['a', 'b', 'c'];
const labels = (values: number[], width = values.length) => ({
  segmentation: { height: values.length / width, width, channels: 1, data: Uint8Array.from(values) },
});
const depths = (values: number[], width = values.length) => ({
  depth: { height: values.length / width, width, channels: 1, data: Float32Array.from(values) },
});
const normals = (values: number[]) => ({
  normals: { height: 1, width: values.length / 3, channels: 3, data: Float32Array.from(values) },
});
const fitOne = (samples: object[], task: Task, images = 200) =>
  fitPrior(datasetOf(samples, NAMES, [task]), [task], images);

/** The plain definition, on a copy. */
function plainMedian(values: readonly number[]): number | undefined {
  const measured = values.filter((v) => !Number.isNaN(v)).sort((a, b) => a - b);
  if (measured.length === 0) return undefined;
  return (measured[(measured.length - 1) >> 1] + measured[measured.length >> 1]) / 2;
}

describe('medians', () => {
  const floats = fc.array(fc.oneof(fc.float({ noNaN: true }), fc.constant(Number.NaN), fc.float({ min: 0, max: 8 })), {
    maxLength: 40,
  });

  it('agree with the plain definition for any numbers', () => {
    fc.assert(
      fc.property(floats, (values) => {
        const expected = plainMedian(values);
        // -0 and 0 are one number here.
        expect((medianOfAll(Float32Array.from(values)) ?? Number.NaN) + 0).toEqual((expected ?? Number.NaN) + 0);
        expect((sortedMedian(Float32Array.from(values).sort()) ?? Number.NaN) + 0).toEqual(
          (expected ?? Number.NaN) + 0,
        );
      }),
    );
  });

  it('leave their input as it was', () => {
    const values = Float32Array.of(3, Number.NaN, 1, 2);
    expect(medianOfAll(values)).toBe(2);
    expect([...values]).toEqual([3, Number.NaN, 1, 2]);
  });
});

describe('fitPrior', () => {
  it('votes for labels: ignored ones have no vote, ties go to the lower id, the unlabelled take the majority', async () => {
    const { segmentation } = await fitOne(
      [labels([2, 1, 255, 255]), labels([2, 0, 255, 1]), labels([0, 255, 255, 1])],
      'segmentation',
    );
    // Votes in all: 0 twice, 1 three times, 2 twice.
    expect([...(segmentation?.data ?? [])]).toEqual([2, 0, 1, 1]);
  });

  it('takes the median of measured depths, and of all of them where there is none', async () => {
    const n = Number.NaN;
    const { depth } = await fitOne([depths([1, n, 5, n]), depths([9, n, 7, 2]), depths([2, n, n, n])], 'depth');
    // Measured: 1 2 2 5 7 9.
    expect([...(depth?.data ?? [])]).toEqual([2, 3.5, 6, 2]);
  });

  it('takes the direction of the mean normal, and of all of them where there is none', async () => {
    const n = Number.NaN;
    const { normals: map } = await fitOne(
      [normals([1, 0, 0, n, n, n, 0, 0, 1]), normals([0, 1, 0, n, n, n, 0, 0, -1])],
      'normals',
    );
    const half = Math.fround(Math.SQRT1_2);
    expect(map?.data.map(Math.fround)).toEqual(Float32Array.of(half, half, 0, half, half, 0, half, half, 0));
    const none = await fitOne([normals([n, n, n])], 'normals');
    expect([...(none.normals?.data ?? [])]).toEqual([0, 0, -1]);
  });

  it('does not depend on the order of the images', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 6 }), {
          minLength: 1,
          maxLength: 6,
        }),
        async (maps) => {
          const samples = maps.map((map) => ({
            ...labels(map.map((v) => (v === 3 ? 255 : v))),
            ...depths(map.map((v) => (v === 3 ? Number.NaN : v + 0.25))),
          }));
          const tasks: Task[] = ['segmentation', 'depth'];
          const one = await fitPrior(datasetOf(samples, NAMES, tasks), tasks, 200);
          const other = await fitPrior(datasetOf(samples.reverse(), NAMES, tasks), tasks, 200);
          expect(other).toEqual(one);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('fits on evenly spaced images and reports each', async () => {
    expect(evenlySpaced(795, 200)).toHaveLength(200);
    expect(evenlySpaced(10, 3)).toEqual([1, 5, 8]);
    expect(evenlySpaced(3, 200)).toEqual([0, 1, 2]);
    expect(new Set(evenlySpaced(201, 200)).size).toBe(200);
    const seen: string[] = [];
    const samples = Array.from({ length: 10 }, (_, i) => depths([i]));
    const { depth } = await fitPrior(datasetOf(samples, NAMES, ['depth']), ['depth'], 3, (done, total) => {
      seen.push(`${done}/${total}`);
    });
    expect(depth?.data[0]).toBe(5);
    expect(seen).toEqual(['1/3', '2/3', '3/3']);
  });

  it.each([
    ['two sizes', [labels([0, 1, 2, 0]), labels([0, 1, 2, 0], 2)], /sample s1: 2x2 .* before it 1x4/],
    ['a label out of range', [labels([0, 1, 1, 3], 2)], /sample s0: label 3 at row 1, column 1.*0\.\.2/],
    ['an empty split', [], /no image to fit/],
  ])('refuses %s', async (_, samples, message) => {
    await expect(fitOne(samples, 'segmentation')).rejects.toThrow(ResourceError);
    await expect(fitOne(samples, 'segmentation')).rejects.toThrow(message);
  });
});

describe('prior', () => {
  it('predicts the same maps for every image of its size, for the tasks that both sides have', async () => {
    let closed = 0;
    const train = {
      ...datasetOf([{ ...labels([1]), ...depths([4]) }], NAMES, ['segmentation', 'depth']),
      close: async () => void closed++,
    };
    const opened = await prior.open({
      options: prior.parseOptions({}),
      context: { tasks: ['depth', 'normals'], openTrain: async () => train },
    });
    expect(opened.tasks).toEqual(['depth']);
    expect(closed).toBe(1);
    const flat = (value: number) => async () => ({
      height: 1,
      width: 1,
      channels: 3,
      data: new Uint8Array(3).fill(value),
    });
    const { maps } = await opened.predict({ id: 'x', image: flat(0) });
    expect(maps.depth?.data[0]).toBe(4);
    expect(Object.keys(maps)).toEqual(['depth']);
    expect((await opened.predict({ id: 'y', image: flat(200) })).maps).toEqual(maps);
  });

  it('brings its maps to images of another size by nearest neighbour', async () => {
    const train = datasetOf([{ ...labels([0, 1, 2, 0], 2), ...depths([1, 2, 3, 4], 2) }], NAMES, [
      'segmentation',
      'depth',
    ]);
    const context = { tasks: ['segmentation', 'depth'] as const, openTrain: async () => train };
    const opened = await prior.open({ options: prior.parseOptions({}), context });
    const image = async () => ({ height: 3, width: 2, channels: 3, data: new Uint8Array(18) });
    const { segmentation, depth } = (await opened.predict({ id: 'x', image })).maps;
    expect(segmentation).toMatchObject({ height: 3, width: 2 });
    // The centre of the middle row lies on the border of both rows, and so in the lower.
    expect([...segmentation!.data]).toEqual([0, 1, 2, 0, 2, 0]);
    expect([...depth!.data]).toEqual([1, 2, 3, 4, 3, 4]);
  });

  it('closes the train split when fitting fails, too', async () => {
    let closed = 0;
    const train = { ...datasetOf([], NAMES, ['depth']), close: async () => void closed++ };
    const context = { tasks: ['depth'] as const, openTrain: async () => train };
    await expect(prior.open({ options: prior.parseOptions({}), context })).rejects.toThrow('no image');
    expect(closed).toBe(1);
  });

  it('has a hash of what it learnt', async () => {
    const hashOf = async (value: number) => {
      const context = {
        tasks: ['depth'] as const,
        openTrain: async () => datasetOf([depths([value])], NAMES, ['depth']),
      };
      return (await prior.open({ options: prior.parseOptions({}), context })).card.weightsSha256;
    };
    expect(await hashOf(1)).toBe(await hashOf(1));
    expect(await hashOf(1)).not.toBe(await hashOf(2));
  });
});
