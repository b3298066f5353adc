import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Metric, TallyContext } from '../../src/core/metric.ts';
import { SCALINGS, type TaskProtocols } from '../../src/core/protocol.ts';
import { IGNORE_LABEL } from '../../src/core/raster.ts';
import { type Figure, UNKNOWN_PROTOCOL } from '../../src/core/reading.ts';
import { TASKS, type Task, type TaskRasters } from '../../src/core/tasks.ts';
import { METRICS } from '../../src/metrics/index.ts';
import { readingsOf } from '../../src/metrics/readings.ts';
import { headingOf } from '../../src/reports/figures.ts';
import { numbersIn, throughJson } from '../metrics/read.ts';

interface Image<T extends Task> {
  readonly prediction: TaskRasters[T];
  readonly target: TaskRasters[T];
  readonly mask?: Uint8Array;
  readonly beside?: Pick<TallyContext, 'open'>;
}

/** What the laws are tried on. A new metric needs a line here. */
interface Trial<T extends Task> {
  readonly channels: number;
  readonly protocols: readonly TaskProtocols[T][];
  readonly classNames?: readonly string[];
  /** Values of one pixel, good and bad: all that a file may hold where the metric promises to go on. */
  readonly prediction: fc.Arbitrary<readonly number[]>;
  readonly target: fc.Arbitrary<readonly number[]>;
  /** A truth that does not count. */
  readonly nothing: readonly number[];
  /** What a prediction may carry beside its map. */
  readonly beside?: (height: number, width: number) => fc.Arbitrary<Pick<TallyContext, 'open'>>;
  raster(height: number, width: number, values: readonly number[]): TaskRasters[T];
}

const real = (channels: number) => (height: number, width: number, values: readonly number[]) => ({
  height,
  width,
  channels,
  data: Float32Array.from(values),
});
const depths = fc.constantFrom(0.3, 0.7, 1.1, 2.9, 9.7, 12.3);
const badDepths = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -1.3);
const single = (value: fc.Arbitrary<number>) => value.map((v) => [v]);
const directions = fc
  .tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: -1 }))
  .map((v) => v.map((c) => c / Math.hypot(...v)));
const plainDepth = { truth: 'raw', minimumM: 0, maximumM: null, crop: 'none', scaling: 'none' } as const;

const TRIALS: { readonly [T in Task]: Trial<T> } = {
  segmentation: {
    channels: 1,
    protocols: [{ classes: 3, ignore: IGNORE_LABEL, taxonomy: 'three' }],
    classNames: ['wall', 'floor', 'chair'],
    prediction: single(fc.constantFrom(0, 1, 2, 3, IGNORE_LABEL)),
    target: single(fc.constantFrom(0, 1, 2, IGNORE_LABEL)),
    nothing: [IGNORE_LABEL],
    beside: (height, width) =>
      fc.record({
        open: fc.option(
          fc.record({
            labels: fc
              .array(fc.constantFrom(0, 1, 2, IGNORE_LABEL), { minLength: height * width, maxLength: height * width })
              .map((values) => ({ height, width, channels: 1, data: Uint8Array.from(values) })),
            sliceMass: fc.constantFrom(0.1, 0.3, 0.7, 1),
            isOwnLargest: fc.boolean(),
            slices: fc.constant('a 3, b 2'),
          }),
          { nil: undefined, freq: 12 },
        ),
      }),
    raster: (height, width, values) => ({ height, width, channels: 1, data: Uint8Array.from(values) }),
  },
  depth: {
    channels: 1,
    protocols: [
      { ...plainDepth, nonFinite: 'strict' },
      { ...plainDepth, nonFinite: 'abs-strict' },
      { ...plainDepth, minimumM: 1e-3, maximumM: 10, crop: 'garg', scaling: 'median', nonFinite: 'clamp' },
      { ...plainDepth, minimumM: 1e-3, maximumM: 10, nonFinite: 'abs-first' },
      { ...plainDepth, fill: 'devkit', nonFinite: 'strict' },
      ...SCALINGS.map((scaling) => ({ ...plainDepth, scaling, nonFinite: 'clamp' }) as const),
      ...SCALINGS.map((scaling) => ({ ...plainDepth, scaling, maximumM: 10, nonFinite: 'abs-strict' }) as const),
    ],
    prediction: single(fc.oneof({ weight: 9, arbitrary: depths }, badDepths)),
    target: single(fc.oneof({ weight: 4, arbitrary: depths }, fc.constant(Number.NaN))),
    nothing: [Number.NaN],
    raster: real(1),
  },
  normals: {
    channels: 3,
    protocols: [{ crop: 'none' }, { crop: 'garg' }],
    prediction: fc.oneof({ weight: 9, arbitrary: directions }, fc.constantFrom([0, 0, 0], [Number.NaN, 0, 0])),
    target: fc.oneof({ weight: 4, arbitrary: directions }, fc.constant([Number.NaN, Number.NaN, Number.NaN])),
    nothing: [Number.NaN, Number.NaN, Number.NaN],
    raster: real(3),
  },
};

const sizes = fc.record({ height: fc.integer({ min: 1, max: 5 }), width: fc.integer({ min: 1, max: 5 }) });

function imagesOf<T extends Task>(
  { prediction, target, raster, beside }: Trial<T>,
  options: { readonly withMasks: boolean },
): fc.Arbitrary<Image<T>> {
  return sizes.chain(({ height, width }) => {
    const pixels = { minLength: height * width, maxLength: height * width };
    const mask = fc.array(fc.constantFrom(0, 1, 255), pixels).map((values) => Uint8Array.from(values));
    return fc.record({
      prediction: fc.array(prediction, pixels).map((values) => raster(height, width, values.flat())),
      target: fc.array(target, pixels).map((values) => raster(height, width, values.flat())),
      mask: options.withMasks ? fc.option(mask, { nil: undefined }) : fc.constant(undefined),
      beside: beside?.(height, width) ?? fc.constant(undefined),
    });
  });
}

/** Images that a metric must pass over, each for another reason: nothing in the truth, or nothing inside the mask. */
function blanksOf<T extends Task>(trial: Trial<T>): fc.Arbitrary<Image<T>> {
  return fc.tuple(imagesOf(trial, { withMasks: false }), fc.boolean()).map(([image, byMask]) => {
    const { height, width } = image.target;
    if (byMask) return { ...image, mask: new Uint8Array(height * width) };
    const values = Array.from({ length: height * width }, () => trial.nothing).flat();
    return { ...image, target: trial.raster(height, width, values) };
  });
}

const pixelPooled = (figures: readonly Figure[]) => figures.filter(({ pooling }) => pooling === 'pixel');

/** The tallies may be walked once only: they stream from the journal. */
function* once<V>(values: readonly V[]): Generator<V> {
  yield* values;
}

function suiteOf<T extends Task>(task: T): void {
  const metric: Metric<T, unknown> = METRICS[task];
  const trial = TRIALS[task];
  const images = fc.array(imagesOf(trial, { withMasks: true }), { maxLength: 6 });
  const protocols = fc.constantFrom(...trial.protocols);
  const contextOf = (index: number, { mask, beside }: Image<T>): TallyContext => ({
    where: `image ${index}`,
    mask,
    ...beside,
  });
  const tallyOf = (protocol: TaskProtocols[T]) => (image: Image<T>, index: number) =>
    metric.tally(image.prediction, image.target, protocol, contextOf(index, image));
  const figuresOf = (tallies: readonly unknown[], protocol: TaskProtocols[T]) =>
    metric.figures(once(tallies), protocol, trial.classNames);

  it('makes tallies that a journal gives back as they were, of finite numbers', () => {
    fc.assert(
      fc.property(images, protocols, (some, protocol) => {
        const tallies = some.map(tallyOf(protocol));
        expect(throughJson(tallies)).toEqual(tallies);
        expect(numbersIn(tallies).every(Number.isFinite)).toBe(true);
        expect(figuresOf(throughJson(tallies), protocol)).toEqual(figuresOf(tallies, protocol));
      }),
    );
  });

  it('gives the same figures to the last digit however the images are split into shards', () => {
    const sharded = fc.array(fc.tuple(imagesOf(trial, { withMasks: true }), fc.nat({ max: 3 })), { maxLength: 8 });
    fc.assert(
      fc.property(sharded, protocols, (some, protocol) => {
        const whole = some.map(([image], index) => tallyOf(protocol)(image, index));
        const figures = figuresOf(whole, protocol);
        const inOrder: unknown[] = [];
        for (const shard of [3, 2, 1, 0]) {
          const own = some.flatMap(([image, of], index) => (of === shard ? [{ image, index }] : []));
          // Backwards, and read once on the way: neither the order of work nor a look at half of it may show.
          const tallies = own.reverse().map(({ image, index }) => {
            inOrder[index] = throughJson(tallyOf(protocol)(image, index));
            return inOrder[index];
          });
          figuresOf(tallies, protocol);
        }
        expect(inOrder).toEqual(whole);
        expect(figuresOf(inOrder, protocol)).toEqual(figures);
      }),
    );
  });

  it('changes no pixel-pooled value for an image without a counted pixel', () => {
    fc.assert(
      fc.property(images, blanksOf(trial), fc.nat(), protocols, (some, blank, at, protocol) => {
        const tallies = some.map(tallyOf(protocol));
        const withBlank = tallies.toSpliced(at % (some.length + 1), 0, tallyOf(protocol)(blank, some.length));
        expect(pixelPooled(figuresOf(withBlank, protocol))).toEqual(pixelPooled(figuresOf(tallies, protocol)));
      }),
    );
  });

  it('leaves every figure undefined, with a reason, where no pixel counts', () => {
    fc.assert(
      fc.property(fc.array(blanksOf(trial), { maxLength: 3 }), protocols, (blanks, protocol) => {
        const figures = figuresOf(blanks.map(tallyOf(protocol)), protocol);
        expect(figures.length).toBeGreaterThan(0);
        for (const { key, value, reason } of figures) {
          expect(value, key).toBeUndefined();
          expect(reason, key).toMatch(/\w/);
        }
      }),
    );
  });

  it('gives each figure a finite value or a reason, once, under a name of its task that reports know', () => {
    fc.assert(
      fc.property(images, protocols, (some, protocol) => {
        const figures = figuresOf(some.map(tallyOf(protocol)), protocol);
        const names = figures.map(({ key, pooling }) => `${key}@${pooling}`);
        expect(new Set(names).size).toBe(names.length);
        for (const { key, value, reason, pooling, unit } of figures) {
          expect(value === undefined ? reason : Number.isFinite(value), key).toBeTruthy();
          expect(value === undefined || reason === undefined, key).toBe(true);
          expect(key.startsWith(`${task}/`), key).toBe(true);
          // An unknown key would still be drawn, by its bare name and without a word of what it means.
          const { label, meaning } = headingOf(key, pooling, unit);
          expect(meaning, key).not.toBe('');
          expect(label, key).not.toContain(key);
        }
      }),
    );
  });

  it('gives each figure a fingerprint of its own', () => {
    const readings = readingsOf(task, [], trial.protocols[0], trial.classNames);
    expect(new Set(readings.map(({ protocol }) => protocol)).size).toBe(readings.length);
    expect(readings.map(({ protocol }) => protocol)).not.toContain(UNKNOWN_PROTOCOL);
  });
}

describe.each(TASKS)('metric of %s', suiteOf);
