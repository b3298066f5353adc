import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from '../../src/core/canonical.ts';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { beginLabelLayer } from '../../src/datasets/label-layer-write.ts';
import { decodePng } from '../../src/formats/png.ts';
import { refinenet } from '../../src/network/index.ts';
import { SILENT } from '../../src/run/progress.ts';
import { usedTruth } from '../../src/training/batches.ts';
import { recipeSchema } from '../../src/training/recipe.ts';
import { type OpenSource, openSource } from '../../src/training/sources.ts';
import { CLASSES, HEIGHT, makeWorkspace, WIDTH } from '../helpers/workspace.ts';

const FRAMES = Array.from({ length: 6 }, (_, i) => `frame-${String(i).padStart(3, '0')}`);
const PIXELS = HEIGHT * WIDTH;

/** Opens six frames of noise as a recipe with these changes of its data, or of itself, does. */
async function opened<T>(root: string, data: object, look: (source: OpenSource) => T, changes: object = {}) {
  const recipe = recipeSchema.parse({
    id: 'half',
    title: 'half of the labels',
    network: { classes: CLASSES, tasks: ['segmentation', 'depth'], width: 0.25, decoderWidth: 8 },
    images: 8,
    ...changes,
    data: [
      {
        id: join(root, 'datasets/tiny.yaml'),
        split: 'test',
        input: { width: WIDTH, height: HEIGHT },
        ...data,
      },
    ],
  });
  const source = await openSource(recipe, refinenet(recipe.network), 0, {
    dataDirectory: join(root, 'data/tiny'),
    cacheDirectory: join(root, 'cache'),
    progress: SILENT,
    signal: new AbortController().signal,
  });
  try {
    return look(source);
  } finally {
    source.close();
  }
}

const truthOf = (root: string, index: number): Uint8Array => {
  const path = join(root, `data/tiny/labels/${FRAMES[index]}.png`);
  return decodePng(readFileSync(path), path).data as Uint8Array;
};

/** Surer from row to row. */
const SURE = Float64Array.from({ length: PIXELS }, (_, i) => Math.floor(i / WIDTH) / HEIGHT);

interface LayerChanges {
  readonly id?: string;
  readonly frames?: readonly string[];
  readonly taxonomy?: string;
  readonly classes?: number;
}

/** A layer that gives every pixel of a frame the same class; 255 in its left half where `isHalf`. */
function layer(root: string, name: string, label: number, isHalf = false, changes: LayerChanges = {}): string {
  const { id = 'tiny', frames = FRAMES, taxonomy = 'five', classes = CLASSES } = changes;
  const folder = join(root, 'labels', name);
  const begun = beginLabelLayer(folder, {
    densebench: '0.0.0',
    startedAt: '2026-01-01T00:00:00.000Z',
    experts: [
      {
        id: name,
        title: name,
        card: 'abc',
        backend: { id: 'onnxruntime-node', version: '1', device: 'cpu' },
        input: {},
        resize: 'bilinear',
      },
    ],
    taxonomy,
    classNames: Array.from({ length: classes }, (_, i) => `class ${i}`),
    data: {
      id,
      title: id,
      card: 'def',
      split: 'test',
      isSample: false,
      count: frames.length,
      sampleIdsSha256: sha256(canonicalJson(frames)),
    },
    scores: ['margin'],
  });
  const labels = Uint8Array.from({ length: PIXELS }, (_, i) => (isHalf && i % WIDTH < WIDTH / 2 ? 255 : label));
  for (const frame of frames)
    begun.write(frame, { height: HEIGHT, width: WIDTH, channels: 1, data: labels }, new Map([['margin', SURE]]));
  return folder;
}

describe('a data set that is learned from', () => {
  it('is counted by what is used of it: labels that a recipe leaves out do not even say what is rare', async () => {
    const root = makeWorkspace();
    await opened(root, { labelled: { segmentation: 0.5 } }, ({ source, labelCounts, meanLogDepth }) => {
      const uses = source.uses.segmentation ?? [];
      expect(uses.filter(Boolean)).toHaveLength(3);
      const counts = new Float64Array(256);
      for (const [index, isUsed] of uses.entries())
        if (isUsed) for (const label of truthOf(root, index)) if (label !== 255) counts[label]++;
      expect(labelCounts).toEqual(counts);
      expect(Number.isFinite(meanLogDepth)).toBe(true);
    });
  });

  it('takes of several layers the first that has a label, where its own truth has none or is not used', async () => {
    const root = makeWorkspace();
    const layers = [{ folder: layer(root, 'first', 1, true) }, { folder: layer(root, 'second', 4) }];
    await opened(root, { labelled: { segmentation: 0.5 }, layers }, ({ source }) => {
      for (let index = 0; index < FRAMES.length; index++) {
        const own = source.uses.segmentation?.[index] ? truthOf(root, index) : new Uint8Array(PIXELS).fill(255);
        const wanted = own.map((label, i) => (label !== 255 ? label : i % WIDTH < WIDTH / 2 ? 4 : 1));
        expect(usedTruth(source, index).labels).toEqual(wanted);
      }
    });
  });

  it('takes of a filtered layer what passes, and the next layer for the rest', async () => {
    const root = makeWorkspace();
    const filter = { score: 'margin', threshold: 0.5 };
    const layers = [{ folder: layer(root, 'first', 1), filter }, { folder: layer(root, 'second', 4) }];
    await opened(root, { labelled: { segmentation: 0.001 }, layers }, ({ source, taught }) => {
      const half = Math.floor(HEIGHT / 2);
      expect(usedTruth(source, 0).labels).toEqual(
        Uint8Array.from({ length: PIXELS }, (_, i) => (Math.floor(i / WIDTH) >= half ? 1 : 4)),
      );
      expect(taught).toMatchObject({
        labelled: { segmentation: 0.001 },
        layers: [{ experts: [{ id: 'first' }], filter }, { experts: [{ id: 'second' }] }],
      });
    });
  });

  it('draws the labelled images by the seed', async () => {
    const root = makeWorkspace();
    const chosen = (seed: number) =>
      opened(root, { labelled: { segmentation: 0.5 } }, ({ source }) => source.uses.segmentation, { seed });
    const all = await Promise.all([1, 2, 3, 4].map(chosen));
    expect(new Set(all.map((uses) => uses?.join())).size).toBeGreaterThan(1);
    expect(await chosen(1)).toEqual(all[0]);
  });

  it('without a segmentation of its own learns the classes of its layer, in the channels that are theirs', async () => {
    const root = makeWorkspace();
    const card = join(root, 'datasets/tiny.yaml');
    writeFileSync(card, readFileSync(card, 'utf8').replace(/segmentation: .*\n/, ''));
    const folder = layer(root, 'streets', 2, false, { taxonomy: 'streets', classes: 3 });
    const slices = { five: { first: 0, count: CLASSES }, streets: { first: CLASSES, count: 3 } };
    const network = { classes: CLASSES + 3, tasks: ['segmentation', 'depth'], width: 0.25, decoderWidth: 8 };
    const look = ({ source, labelCounts }: OpenSource) => {
      expect(source.firstChannel).toBe(CLASSES);
      expect(labelCounts[CLASSES + 2]).toBe(FRAMES.length * PIXELS);
    };
    await opened(root, { layers: [{ folder }] }, look, { slices, network });
    const other = layer(root, 'other', 0, false, { taxonomy: 'elsewhere', classes: 3 });
    await expect(opened(root, { layers: [{ folder: other }] }, look, { slices, network })).rejects.toThrow(/elsewhere/);
  });

  it.each<[string, LayerChanges, RegExp]>([
    ['of another data set whose samples have the same ids', { id: 'rooms' }, /labels rooms, split test.*over tiny/],
    ['of fewer images', { frames: FRAMES.slice(1) }, /had other images.*5, now 6/],
    ['of another class list', { taxonomy: 'six', classes: 6 }, /5 classes of "five".* 6 of "six"/],
  ])('refuses a layer %s', async (_, changes, message) => {
    const root = makeWorkspace();
    const folder = layer(root, 'wrong', 1, false, changes);
    const opening = opened(root, { layers: [{ folder }] }, () => undefined);
    await expect(opening).rejects.toThrow(UsageError);
    await expect(opening).rejects.toThrow(message);
  });

  it('refuses a layer that is not there', async () => {
    const root = makeWorkspace();
    await expect(opened(root, { layers: [{ folder: join(root, 'none') }] }, () => undefined)).rejects.toThrow(
      ResourceError,
    );
  });

  it('is another one for a training that goes on when its layer was made anew or filtered', async () => {
    const root = makeWorkspace();
    const identity = (layers: object[]) => opened(root, { layers }, (source) => source.identity);
    const folder = layer(root, 'first', 1);
    expect(await identity([{ folder }])).toBe(await identity([{ folder }]));
    expect(await identity([{ folder }])).not.toBe(await identity([]));
    const filter = { score: 'margin', threshold: 0.5 };
    expect(await identity([{ folder, filter }])).not.toBe(await identity([{ folder }]));
    expect(await identity([{ folder: layer(root, 'second', 1) }])).not.toBe(await identity([{ folder }]));
  });
});
