import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import type { LabelArray, LabelRaster } from '../../src/core/raster.ts';
import { segmentation } from '../../src/metrics/segmentation.ts';
import { needsShared } from '../helpers/shared.ts';
import { goldenImages, goldenNumbers, relativeError } from './golden.ts';
import { numbersIn, read, throughJson } from './read.ts';

const protocolOf = (classes: number, ignore = 255) => ({ classes, ignore, taxonomy: 'test' });

const KEYS = {
  mIoU: 'miou_union_present',
  'mIoU:absent-one': 'miou_all_absent1',
  'mIoU:absent-zero': 'miou_all_absent0',
  'mIoU:truth-present': 'miou_gt_present',
  pixelAccuracy: 'pixel_accuracy',
  meanAccuracy: 'mean_accuracy_gt_present',
  fwIoU: 'fwiou',
} as const;

async function goldenFigures(name: string) {
  const numbers = goldenNumbers('segmentation', name);
  const protocol = protocolOf(numbers.num_classes);
  const tallies = (await goldenImages('segmentation', name)).map(({ prediction, target }, i) =>
    throughJson(segmentation.tally(prediction, target, protocol, { where: `${name} ${i}` })),
  );
  return { numbers, tallies, figures: segmentation.figures(tallies, protocol) };
}

describe.skipIf(needsShared('golden', 'metrics', 'segmentation').skip)('against scikit-learn and the authors', () => {
  it.each(['nyud40_large', 'kitti6', 'all_ignored_middle', 'perfect', 'constant_prediction', 'single_valid_pixel'])(
    '%s',
    async (name) => {
      const { numbers, figures } = await goldenFigures(name);
      const want = numbers.values_from_sklearn_cm;
      for (const [key, field] of Object.entries(KEYS)) {
        const got = read(figures, `segmentation/${key}`);
        expect(relativeError(got.value!, want[field]), `${key}: ${got.value} against ${want[field]}`).toBeLessThan(
          1e-12,
        );
        expect(got.count).toBe(want.n_valid);
      }
      (want.iou_per_class as (number | string)[]).forEach((iou, id) => {
        const got = read(figures, `segmentation/IoU:${id}`);
        if (typeof iou === 'string') expect(got.value, `class ${id}`).toBeUndefined();
        else expect(relativeError(got.value!, iou), `class ${id}`).toBeLessThan(1e-12);
      });
    },
  );

  it('the confusion matrix itself is exact', async () => {
    const { numbers, tallies } = await goldenFigures('kitti6');
    const cells = new Array(36).fill(0);
    for (const { confusion } of tallies) {
      let cell = 0;
      for (const entry of confusion) {
        if (entry < 0) cell -= entry;
        else cells[cell++] += entry;
      }
    }
    expect(cells).toEqual(numbers.confusion_matrix_rows_gt_cols_pred_sklearn.flat());
  });

  it('predictions outside the classes are wrong answers, not missing ones', async () => {
    const { numbers, figures } = await goldenFigures('prediction_out_of_range');
    const { accuracy_score: accuracy, jaccard_macro_all_labels_zero_division_0: jaccard } = numbers.sklearn;
    expect(relativeError(read(figures, 'segmentation/pixelAccuracy').value!, accuracy)).toBeLessThan(1e-12);
    expect(relativeError(read(figures, 'segmentation/mIoU').value!, jaccard)).toBeLessThan(1e-12);
    expect(read(figures, 'segmentation/outOfRange')).toMatchObject({ value: 150, count: 1750, better: 'lower' });
  });

  it('truth outside the classes is refused', async () => {
    await expect(goldenFigures('gt_out_of_range_not_255')).rejects.toThrow(ResourceError);
  });

  it('nothing valid: everything is undefined, with a reason', async () => {
    const { figures } = await goldenFigures('nothing_valid');
    for (const figure of figures) {
      expect(figure.value).toBeUndefined();
      expect(figure.reason).toContain('no counted pixel');
    }
  });
});

const C = 4;
const protocol = protocolOf(C);
const raster = (data: LabelArray, height = 1): LabelRaster => ({
  height,
  width: data.length / height,
  channels: 1,
  data,
});
const tallyOf = (truth: readonly number[], prediction: readonly number[], mask?: readonly number[]) =>
  throughJson(
    segmentation.tally(raster(Uint8Array.from(prediction)), raster(Uint8Array.from(truth)), protocol, {
      where: 'x',
      mask: mask && Uint8Array.from(mask),
    }),
  );

/** Short runs of few labels, so that runs of pixels and their ends are met. */
const pixel = fc.tuple(fc.constantFrom(0, 1, 2, 3, 255), fc.constantFrom(0, 1, 2, 3, 4, 255), fc.constantFrom(0, 1, 1));
const image = fc.array(pixel, { minLength: 1, maxLength: 30 });
const tallyImage = (pixels: readonly (readonly [number, number, number])[]) =>
  tallyOf(
    pixels.map(([t]) => t),
    pixels.map(([, p]) => p),
    pixels.map(([, , m]) => m),
  );

describe('laws', () => {
  it('a figure is what counting pixel by pixel gives', () => {
    fc.assert(
      fc.property(image, (pixels) => {
        const counted = pixels.filter(([t, , m]) => m !== 0 && t !== 255);
        const figures = segmentation.figures([tallyImage(pixels)], protocol);
        const right = counted.filter(([t, p]) => t === p).length;
        const accuracy = read(figures, 'segmentation/pixelAccuracy');
        expect(accuracy.value).toBe(counted.length ? right / counted.length : undefined);
        for (let c = 0; c < C; c++) {
          const union = counted.filter(([t, p]) => t === c || p === c).length;
          const both = counted.filter(([t, p]) => t === c && p === c).length;
          expect(read(figures, `segmentation/IoU:${c}`).value).toBe(union ? both / union : undefined);
        }
        const wild = counted.filter(([, p]) => p >= C).length;
        expect(read(figures, 'segmentation/outOfRange').value).toBe(counted.length ? wild : undefined);
      }),
    );
  });

  it('images in any order and side by side give one pass over all', () => {
    fc.assert(
      fc.property(fc.array(image, { minLength: 1, maxLength: 4 }), (images) => {
        const whole = segmentation.figures([tallyImage(images.flat())], protocol);
        const parts = images.map(tallyImage);
        expect(segmentation.figures(parts, protocol)).toEqual(whole);
        expect(segmentation.figures(parts.toReversed(), protocol)).toEqual(whole);
      }),
    );
  });

  it('an image without counted pixels changes nothing', () => {
    const one = tallyOf([0, 1, 2], [0, 2, 2]);
    const empty = tallyOf([255, 255], [0, 1]);
    expect(segmentation.figures([empty, one], protocol)).toEqual(segmentation.figures([one], protocol));
  });

  it('IoU does not care which side is the truth; accuracy of a class does', () => {
    const there = segmentation.figures([tallyOf([0, 0, 0, 1], [0, 1, 1, 1])], protocol);
    const back = segmentation.figures([tallyOf([0, 1, 1, 1], [0, 0, 0, 1])], protocol);
    expect(read(there, 'segmentation/mIoU').value).toBe(read(back, 'segmentation/mIoU').value);
    const lopsided = segmentation.figures([tallyOf([0, 0, 0, 0], [0, 1, 2, 0])], protocol);
    expect(read(lopsided, 'segmentation/meanAccuracy').value).toBe(0.5);
    expect(read(lopsided, 'segmentation/mIoU:truth-present').value).toBe(0.5);
    expect(read(lopsided, 'segmentation/mIoU').value).toBeCloseTo(0.5 / 3, 15);
    expect(read(lopsided, 'segmentation/mIoU:absent-zero').value).toBeCloseTo(0.5 / 4, 15);
    expect(read(lopsided, 'segmentation/mIoU:absent-one').value).toBeCloseTo(1.5 / 4, 15);
  });

  it('classes are named where names are known', () => {
    const figures = segmentation.figures([tallyOf([0], [0])], protocol, ['bed', 'wall']);
    expect(read(figures, 'segmentation/IoU:bed').value).toBe(1);
    expect(read(figures, 'segmentation/IoU:wall').reason).toContain('neither truth nor prediction');
    expect(read(figures, 'segmentation/IoU:2').value).toBeUndefined();
  });
});

describe('hostile input', () => {
  const tally = (truth: LabelRaster, prediction: LabelRaster, mask?: Uint8Array) =>
    segmentation.tally(prediction, truth, protocol, { where: 'room_1', mask });

  it('names a bad truth label with its place, unless masked out', () => {
    const truth = raster(Uint8Array.from([0, 0, 1, 255, 9, 9]), 2);
    const prediction = raster(new Uint8Array(6), 2);
    expect(() => tally(truth, prediction)).toThrow(/truth label 9 at row 1, column 1 of room_1/);
    expect(() => tally(truth, prediction, Uint8Array.of(1, 1, 1, 1, 0, 1))).toThrow(/row 1, column 2/);
    expect(tally(truth, prediction, Uint8Array.of(1, 1, 1, 1, 0, 0)).ignored).toBe(3);
    expect(() => tally(raster(Int32Array.of(-1)), raster(Int32Array.of(0)))).toThrow(/truth label -1/);
    expect(() => tally(raster(Int32Array.of(C)), raster(Int32Array.of(0)))).toThrow(/truth label 4/);
  });

  it('takes predictions of any size', () => {
    const wild = raster(Int32Array.of(-1, 2 ** 31 - 1, -(2 ** 31), 4, 3));
    const figures = segmentation.figures([tally(raster(new Uint8Array(5).fill(3)), wild)], protocol);
    expect(read(figures, 'segmentation/outOfRange').value).toBe(4);
    expect(read(figures, 'segmentation/pixelAccuracy').value).toBe(0.2);
  });

  it('the ignore label may be any number, also one of a class', () => {
    const zero = protocolOf(C, 0);
    const result = segmentation.tally(raster(Uint8Array.of(1, 1)), raster(Uint8Array.of(0, 1)), zero, { where: 'x' });
    expect(read(segmentation.figures([result], zero), 'segmentation/pixelAccuracy')).toMatchObject({
      value: 1,
      count: 1,
    });
  });

  it('refuses other sizes, channels and masks', () => {
    const two = raster(new Uint8Array(2));
    expect(() => tally(two, raster(new Uint8Array(3)))).toThrow(ResourceError);
    expect(() => tally(two, raster(new Uint8Array(2)), new Uint8Array(3))).toThrow(/mask/);
    expect(() => tally(two, { ...two, channels: 3, data: new Uint8Array(6) })).toThrow(/value\(s\) per pixel/);
  });

  it('tallies are small and finite', () => {
    const size = 640 * 480;
    const flat = raster(new Uint8Array(size).fill(2), 480);
    const result = tally(flat, flat);
    expect(JSON.stringify(result).length).toBeLessThan(100);
    expect(numbersIn(result).every(Number.isFinite)).toBe(true);
  });
});

describe('a network of several data sets', () => {
  const row = (...labels: number[]): LabelRaster => ({
    height: 1,
    width: labels.length,
    channels: 1,
    data: Uint8Array.from(labels),
  });
  const protocol = protocolOf(2);
  const tally = (
    truth: readonly number[],
    closed: readonly number[],
    open: readonly number[],
    sliceMass: number,
    isOwnLargest: boolean,
  ) =>
    segmentation.tally(row(...closed), row(...truth), protocol, {
      where: 'by hand',
      open: { labels: row(...open), sliceMass, isOwnLargest, slices: 'here 2, there 3' },
    });
  // Eight counted pixels. Closed: one of class 0 is taken for 1. Open: two more go to other data sets.
  const tallies = [
    tally([0, 0, 0, 0, 255], [0, 0, 0, 1, 0], [0, 0, 255, 1, 255], 0.75, true),
    tally([1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 255], 0.25, false),
  ];

  it('has open mIoU, gap, leak, slice mass and data set accuracy, as worked by hand', () => {
    const figures = segmentation.figures(tallies, protocol);
    const value = (name: string, pooling: 'pixel' | 'image' = 'pixel') =>
      read(figures, `segmentation/${name}`, pooling).value;
    expect(value('mIoU')).toBeCloseTo((3 / 4 + 4 / 5) / 2, 12);
    // Class 0: 2 right of 4, class 1: 3 right of 4 and one more predicted.
    expect(value('mIoU:open')).toBeCloseTo((2 / 4 + 3 / 5) / 2, 12);
    expect(value('gap')).toBeCloseTo(0.775 - 0.55, 12);
    expect(value('leak')).toBe(2 / 8);
    expect(value('pixelAccuracy:open')).toBe(5 / 8);
    expect(value('sliceMass', 'image')).toBe(0.5);
    expect(value('dataSetAccuracy', 'image')).toBe(0.5);
    expect(read(figures, 'segmentation/leak').count).toBe(8);
    expect(read(figures, 'segmentation/sliceMass', 'image').count).toBe(2);
  });

  it('changes no figure that a network of one data set has too', () => {
    const plain = segmentation.figures(
      tallies.map(({ open: _, ...closed }) => closed),
      protocol,
    );
    expect(segmentation.figures(tallies, protocol).slice(0, plain.length)).toEqual(plain);
    expect(plain.some(({ key }) => /open|gap|leak|slice|dataSet/.test(key))).toBe(false);
  });

  it('gives no open figure from some of the images alone', () => {
    const [first, { open: _, ...second }] = tallies;
    const leak = read(segmentation.figures([first, second], protocol), 'segmentation/leak');
    expect(leak.reason).toBe('1 of 2 images were tallied without the other channels');
  });
});
