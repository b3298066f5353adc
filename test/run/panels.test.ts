import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import type { RunRecord } from '../../src/core/record.ts';
import type { Maps } from '../../src/core/tasks.ts';
import { pngToRgb } from '../../src/formats/image.ts';
import { decodePng } from '../../src/formats/png.ts';
import { PanelStore, readPanels } from '../../src/run/panels.ts';
import { labelColour } from '../../src/run/pictures.ts';
import { syntheticRecord } from '../helpers/record.ts';

const size = { height: 2, width: 3 };
const image = { ...size, channels: 3, data: Uint8Array.from({ length: 18 }, (_, i) => i) };
const truth: Maps = {
  segmentation: { ...size, channels: 1, data: Uint8Array.of(0, 1, 2, 255, 0, 1) },
  depth: { ...size, channels: 1, data: Float32Array.of(1, 2, 3, Number.NaN, 2, 5) },
};
const record = (...ids: string[]): Pick<RunRecord, 'entries'> => {
  const [measured, , reported] = syntheticRecord().entries;
  return { entries: [...ids.map((id) => ({ ...measured, id })), reported] };
};
const fresh = () => mkdtempSync(join(tmpdir(), 'densebench-panels-'));

function kept(samples: readonly string[], entries: readonly string[]): string {
  const run = fresh();
  const store = new PanelStore(run, samples);
  for (const sample of samples) {
    store.keepImage(sample, image);
    store.keepTruth(sample, truth);
    for (const entry of entries) store.keepPrediction(sample, entry, truth, truth);
  }
  return run;
}

describe('pictures of a run', () => {
  it('come back by sample, entry and task, in the order of the record', () => {
    const run = kept(['s2', 's1'], ['b', 'a']);
    const panels = readPanels(run, record('b', 'a'));
    expect(panels.map(({ sample }) => sample)).toEqual(['s1', 's2']);
    expect(panels[0].images.map(({ who, task }) => [who, task])).toEqual([
      ['image', undefined],
      ['truth', 'segmentation'],
      ['truth', 'depth'],
      ['b', 'segmentation'],
      ['b', 'depth'],
      ['a', 'segmentation'],
      ['a', 'depth'],
    ]);
  });

  it('are small PNG files with the pixels of the image and one colour for each class', () => {
    const [{ images }] = readPanels(kept(['s'], []), record());
    const pixels = (at: number) =>
      pngToRgb(decodePng(Buffer.from(images[at].pngBase64, 'base64'), 'picture'), 'picture').data;
    expect(pixels(0)).toEqual(image.data);
    expect([...pixels(1)]).toEqual([0, 1, 2, -1, 0, 1].flatMap((id) => (id < 0 ? [0, 0, 0] : labelColour(id))));
  });

  it('leave out entries that the record does not have, and half-written files', () => {
    const run = kept(['s'], ['gone']);
    writeFileSync(join(run, 'panels', 's', '.image.png.1.tmp'), 'torn');
    mkdirSync(join(run, 'panels', 'empty'));
    const panels = readPanels(run, record('here'));
    expect(panels).toHaveLength(1);
    expect(panels[0].images.map(({ who }) => who)).toEqual(['image', 'truth', 'truth']);
  });

  it('are none where the run kept none', () => {
    expect(readPanels(fresh(), record('a'))).toEqual([]);
    expect(readdirSync(kept([], ['a']))).toEqual([]);
  });

  it('are an error where one cannot be read', () => {
    const run = fresh();
    mkdirSync(join(run, 'panels', 's', 'image.png'), { recursive: true });
    expect(() => readPanels(run, record())).toThrow(ResourceError);
  });
});
