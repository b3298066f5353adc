import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../src/formats/file.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { decodePng } from '../../src/formats/png.ts';
import { resizePlanar } from '../../src/kernels/resize.ts';
import { upsampleArgmax } from '../../src/kernels/upsample-argmax.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

const FORWARD = ['golden', 'forward'] as const;

const png = async (folder: string, file: string) => {
  const path = sharedPath(...FORWARD, folder, file);
  return decodePng(await readBytes(path), path);
};
const npy = async (folder: string, file: string) => readNpy(sharedPath(...FORWARD, folder, file));

/** Label picture -> channels that it was chosen from; undefined = all. */
const LABELS: Record<string, [number, number] | undefined> = {
  'label.png': undefined,
  'label_nyud40.png': [0, 40],
  'label_kitti6.png': [40, 46],
};

describe.skipIf(needsShared(...FORWARD).skip)('post-processing of real outputs, against OpenCV and NumPy', () => {
  const folders = () =>
    readdirSync(sharedPath(...FORWARD), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);

  it('labels: not one pixel differs', async () => {
    let compared = 0;
    for (const folder of folders())
      for (const [file, range] of Object.entries(LABELS)) {
        if (!existsSync(sharedPath(...FORWARD, folder, file))) continue;
        const { data: want, height, width } = await png(folder, file);
        const { data, shape } = await npy(folder, 'raw_segm.npy');
        const [channels, h, w] = shape;
        const [first, end] = range ?? [0, channels];
        const logits = (data as Float32Array).subarray(first * h * w, end * h * w);
        const got = upsampleArgmax(logits, end - first, h, w, height, width, 'bicubic');
        let differing = 0;
        for (let i = 0; i < got.length; i++) if (got[i] !== want[i]) differing++;
        expect(differing, `${folder}/${file} of ${got.length} pixels`).toBe(0);
        compared++;
      }
    expect(compared).toBeGreaterThanOrEqual(11);
  });

  it('depth: |resized|', async () => {
    for (const folder of folders()) {
      const { data: want, shape: outer } = await npy(folder, 'depth.npy');
      const { data, shape } = await npy(folder, 'raw_depth.npy');
      const got = resizePlanar(data as Float32Array, 1, shape[1], shape[2], outer[0], outer[1], 'bicubic');
      let largest = 0;
      for (let i = 0; i < got.length; i++)
        largest = Math.max(largest, Math.abs(Math.abs(got[i]) - (want as Float32Array)[i]));
      expect(largest, folder).toBeLessThan(5e-5);
    }
  });
});
