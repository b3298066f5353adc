import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { readNormals } from '../../src/formats/maps.ts';
import { decodeNormals } from '../../src/formats/normals.ts';
import {
  NORMALS_ENCODING_IDS,
  NORMALS_ENCODINGS,
  type NormalsEncodingId,
  normalsEncodingOf,
  normalsEncodingSchema,
} from '../../src/formats/normals-encoding.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { encodePng } from '../../src/formats/png.ts';
import type { Box } from '../../src/kernels/box.ts';
import { cropBox } from '../../src/metrics/crop.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

type Vector = readonly [number, number, number];
const encodingOption = '--target-encoding';

/** What each picture stores of a normal of the camera frame, written out from its description in prose. */
const COLOURS: Record<Exclude<NormalsEncodingId, 'plain'>, (normal: Vector) => Vector> = {
  authors: ([x, y, z]) => [(255 * (x + 1)) / 2, (255 * (z + 1)) / 2, (255 * (1 - y)) / 2],
  geonet: ([x, y, z]) => [(255 * (1 - x)) / 2, (255 * (1 - y)) / 2, (255 * (1 - z)) / 2],
  rgb: ([x, y, z]) => [(255 * (1 + x)) / 2, (255 * (1 - y)) / 2, (255 * (1 - z)) / 2],
};

const direction = fc
  .tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }))
  .map(([z, turn]): Vector => {
    const flat = Math.sqrt(1 - z * z);
    return [flat * Math.cos(turn), flat * Math.sin(turn), z];
  });

const angleDeg = (a: Vector, b: ArrayLike<number>) =>
  (Math.acos(Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])) * 180) / Math.PI;

const decode = (data: Uint8Array | Uint16Array | Float32Array, encoding: unknown, width = data.length / 3) =>
  decodeNormals(
    { height: 1, width, data },
    { encoding: normalsEncodingOf(normalsEncodingSchema.parse(encoding)), encodingOption },
    'n.png',
  );

describe('named encodings', () => {
  it.each(Object.keys(COLOURS) as (keyof typeof COLOURS)[])('%s: a picture of 8 bits gives the normal back', (id) => {
    fc.assert(
      fc.property(direction, (normal) => {
        const stored = Uint8Array.from(COLOURS[id](normal), Math.round);
        const { data } = decode(stored, id);
        expect(angleDeg(normal, data)).toBeLessThan(0.5);
        expect(Math.hypot(...data)).toBeCloseTo(1, 6);
      }),
    );
  });

  it('every one is described by its name alone, and its colour of none gives NaN', () => {
    for (const id of NORMALS_ENCODING_IDS) {
      const encoding = normalsEncodingOf(id);
      expect(encoding).toBe(NORMALS_ENCODINGS[id]);
      if (encoding.invalid) expect([...decode(Uint8Array.from(encoding.invalid), id).data]).toEqual([NaN, NaN, NaN]);
    }
  });

  it('a floor and the wall ahead, as colours that can be checked by eye', () => {
    const floor: Vector = [0, -1, 0];
    const wall: Vector = [0, 0, -1];
    for (const [id, colours] of Object.entries({
      authors: [
        [128, 128, 255],
        [128, 0, 128],
      ],
      geonet: [
        [128, 255, 128],
        [128, 128, 255],
      ],
      rgb: [
        [128, 255, 128],
        [128, 128, 255],
      ],
    }))
      for (const [k, want] of [floor, wall].entries())
        expect(angleDeg(want, decode(Uint8Array.from(colours[k]), id).data), `${id} ${k}`).toBeLessThan(0.5);
    // Only the sign of x tells these two apart.
    expect(decode(Uint8Array.of(255, 128, 128), 'rgb').data[0]).toBeCloseTo(1, 4);
    expect(decode(Uint8Array.of(255, 128, 128), 'geonet').data[0]).toBeCloseTo(-1, 4);
  });
});

describe('described encodings', () => {
  it('any axes, 16 bits, another zero', () => {
    const { data } = decode(Uint16Array.of(0, 32_768, 65_535), {
      axes: ['-z', 'x', 'y'],
      zero: 32_768,
      one: 65_535,
    });
    const half = Math.SQRT1_2;
    for (const [k, want] of [0, half, half].entries()) expect(data[k]).toBeCloseTo(want, 4);
  });

  it('floats that point away from the camera keep their lengths', () => {
    expect([...decode(Float32Array.of(0, 0.5, 2), { axes: ['-x', '-y', '-z'] }).data]).toEqual([-0, -0.5, -2]);
    expect([...decode(Float32Array.of(0, 0.5, 1), { axes: ['x', 'y', 'z'], zero: 0.5, one: 1 }).data]).toEqual([
      -1, 0, 1,
    ]);
  });

  it('what cannot be an encoding is refused with what can', () => {
    const names = 'authors, geonet, rgb';
    for (const [bad, message] of [
      ['authrs', names],
      [{ axes: ['x', 'y'] }, names],
      [{ axes: ['x', 'y', 'z'], scale: 2 }, '"scale"'],
      [{ axes: ['x', 'y', 'z'], invalid: [0, 0] }, names],
      [{ axes: ['x', '-x', 'z'] }, 'x, y and z must each appear once'],
      [{ axes: ['x', 'y', 'z'], zero: 1 }, 'zero and one must differ'],
    ] as const)
      expect(normalsEncodingSchema.safeParse(bad).error?.issues[0].message, JSON.stringify(bad)).toContain(message);
  });
});

describe('what a file cannot mean', () => {
  it('a vector without a direction is the zero vector', () => {
    expect([...decode(Uint8Array.of(128, 128, 128), 'rgb').data]).toEqual([0, 0, 0]);
  });

  it('whole numbers without an encoding, floats with one of pictures', () => {
    const stored = { height: 1, width: 1, data: Uint8Array.of(1, 2, 3) };
    expect(() => decodeNormals(stored, { encodingOption }, 'n.png')).toThrow(UsageError);
    expect(() => decodeNormals(stored, { encodingOption }, 'n.png')).toThrow(/n\.png.*--target-encoding.*authors/);
    expect(() => decode(Float32Array.of(0, 0, -1), 'authors')).toThrow(/floats.*--target-encoding.*255/);
  });

  it('a component beyond 1, with its place', () => {
    const two = Uint16Array.of(128, 128, 0, 400, 0, 0);
    expect(() => decode(two, 'rgb')).toThrow(ResourceError);
    expect(() => decode(two, 'rgb')).toThrow('(400, 0, 0) at row 0, column 1');
  });
});

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'densebench-normals-'));
  const png = (name: string, image: Parameters<typeof encodePng>[0]) => {
    writeFileSync(join(folder, name), encodePng(image));
    return join(folder, name);
  };
  const rules = { encoding: normalsEncodingOf('rgb'), encodingOption };

  it('RGB and RGBA', async () => {
    const rgb = png('rgb.png', { height: 1, width: 1, channels: 3, data: Uint8Array.of(128, 255, 128) });
    const rgba = png('rgba.png', { height: 1, width: 1, channels: 4, data: Uint8Array.of(128, 255, 128, 9) });
    expect((await readNormals(rgba, rules)).data).toEqual((await readNormals(rgb, rules)).data);
    expect((await readNormals(rgb, rules)).data[1]).toBeCloseTo(-1, 4);
  });

  it('grey is refused', async () => {
    const grey = png('grey.png', { height: 1, width: 1, channels: 1, data: Uint8Array.of(1) });
    await expect(readNormals(grey, rules)).rejects.toThrow(/grey\.png.*three channels/);
  });
});

const TRUTH = ['golden', 'datasets', 'authors_examples', 'norm_gt_000433.png'] as const;
const FORWARD = ['golden', 'forward', 'n40t3__nyud_000433'] as const;

describe("the authors' files", () => {
  const authors = { encoding: NORMALS_ENCODINGS.authors, encodingOption };

  it.skipIf(needsShared(...TRUTH).skip)(
    'truth: 67,755 pixels have none; nearly all others face the camera',
    async () => {
      const { height, width, data } = await readNormals(sharedPath(...TRUTH), authors);
      expect([height, width]).toEqual([480, 640]);
      let none = 0;
      let towards = 0;
      for (let i = 0; i < data.length; i += 3)
        if (Number.isNaN(data[i])) none++;
        else {
          expect(Math.hypot(data[i], data[i + 1], data[i + 2])).toBeCloseTo(1, 5);
          if (data[i + 2] < 0) towards++;
        }
      expect(none).toBe(67_755);
      // Nothing outside the valid box of NYUDv2's depth camera has a normal: `authors-nyud` needs no crop.
      const box = cropBox('nyu-valid', height, width) as Box;
      for (let i = 0; i < height * width; i++) {
        const [row, column] = [Math.floor(i / width), i % width];
        if (row >= box.top && row < box.bottom && column >= box.left && column < box.right) continue;
        if (!Number.isNaN(data[3 * i])) throw new Error(`a normal at row ${row}, column ${column}`);
      }
      expect(towards / (height * width - none)).toBeGreaterThan(0.95);
    },
  );

  it.skipIf(needsShared(...FORWARD).skip)('their picture of a prediction is their array on our axes', async () => {
    const picture = await readNormals(sharedPath(...FORWARD, 'normals_rgb.png'), authors);
    const channels = (await readNpy(sharedPath(...FORWARD, 'normals.npy'))).data as Float32Array;
    let compared = 0;
    for (let i = 0; i < channels.length; i += 3) {
      if (Number.isNaN(picture.data[i])) continue;
      compared++;
      // x, z, y of the camera frame.
      const wanted: Vector = [channels[i], channels[i + 2], channels[i + 1]];
      if (angleDeg(wanted, picture.data.subarray(i, i + 3)) > 1) throw new Error(`pixel ${i / 3}`);
    }
    expect(compared).toBeGreaterThan(0.99 * (channels.length / 3));
  });
});
