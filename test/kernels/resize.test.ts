import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../src/formats/npy.ts';
import { resizePlanar } from '../../src/kernels/resize.ts';
import { resizeRgb } from '../../src/kernels/resize-rgb.ts';
import type { ResizeKind } from '../../src/kernels/taps.ts';
import { upsampleArgmax, upsampleArgmaxOfSlice } from '../../src/kernels/upsample-argmax.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

const DIRECTORY = ['golden', 'metrics', 'resize'] as const;
const KINDS = [
  ['cubic', 'bicubic'],
  ['linear', 'bilinear'],
] as const;

interface Case {
  readonly case: string;
  readonly in_hw: [number, number];
  readonly out_hw: [number, number];
  readonly channels: number;
  readonly files?: Record<string, string>;
}

/** Largest difference and how many values were compared. */
function compare(got: ArrayLike<number>, want: ArrayLike<number>): number {
  expect(got.length).toBe(want.length);
  let largest = 0;
  for (let i = 0; i < want.length; i++) largest = Math.max(largest, Math.abs(got[i] - want[i]));
  return largest;
}

const floats = async (file: string) => (await readNpy(sharedPath(...DIRECTORY, file))).data as Float32Array;

const lacks = (file: string): boolean => needsShared(...DIRECTORY, file).skip;
const cases: readonly Case[] = lacks('index.json')
  ? []
  : JSON.parse(readFileSync(sharedPath(...DIRECTORY, 'index.json'), 'utf8')).cases;

describe('against OpenCV', () => {
  it.skipIf(cases.length === 0)('knows its cases', () => expect(cases.length).toBeGreaterThanOrEqual(8));

  describe.each(cases)('float32 $case', ({ case: id, in_hw, out_hw, channels, files }) => {
    it.skipIf(lacks(`${id}_in.npy`)).each(KINDS)('%s', async (name, kind) => {
      const raw = await readNpy(sharedPath(...DIRECTORY, `${id}_in.npy`));
      // Files with channels keep them last.
      const planar = toPlanar(raw.data as Float32Array, channels, raw.shape);
      const got = resizePlanar(planar, channels, ...in_hw, ...out_hw, kind);
      const file = files?.[name] ?? `${id}_cv2_${name}.npy`;
      const want = await readNpy(sharedPath(...DIRECTORY, file));
      const wanted = toPlanar(want.data as Float32Array, channels, want.shape);
      const compared = file.includes('rows_step9') ? everyNinthRow(got, ...out_hw) : got;
      expect(compare(compared, wanted)).toBeLessThan(5e-5);
    });
  });

  const photograph = it.skipIf(lacks('uint8_in.npy'));
  photograph.each(KINDS)('uint8 %s, within 1 of the fixed-point result', async (name, kind) => {
    const input = await readNpy(sharedPath(...DIRECTORY, 'uint8_in.npy'));
    const want = await readNpy(sharedPath(...DIRECTORY, `uint8_cv2_${name}.npy`));
    const [h, w] = input.shape;
    const [height, width] = want.shape;
    const got = resizeRgb(input.data as Uint8Array, h, w, height, width, kind);
    expect(compare(got, want.data as Uint8Array)).toBeLessThanOrEqual(1);
  });

  const logits = it.skipIf(lacks('c40_12x16_to_47x63_in.npy'));
  logits('upsampleArgmax gives the argmax of OpenCV`s own result', async () => {
    const raw = await readNpy(sharedPath(...DIRECTORY, 'c40_12x16_to_47x63_in.npy'));
    const planar = toPlanar(raw.data as Float32Array, 40, raw.shape);
    for (const [name, kind] of KINDS) {
      const want = await floats(`c40_12x16_to_47x63_cv2_${name}.npy`);
      const wantShape = (await readNpy(sharedPath(...DIRECTORY, `c40_12x16_to_47x63_cv2_${name}.npy`))).shape;
      const got = upsampleArgmax(planar, 40, 12, 16, 47, 63, kind);
      expect([...got]).toEqual([...argmax(toPlanar(want, 40, wantShape), 40, 47 * 63)]);
    }
  });
});

function toPlanar(data: Float32Array, channels: number, shape: readonly number[]): Float32Array {
  if (channels === 1 || shape[0] === channels) return data;
  expect(shape[2]).toBe(channels);
  const size = shape[0] * shape[1];
  const planar = new Float32Array(data.length);
  for (let i = 0; i < size; i++) for (let c = 0; c < channels; c++) planar[c * size + i] = data[i * channels + c];
  return planar;
}

function everyNinthRow(data: Float32Array, height: number, width: number): number[] {
  const rows: number[] = [];
  for (let row = 0; row < height; row += 9) rows.push(...data.subarray(row * width, (row + 1) * width));
  return rows;
}

function argmax(planar: Float32Array, channels: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => {
    let best = 0;
    for (let c = 1; c < channels; c++) if (planar[c * size + i] > planar[best * size + i]) best = c;
    return best;
  });
}

describe('laws', () => {
  const side = fc.integer({ min: 1, max: 9 });
  const out = fc.integer({ min: 1, max: 20 });
  const kind = fc.constantFrom<ResizeKind>('bicubic', 'bilinear');

  it('a constant stays a constant', () => {
    fc.assert(
      fc.property(side, side, out, out, kind, (h, w, height, width, k) => {
        const got = resizePlanar(new Float32Array(h * w).fill(3), 1, h, w, height, width, k);
        expect(got.length).toBe(height * width);
        for (const value of got) expect(value).toBeCloseTo(3, 5);
      }),
    );
  });

  it('mirrored input gives mirrored output', () => {
    fc.assert(
      fc.property(side, out, kind, fc.integer({ min: 1, max: 1e6 }), (w, width, k, seed) => {
        const row = Float32Array.from({ length: w }, (_, i) => ((seed * (i + 1)) % 101) / 10);
        const there = resizePlanar(row, 1, 1, w, 1, width, k);
        const back = resizePlanar(row.toReversed(), 1, 1, w, 1, width, k).toReversed();
        expect(compare(there, back)).toBeLessThan(1e-4);
      }),
    );
  });

  it('upsampleArgmaxOfSlice: closed is upsampleArgmax of the slice alone, open that of all channels', () => {
    fc.assert(
      fc.property(
        fc.tuple(side, side, out, out),
        kind,
        fc.tuple(...[0, 1, 0].map((min) => fc.integer({ min, max: 3 }))),
        fc.infiniteStream(fc.integer({ min: -2, max: 2 })),
        ([h, w, height, width], k, [lower, count, upper], stream) => {
          const channels = lower + count + upper;
          const logits = Float32Array.from({ length: channels * h * w }, () => stream.next().value as number);
          const upsampling = { logits, channels, h, w, height, width, kind: k };
          const { closed, open } = upsampleArgmaxOfSlice(upsampling, { first: lower, count }, 255);
          const slice = logits.subarray(lower * h * w, (lower + count) * h * w);
          expect(closed).toEqual(upsampleArgmax(slice, count, h, w, height, width, k));
          const all = upsampleArgmax(logits, channels, h, w, height, width, k);
          expect(open).toEqual(all.map((c) => (c >= lower && c < lower + count ? c - lower : 255)));
        },
      ),
    );
  });

  it('upsampleArgmax is the argmax of resizePlanar, inside its range of channels', () => {
    fc.assert(
      fc.property(
        side,
        side,
        out,
        out,
        kind,
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(fc.integer({ min: -8, max: 8 })),
        (h, w, height, width, k, channels, stream) => {
          const logits = Float32Array.from({ length: channels * h * w }, () => stream.next().value as number);
          const got = upsampleArgmax(logits, channels, h, w, height, width, k);
          const resized = resizePlanar(logits, channels, h, w, height, width, k);
          const size = height * width;
          for (let i = 0; i < size; i++) {
            const values = Array.from({ length: channels }, (_, c) => resized[c * size + i]);
            // Two roundings on the way may swap values that are equal up to them.
            expect(Math.max(...values) - values[got[i]]).toBeLessThan(1e-4);
          }
        },
      ),
    );
  });

  it('of equal channels the first wins, whatever rounding does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -9, max: 9, noNaN: true }), { minLength: 12, maxLength: 12 }),
        kind,
        (a, k) => {
          const twice = Float32Array.from([...a, ...a]);
          expect(Math.max(...upsampleArgmax(twice, 2, 3, 4, 11, 13, k))).toBe(0);
        },
      ),
    );
  });

  it('NaN is never the largest', () => {
    const logits = Float32Array.from([Number.NaN, Number.NaN, 0.3, 0.9, 0.3, 0.9]);
    expect([...upsampleArgmax(logits, 3, 1, 2, 5, 7, 'bicubic')]).toEqual(Array(35).fill(1));
    expect([...upsampleArgmax(logits, 3, 1, 2, 5, 7, 'bilinear')]).toEqual(Array(35).fill(1));
  });

  it('floats survive resizeRgb, bytes are limited to 0..255', () => {
    expect([...resizeRgb(Float32Array.from([0.5, -2, 300]), 1, 1, 2, 1)]).toEqual([0.5, -2, 300, 0.5, -2, 300]);
    const edge = Uint8Array.from([0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255]);
    const bytes = resizeRgb(edge, 1, 4, 1, 16, 'bicubic');
    expect(Math.min(...bytes)).toBe(0);
    expect(Math.max(...bytes)).toBe(255);
  });
});
