import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodePng } from '../../src/formats/png.ts';
import { refinenet } from '../../src/network/index.ts';
import { SILENT } from '../../src/run/progress.ts';
import { recipeSchema } from '../../src/training/recipe.ts';
import { openSource } from '../../src/training/sources.ts';
import { CLASSES, HEIGHT, makeWorkspace, WIDTH } from '../helpers/workspace.ts';

describe('a data set that is learned from', () => {
  it('is counted by what is used of it: labels that a recipe leaves out do not even say what is rare', async () => {
    const root = makeWorkspace();
    const recipe = recipeSchema.parse({
      id: 'half',
      title: 'half of the labels',
      network: { classes: CLASSES, tasks: ['segmentation', 'depth'], width: 0.25, decoderWidth: 8 },
      data: [
        {
          id: join(root, 'datasets/tiny.yaml'),
          split: 'test',
          input: { width: WIDTH, height: HEIGHT },
          labelled: { segmentation: 0.5 },
        },
      ],
      images: 8,
    });
    const source = await openSource(recipe, refinenet(recipe.network), 0, {
      dataDirectory: join(root, 'data/tiny'),
      cacheDirectory: join(root, 'cache'),
      progress: SILENT,
      signal: new AbortController().signal,
    });
    try {
      const uses = source.source.uses.segmentation ?? [];
      expect(uses.filter(Boolean)).toHaveLength(3);
      const counts = new Float64Array(256);
      for (const [index, isUsed] of uses.entries())
        if (isUsed) {
          const path = join(root, `data/tiny/labels/frame-${String(index).padStart(3, '0')}.png`);
          for (const label of decodePng(readFileSync(path), path).data) if (label !== 255) counts[label]++;
        }
      expect(source.labelCounts).toEqual(counts);
      expect(Number.isFinite(source.meanLogDepth)).toBe(true);
    } finally {
      source.close();
    }
  });
});
