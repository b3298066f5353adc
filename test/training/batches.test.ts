import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import { drawBatch, Rounds, type TrainingSource } from '../../src/training/batches.ts';
import { ImageStore, NORMALS_UNIT, storedBytes, viewStored } from '../../src/training/image-store.ts';

const SIZE = { width: 8, height: 4 };
const GRID = { input: SIZE, cells: { width: 2, height: 1 } };
const COUNT = 5;
const NONE = { flip: false, scale: [1, 1] as [number, number], colour: 0 };
const SOME = { flip: true, scale: [1, 1.5] as [number, number], colour: 0.2 };
const OPTIONS = { seed: 1, augment: NONE, mean: [0, 0, 0], std: [1, 1, 1] };
const EVERYTHING = {
  segmentation: Array(COUNT).fill(true),
  depth: Array(COUNT).fill(true),
  normals: Array(COUNT).fill(true),
};

const folder = mkdtempSync(join(tmpdir(), 'densebench-batches-'));
const path = join(folder, 'images');
writeFileSync(path, Buffer.concat(Array.from({ length: COUNT }, (_, image) => record(image))));
const store = new ImageStore(path, { ...SIZE, count: COUNT });
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** Everything in it says which image it is; left and right differ. */
function record(image: number): Uint8Array {
  const bytes = new Uint8Array(storedBytes(SIZE));
  const stored = viewStored(bytes, SIZE);
  stored.rgb.forEach((_, i) => {
    stored.rgb[i] = 10 * image + (Math.floor(i / 3) % SIZE.width < 4 ? 0 : 100);
  });
  stored.labels.fill(image);
  stored.depth.fill(image + 1);
  stored.normals.forEach((_, i) => {
    stored.normals[i] = i % 3 === 2 ? -NORMALS_UNIT : 0;
  });
  return bytes;
}

const source = (changes: Partial<TrainingSource> = {}): TrainingSource => ({
  store,
  batch: 3,
  firstChannel: 0,
  uses: EVERYTHING,
  expertLabels: new Map(),
  ...changes,
});

/** Which images a batch holds, by the labels of its cells. */
const imagesOf = (labels: Uint8Array) => Array.from({ length: labels.length / 2 }, (_, i) => labels[2 * i]);

describe('rounds', () => {
  it('show each image once, each round in another order', () => {
    const rounds = new Rounds(40, 3);
    const [first, second] = [0, 1].map((round) => Array.from({ length: 40 }, (_, i) => rounds.at(40 * round + i)));
    for (const order of [first, second]) expect([...order].sort((a, b) => a - b)).toEqual([...Array(40).keys()]);
    expect(first).not.toEqual(second);
    expect(first).not.toEqual([...Array(40).keys()]);
  });

  it('are decided by seed and place, whichever was asked for before', () => {
    const [forwards, backwards, other] = [new Rounds(7, 3), new Rounds(7, 3), new Rounds(7, 4)];
    const places = [...Array(35).keys()];
    const order = places.map((place) => forwards.at(place));
    expect(
      places
        .toReversed()
        .map((place) => backwards.at(place))
        .toReversed(),
    ).toEqual(order);
    expect(places.map((place) => other.at(place))).not.toEqual(order);
  });
});

describe('batches', () => {
  it('go through all images before one comes again, across the ends of rounds', () => {
    const rounds = new Rounds(COUNT, 2);
    const seen = [...Array(5).keys()].flatMap((step) =>
      imagesOf(drawBatch(source(), rounds, GRID, step, OPTIONS).targets.labels),
    );
    for (const round of [0, 1, 2]) expect(seen.slice(5 * round, 5 * round + 5).sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('are equal for equal seeds and steps, and others for others', () => {
    const draw = (step: number, seed: number) =>
      drawBatch(source(), new Rounds(COUNT, 2), GRID, step, { ...OPTIONS, seed, augment: SOME });
    expect(draw(4, 1)).toEqual(draw(4, 1));
    expect(draw(4, 1).group.data).not.toEqual(draw(4, 2).group.data);
    expect(draw(4, 1).group.data).not.toEqual(draw(9, 1).group.data);
    // A round later the same images come with other changes.
    const rounds = new Rounds(1, 2);
    const one = source({ batch: 1 });
    const [now, later] = [0, 1].map((step) => drawBatch(one, rounds, GRID, step, { ...OPTIONS, augment: SOME }));
    expect(now.group.data).not.toEqual(later.group.data);
  });

  it('hold pictures and truth of the same image, slot by slot', () => {
    const { group, targets } = drawBatch(source(), new Rounds(COUNT, 2), GRID, 0, OPTIONS);
    expect(group).toMatchObject({ images: 3, ...SIZE });
    imagesOf(targets.labels).forEach((image, slot) => {
      const picture = group.data.subarray(96 * slot, 96 * (slot + 1));
      expect(picture[0] * 255).toBeCloseTo(10 * image, 3);
      expect(picture[95] * 255).toBeCloseTo(10 * image + 100, 3);
      expect(Math.exp(targets.logDepth[2 * slot])).toBeCloseTo(image + 1, 5);
      expect(Array.from(targets.normals.subarray(6 * slot, 6 * slot + 3)).map((v) => v + 0)).toEqual([0, 0, -1]);
    });
  });

  it('use of each image what the source says; experts fill labels that are not used', () => {
    const uses = { segmentation: [true, false, false, true, true], depth: Array(COUNT).fill(true) };
    const expertLabels = new Map([
      [1, new Uint8Array(32).fill(9)],
      // Truth wins.
      [3, new Uint8Array(32).fill(9)],
    ]);
    const all = source({ batch: COUNT, uses, expertLabels, firstChannel: 100 });
    const { targets } = drawBatch(all, new Rounds(COUNT, 2), GRID, 0, OPTIONS);
    expect(targets.normals.every(Number.isNaN)).toBe(true);
    const byImage = new Map<number, number>();
    for (let slot = 0; slot < COUNT; slot++)
      byImage.set(Math.round(Math.exp(targets.logDepth[2 * slot])) - 1, targets.labels[2 * slot]);
    expect([...byImage].sort(([a], [b]) => a - b)).toEqual([
      [0, 100],
      [1, 109],
      [2, 255],
      [3, 103],
      [4, 104],
    ]);
  });

  it('say so when the file of images was cut short', () => {
    const cut = join(folder, 'cut');
    writeFileSync(cut, record(0).subarray(0, 100));
    const short = new ImageStore(cut, { ...SIZE, count: 1 });
    try {
      expect(() => short.read(0)).toThrow(ResourceError);
      expect(() => short.read(0)).toThrow(/ends within image 0/);
    } finally {
      short.close();
    }
  });
});
