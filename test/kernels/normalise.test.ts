import { describe, expect, it } from 'vitest';
import { readRgb } from '../../src/formats/image.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { normaliseToPlanar } from '../../src/kernels/normalise.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

const IMAGENET = {
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  colourOrder: 'rgb',
} as const;

const CASES = ['nano6t3__nyud_000433_crop71x53', 'tiny40t3__nyud_000464_crop33x47'];

describe.skipIf(needsShared('golden', 'forward').skip)('against the authors` own tensors', () => {
  it.each(CASES)('%s, bit for bit', async (folder) => {
    const { data, height, width } = await readRgb(sharedPath('golden', 'forward', folder, 'input.png'));
    const want = await readNpy(sharedPath('golden', 'forward', folder, 'input_tensor.npy'));
    const got = normaliseToPlanar(data, height, width, IMAGENET);
    expect(got.length).toBe(want.data.length);
    expect(got.every((value, i) => value === want.data[i])).toBe(true);
  });
});

describe('normaliseToPlanar', () => {
  it('is planar, in the order that the network wants', () => {
    const rgb = Uint8Array.from([1, 2, 3, 4, 5, 6]);
    const plain = { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] };
    expect([...normaliseToPlanar(rgb, 1, 2, { ...plain, colourOrder: 'rgb' })]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...normaliseToPlanar(rgb, 1, 2, { ...plain, colourOrder: 'bgr' })]).toEqual([3, 6, 2, 5, 1, 4]);
  });

  it('mean and std follow the network`s order', () => {
    const rgb = Uint8Array.from([10, 20, 30]);
    const options = { scale: 1, mean: [30, 20, 8], std: [1, 1, 2], colourOrder: 'bgr' } as const;
    expect([...normaliseToPlanar(rgb, 1, 1, options)]).toEqual([0, 0, 1]);
  });
});
