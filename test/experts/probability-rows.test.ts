import { describe, expect, it } from 'vitest';
import { annotate } from '../../src/experts/annotate.ts';
import { classesOf } from '../../src/experts/expert.ts';
import { probabilityRows } from '../../src/experts/probability-rows.ts';
import { resizePlanar } from '../../src/kernels/resize.ts';
import { upsampleArgmax } from '../../src/kernels/upsample-argmax.ts';
import { seededRandom } from '../helpers/workspace.ts';

const random = seededRandom(17);
const noise = (length: number, scale = 6) => Float32Array.from({ length }, () => scale * (random() - 0.5));

interface Case {
  readonly channels: number;
  readonly h: number;
  readonly w: number;
  readonly height: number;
  readonly width: number;
  readonly kind: 'bicubic' | 'bilinear';
}

/** All rows of an image as one array: class, row, column. */
function allRows(source: Parameters<typeof probabilityRows>[0]): Float64Array {
  const { image, classes } = source;
  const rows = probabilityRows(source);
  const all = new Float64Array(classes * image.height * image.width);
  const out = new Float64Array(classes * image.width);
  for (let y = 0; y < image.height; y++) {
    rows(y, out);
    for (let c = 0; c < classes; c++)
      all.set(out.subarray(c * image.width, (c + 1) * image.width), (c * image.height + y) * image.width);
  }
  return all;
}

const identity = (count: number) => Array.from({ length: count }, (_, c) => c);
const plain = (logits: Float32Array, size: Case) => ({
  upsampling: { logits, ...size },
  image: { height: size.height, width: size.width },
  channels: { first: 0, count: size.channels },
  classOf: identity(size.channels),
  classes: size.channels,
  isMirrored: false,
});

/** The plain way: everything resized, then the softmax. */
function softmaxOf(logits: Float32Array, { channels, h, w, height, width, kind }: Case): Float64Array {
  const resized = resizePlanar(logits, channels, h, w, height, width, kind);
  const pixels = height * width;
  const all = new Float64Array(channels * pixels);
  for (let i = 0; i < pixels; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += Math.exp(resized[c * pixels + i]);
    for (let c = 0; c < channels; c++) all[c * pixels + i] = Math.exp(resized[c * pixels + i]) / sum;
  }
  return all;
}

const CASES: readonly Case[] = [
  { channels: 5, h: 6, w: 8, height: 24, width: 32, kind: 'bicubic' },
  { channels: 3, h: 5, w: 7, height: 13, width: 16, kind: 'bilinear' },
  { channels: 40, h: 9, w: 11, height: 9, width: 11, kind: 'bicubic' },
  { channels: 1, h: 2, w: 2, height: 8, width: 8, kind: 'bilinear' },
  { channels: 4, h: 30, w: 40, height: 12, width: 10, kind: 'bicubic' },
];

const close = (a: Float64Array, b: Float64Array) => {
  expect(a.length).toBe(b.length);
  expect(a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0)).toBeLessThan(1e-12);
};

describe('probabilities by rows', () => {
  it.each(CASES)('equal the softmax of the resized logits: %j', (size) => {
    const logits = noise(size.channels * size.h * size.w);
    close(allRows(plain(logits, size)), softmaxOf(logits, size));
  });

  it.each(CASES)('give the labels that a run predicts, pixel by pixel: %j', (size) => {
    const logits = noise(size.channels * size.h * size.w, 0.01);
    const source = plain(logits, size);
    const { labels } = annotate([{ rows: probabilityRows(source) }], source.image, identity(size.channels), []);
    const { channels, h, w, height, width, kind } = size;
    expect(labels.data).toEqual(upsampleArgmax(logits, channels, h, w, height, width, kind));
  });

  it('of a slice are its softmax alone', () => {
    const size = CASES[0];
    const logits = noise(size.channels * size.h * size.w);
    const channels = { first: 2, count: 2 };
    const own = logits.slice(2 * 48, 4 * 48);
    close(
      allRows({ ...plain(logits, size), channels, classOf: [0, 1], classes: 2 }),
      softmaxOf(own, { ...size, channels: 2 }),
    );
  });

  it('of a mirrored image come mirrored back, of a padded one cut', () => {
    const size = CASES[0];
    const logits = noise(size.channels * size.h * size.w);
    const image = { height: 21, width: 29 };
    const [straight, turned] = [false, true].map((isMirrored) =>
      allRows({ ...plain(logits, size), image, isMirrored }),
    );
    const whole = softmaxOf(logits, size);
    for (let c = 0; c < 5; c++)
      for (let y = 0; y < 21; y++)
        for (let x = 0; x < 29; x++) {
          expect(straight[(c * 21 + y) * 29 + x]).toBeCloseTo(whole[(c * 24 + y) * 32 + x], 12);
          expect(turned[(c * 21 + y) * 29 + 28 - x]).toBe(straight[(c * 21 + y) * 29 + x]);
        }
  });

  it('of channels that mean the same class are added up', () => {
    expect(classesOf(3, undefined)).toEqual({ classIds: [0, 1, 2], classOf: [0, 1, 2] });
    const { classIds, classOf } = classesOf(4, [7, 255, 2, 7]);
    expect({ classIds, classOf }).toEqual({ classIds: [2, 7, 255], classOf: [1, 2, 0, 1] });
    const size: Case = { channels: 4, h: 1, w: 1, height: 1, width: 1, kind: 'bilinear' };
    const source = { ...plain(Float32Array.of(1, 1.5, 0, 1), size), classOf, classes: 3 };
    const sum = 2 * Math.E + Math.exp(1.5) + 1;
    close(allRows(source), Float64Array.of(1 / sum, (2 * Math.E) / sum, Math.exp(1.5) / sum));
    // The two channels of class 7 outweigh the one of "none", which is larger than each.
    const { labels } = annotate([{ rows: probabilityRows(source) }], source.image, classIds, []);
    expect([...labels.data]).toEqual([7]);
  });

  it('of a network that has a softmax itself are what it says', () => {
    const size: Case = { channels: 3, h: 1, w: 2, height: 1, width: 2, kind: 'bilinear' };
    const shares = Float32Array.of(0.7, 0.1, 0.2, 0.1, 0.1, 0.8);
    const found = allRows(plain(shares, size));
    for (const [i, p] of found.entries()) expect(p).toBeCloseTo(shares[i], 6);
    // Within 0..1 but not adding up to 1: logits.
    const logits = Float32Array.of(0.7, 0.1, 0.2, 0.1, 0.2, 0.8);
    close(allRows(plain(logits, size)), softmaxOf(logits, size));
  });

  it('stay defined for logits that no exponential can hold', () => {
    const size: Case = { channels: 2, h: 1, w: 1, height: 1, width: 1, kind: 'bilinear' };
    expect([...allRows(plain(Float32Array.of(5000, 4000), size))]).toEqual([1, 0]);
    expect([...allRows(plain(Float32Array.of(-5000, -5000), size))]).toEqual([0.5, 0.5]);
  });
});

describe('annotations by several experts', () => {
  it('take the largest mean probability', () => {
    const size: Case = { channels: 2, h: 1, w: 1, height: 1, width: 1, kind: 'bilinear' };
    const rowsOf = (a: number, b: number) => probabilityRows(plain(Float32Array.of(Math.log(a), Math.log(b)), size));
    const opinions = [{ rows: rowsOf(0.55, 0.45) }, { rows: rowsOf(0.55, 0.45) }, { rows: rowsOf(0.1, 0.9) }];
    const { labels, scores } = annotate(opinions, size, [0, 1], ['max-probability', 'ensemble-vote']);
    expect([...labels.data]).toEqual([1]);
    expect(scores.get('max-probability')?.[0]).toBeCloseTo(0.6, 6);
    expect(scores.get('ensemble-vote')?.[0]).toBeCloseTo(1 / 3, 6);
  });
});
