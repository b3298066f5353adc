import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import {
  type CellTargets,
  type Change,
  changedPicture,
  changedTargets,
  drawChange,
  UNCHANGED,
} from '../../src/training/augment.ts';
import { NORMALS_UNIT, type StoredImage } from '../../src/training/image-store.ts';

const SIZE = { width: 40, height: 24 };
const AREA = SIZE.width * SIZE.height;
const PLAIN = { mean: [0, 0, 0], std: [1, 1, 1] };
/** A byte of a colour for each step to the right or down. */
const STEP = 6;

/** Red says the column, green the row; depth says both, 1 + column + 100 * row; the label is the row. */
const COORDINATES: StoredImage = {
  rgb: Uint8Array.from({ length: 3 * AREA }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return [STEP * (pixel % SIZE.width), STEP * Math.floor(pixel / SIZE.width), 7][i % 3];
  }),
  labels: Uint8Array.from({ length: AREA }, (_, i) => Math.floor(i / SIZE.width)),
  depth: Float32Array.from({ length: AREA }, (_, i) => 1 + (i % SIZE.width) + 100 * Math.floor(i / SIZE.width)),
  normals: Int16Array.from({ length: 3 * AREA }, (_, i) => Math.round(NORMALS_UNIT * [0.6, 0, -0.8][i % 3])),
};

const pictureOf = (image: Pick<StoredImage, 'rgb'>, change: Change, normalisation = PLAIN): Float32Array => {
  const out = new Float32Array(3 * AREA).fill(-9);
  changedPicture(image, SIZE, SIZE, change, normalisation, out);
  return out;
};

function targetsOf(image: StoredImage, change: Change, cells = SIZE, firstChannel = 0): CellTargets {
  const count = cells.width * cells.height;
  const out = {
    labels: new Uint8Array(count),
    logDepth: new Float32Array(count),
    normals: new Float32Array(3 * count),
  };
  changedTargets(image, SIZE, cells, change, firstChannel, out);
  return out;
}

describe('an image at half size', () => {
  it('has the means of four pixels, mirrored too', () => {
    const half = { width: SIZE.width / 2, height: SIZE.height / 2 };
    for (const flip of [false, true]) {
      const out = new Float32Array(3 * half.width * half.height).fill(-9);
      changedPicture(COORDINATES, SIZE, half, { ...UNCHANGED, flip }, PLAIN, out);
      for (let y = 0, i = 0; y < half.height; y++)
        for (let x = 0; x < half.width; x++, i += 3) {
          const column = flip ? half.width - 1 - x : x;
          expect(255 * out[i]).toBeCloseTo(STEP * (2 * column + 0.5), 3);
          expect(255 * out[i + 1]).toBeCloseTo(STEP * (2 * y + 0.5), 3);
        }
    }
  });
});

describe('an unchanged image', () => {
  it('is the image, normalised, and its truth', () => {
    const normalisation = { mean: [0.5, 0.25, 0], std: [0.5, 2, 1] };
    const picture = pictureOf(COORDINATES, UNCHANGED, normalisation);
    for (let i = 0; i < picture.length; i++)
      expect(picture[i]).toBeCloseTo(
        (COORDINATES.rgb[i] / 255 - normalisation.mean[i % 3]) / normalisation.std[i % 3],
        6,
      );
    const { labels, logDepth, normals } = targetsOf(COORDINATES, UNCHANGED);
    expect(labels).toEqual(COORDINATES.labels);
    for (let i = 0; i < AREA; i++) {
      expect(Math.exp(logDepth[i])).toBeCloseTo(COORDINATES.depth[i], 2);
      expect(Array.from(normals.subarray(3 * i, 3 * i + 3))).toEqual(
        [0.6, 0, -0.8].map((value) => expect.closeTo(value, 4)),
      );
    }
  });

  it('has its classes where the data set begins, and 255 and NaN for what is none', () => {
    const bare: StoredImage = {
      ...COORDINATES,
      labels: COORDINATES.labels.map((label) => (label === 3 ? 255 : label)),
      depth: COORDINATES.depth.map((depth, i) => (i % 2 ? Number.NaN : depth)),
      normals: COORDINATES.normals.map((value, i) => (Math.floor(i / 3) % 2 ? 0 : value)),
    };
    const { labels, logDepth, normals } = targetsOf(bare, UNCHANGED, SIZE, 40);
    for (let i = 0; i < AREA; i++) {
      expect(labels[i]).toBe(bare.labels[i] === 255 ? 255 : bare.labels[i] + 40);
      expect(Number.isNaN(logDepth[i])).toBe(i % 2 === 1);
      expect(Number.isNaN(normals[3 * i])).toBe(i % 2 === 1);
    }
  });

  // By hand: cells of 4 x 4 pixels have their centres between pixels 1 and 2; the pixel right of and below it counts.
  it('is seen at the centre of each coarser cell, also where the sizes do not divide', () => {
    const { logDepth } = targetsOf(COORDINATES, UNCHANGED, { width: 10, height: 6 });
    expect(Math.exp(logDepth[0])).toBeCloseTo(1 + 2 + 200, 2);
    expect(Math.exp(logDepth[59])).toBeCloseTo(1 + 38 + 2200, 1);
    const odd = targetsOf(COORDINATES, UNCHANGED, { width: 3, height: 1 });
    expect(Array.from(odd.logDepth, (value) => Math.round(Math.exp(value)))).toEqual(
      [1 + 6, 1 + 20, 1 + 33].map((x) => x + 1200),
    );
  });
});

describe('a flip', () => {
  const flip: Change = { ...UNCHANGED, flip: true };

  it('turns picture, labels, depth and the x of normals about the middle', () => {
    const picture = pictureOf(COORDINATES, flip);
    const { labels, logDepth, normals } = targetsOf(COORDINATES, flip);
    for (let y = 0; y < SIZE.height; y++)
      for (let x = 0; x < SIZE.width; x++) {
        const [at, from] = [y * SIZE.width + x, y * SIZE.width + SIZE.width - 1 - x];
        expect(picture[3 * at] * 255).toBeCloseTo(COORDINATES.rgb[3 * from], 3);
        expect(Math.exp(logDepth[at])).toBeCloseTo(COORDINATES.depth[from], 2);
        expect(labels[at]).toBe(y);
      }
    expect(Array.from(normals.subarray(0, 3))).toEqual([-0.6, 0, -0.8].map((value) => expect.closeTo(value, 4)));
  });

  it('twice is none', () => {
    const once = pictureOf(COORDINATES, flip);
    const turned: StoredImage = {
      rgb: Uint8Array.from(once, (value) => Math.round(value * 255)),
      ...asStored(targetsOf(COORDINATES, flip)),
    };
    expect(pictureOf(turned, flip)).toEqual(pictureOf(COORDINATES, UNCHANGED));
    const [twice, wanted] = [targetsOf(turned, flip), targetsOf(COORDINATES, UNCHANGED)];
    expect(twice.labels).toEqual(wanted.labels);
    for (let i = 0; i < AREA; i++) expect(twice.logDepth[i]).toBeCloseTo(wanted.logDepth[i], 5);
    for (let i = 0; i < 3 * AREA; i++) expect(twice.normals[i]).toBeCloseTo(wanted.normals[i], 4);
  });
});

function asStored({ labels, logDepth, normals }: CellTargets): Omit<StoredImage, 'rgb'> {
  return {
    labels,
    depth: logDepth.map(Math.exp),
    normals: Int16Array.from(normals, (value) => Math.round(value * NORMALS_UNIT)),
  };
}

describe('an enlarged crop', () => {
  const CHANGES: [string, Change][] = [
    ['2, whole pixels', { ...UNCHANGED, scale: 2, left: 7, top: 3 }],
    ['1.37 at odd places', { ...UNCHANGED, scale: 1.37, left: 5.21, top: 2.83 }],
    ['1.37, flipped', { ...UNCHANGED, scale: 1.37, left: 5.21, top: 2.83, flip: true }],
    ['0.7, out of the picture', { ...UNCHANGED, scale: 0.7, left: -6.3, top: -4.1 }],
    ['0.7, flipped', { ...UNCHANGED, scale: 0.7, left: -6.3, top: -4.1, flip: true }],
  ];

  it.each(CHANGES)('by %s: picture and truth show the same place', (_, change) => {
    const picture = pictureOf(COORDINATES, change);
    const { labels, logDepth } = targetsOf(COORDINATES, change);
    let inside = 0;
    for (let y = 0; y < SIZE.height; y++)
      for (let x = 0; x < SIZE.width; x++) {
        const at = y * SIZE.width + x;
        // Where the centre of the pixel lies in the original, by hand.
        const column = change.left + ((change.flip ? SIZE.width - 1 - x : x) + 0.5) / change.scale;
        const row = change.top + (y + 0.5) / change.scale;
        if (column < 0 || row < 0 || column > SIZE.width || row > SIZE.height) {
          expect([...picture.subarray(3 * at, 3 * at + 3), labels[at]]).toEqual([0, 0, 0, 255]);
          expect(logDepth[at]).toBeNaN();
          continue;
        }
        inside++;
        const clamp = (value: number, most: number) => Math.min(most, Math.max(0, value));
        expect((picture[3 * at] * 255) / STEP).toBeCloseTo(clamp(column - 0.5, SIZE.width - 1), 3);
        expect((picture[3 * at + 1] * 255) / STEP).toBeCloseTo(clamp(row - 0.5, SIZE.height - 1), 3);
        expect(labels[at]).toBe(Math.floor(row));
        // Seen larger is nearer.
        const depth = 1 + Math.floor(column) + 100 * Math.floor(row);
        expect(Math.exp(logDepth[at]) * change.scale).toBeCloseTo(depth, 1);
      }
    expect(inside).toBeGreaterThan(AREA / 3);
  });

  it('has the normals of the plane that its depths are', () => {
    const focal = 31;
    const [cx, cy] = [SIZE.width / 2, SIZE.height / 2];
    const plane = { normal: [0.3, -0.5, -Math.sqrt(1 - 0.34)], distance: -4 };
    /** n . P = d along the ray of a pixel. */
    const depthAt = (u: number, v: number) =>
      plane.distance / ((plane.normal[0] * (u - cx)) / focal + (plane.normal[1] * (v - cy)) / focal + plane.normal[2]);
    const image: StoredImage = {
      ...COORDINATES,
      depth: Float32Array.from({ length: AREA }, (_, i) =>
        depthAt((i % SIZE.width) + 0.5, Math.floor(i / SIZE.width) + 0.5),
      ),
      normals: Int16Array.from({ length: 3 * AREA }, (_, i) => Math.round(NORMALS_UNIT * plane.normal[i % 3])),
    };
    // About the principal point, in threes, so that centres of pixels fall on centres of pixels.
    const scale = 3;
    const change = { ...UNCHANGED, scale, left: cx - cx / scale, top: cy - cy / scale };
    const { logDepth, normals } = targetsOf(image, change);
    const pointAt = (x: number, y: number) => {
      const z = Math.exp(logDepth[y * SIZE.width + x]);
      return [((x + 0.5 - cx) * z) / focal, ((y + 0.5 - cy) * z) / focal, z];
    };
    // By hand: pixels 0, 3, .. of a row lie on centres of the original (13.5, ..), and rows 1, 4, .. (8.5, ..).
    const [a, b, c] = [
      [0, 1],
      [30, 1],
      [0, 19],
    ].map(([x, y]) => pointAt(x, y));
    const [u, v] = [b, c].map((point) => point.map((value, i) => value - a[i]));
    const cross = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    const length = Math.hypot(...cross) * Math.sign(-cross[2]);
    const wanted = cross.map((value) => value / length);
    expect(Array.from(normals.subarray(0, 3))).toEqual(wanted.map((value) => expect.closeTo(value, 3)));
    // It is another plane than before.
    expect(Math.abs(wanted[2] - plane.normal[2])).toBeGreaterThan(0.1);
  });
});

describe('a drawn change', () => {
  const OPTIONS = { flip: true, scale: [1, 1.5] as const, colour: 0.2 };

  it('is decided by its stream, and keeps the crop within the picture', () => {
    const scales = new Set<number>();
    let flips = 0;
    for (let seed = 0; seed < 200; seed++) {
      const change = drawChange(new Random(seed), SIZE, OPTIONS);
      const again = drawChange(new Random(seed), SIZE, OPTIONS);
      expect({ ...change, tone: change.tone.map((tone) => tone(100)) }).toEqual({
        ...again,
        tone: again.tone.map((tone) => tone(100)),
      });
      expect(change.scale).toBeGreaterThanOrEqual(1);
      expect(change.scale).toBeLessThan(1.5);
      expect(change.left).toBeGreaterThanOrEqual(0);
      expect(change.left + SIZE.width / change.scale).toBeLessThanOrEqual(SIZE.width + 1e-9);
      expect(change.top + SIZE.height / change.scale).toBeLessThanOrEqual(SIZE.height + 1e-9);
      for (const tone of change.tone)
        for (const byte of [0, 100, 255]) {
          expect(tone(byte)).toBeGreaterThanOrEqual(0);
          expect(tone(byte)).toBeLessThanOrEqual(255);
        }
      scales.add(change.scale);
      if (change.flip) flips++;
    }
    expect(scales.size).toBe(200);
    expect(flips).toBeGreaterThan(70);
    expect(flips).toBeLessThan(130);
  });

  it('is none where none is allowed', () => {
    const { tone, ...rest } = drawChange(new Random(3), SIZE, { flip: false, scale: [1, 1], colour: 0 });
    expect(rest).toEqual({ scale: 1, left: 0, top: 0, flip: false });
    expect(tone.map((each) => each(93))).toEqual([93, 93, 93]);
  });
});
