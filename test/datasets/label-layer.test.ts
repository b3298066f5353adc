import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import type { LabelRaster } from '../../src/core/raster.ts';
import { levelOf, openLabelLayer } from '../../src/datasets/label-layer.ts';
import type { LayerPlan } from '../../src/datasets/label-layer-provenance.ts';
import { beginLabelLayer } from '../../src/datasets/label-layer-write.ts';
import { maskUnsure, mergeLabels } from '../../src/datasets/merge-labels.ts';
import { decodePng, encodePng } from '../../src/formats/png.ts';

const PLAN: LayerPlan = {
  densebench: '0.0.0',
  startedAt: '2026-01-01T00:00:00.000Z',
  experts: [
    {
      id: 'teacher',
      title: 'a teacher',
      card: 'abc',
      weightsSha256: 'a'.repeat(64),
      backend: { id: 'onnxruntime-node', version: '1', device: 'cpu' },
      input: { width: 3, height: 2 },
      resize: 'bilinear',
    },
  ],
  taxonomy: 'three',
  classNames: ['a', 'b', 'c'],
  data: {
    id: 'tiny',
    title: 'tiny',
    card: 'def',
    split: 'train',
    isSample: false,
    count: 2,
    sampleIdsSha256: 'b'.repeat(64),
  },
  scores: ['margin', 'entropy'],
};

const size = { height: 2, width: 3, channels: 1 } as const;
const LABELS = { ...size, data: Uint8Array.of(0, 1, 2, 255, 0, 1) };
const MARGIN = Float64Array.of(0, 0.25, 0.5, 0.9, 0.899995, 1);
const maps = () =>
  new Map([
    ['margin', MARGIN],
    ['entropy', new Float64Array(6).fill(0.5)],
  ]);

function layer(): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'layer-')), 'deep', 'layer');
  beginLabelLayer(folder, PLAN).write('s1', LABELS, maps());
  return folder;
}
const data = async (labels: Promise<LabelRaster>) => [...(await labels).data];

describe('a label layer', () => {
  it('gives back what was written, unfiltered', async () => {
    const { labels, confidence, provenance } = await openLabelLayer(layer());
    expect(await labels('s1')).toEqual(LABELS);
    expect([...(await confidence('s1', 'margin')).data]).toEqual([0, 16384, 32768, 58982, 58981, 65535]);
    expect(provenance).toMatchObject({ ...PLAN, schema: 'densebench.label-layer/1', confidence: { one: 65535 } });
  });

  it('lies on disk as the page says: 8-bit labels, 16-bit confidence by score', () => {
    const folder = layer();
    expect(readdirSync(folder).sort()).toEqual(['confidence', 'labels', 'provenance.json']);
    expect(readdirSync(join(folder, 'confidence')).sort()).toEqual(['entropy', 'margin']);
    const read = (path: string) => decodePng(readFileSync(join(folder, path)), path);
    expect(read('labels/s1.png')).toMatchObject({ sampleBits: 8, channels: 1 });
    expect(read('confidence/margin/s1.png')).toMatchObject({ sampleBits: 16, channels: 1 });
  });

  it('masks what is below the threshold and keeps what reaches it', async () => {
    const { labels } = await openLabelLayer(layer());
    const filtered = (threshold: number) => data(labels('s1', { score: 'margin', threshold }));
    expect(await filtered(0)).toEqual([...LABELS.data]);
    expect(await filtered(0.25)).toEqual([255, 1, 2, 255, 0, 1]);
    expect(await filtered(0.9)).toEqual([255, 255, 255, 255, 255, 1]);
    expect(await filtered(1)).toEqual([255, 255, 255, 255, 255, 1]);
    expect(await data(labels('s1', { score: 'entropy', threshold: 0.5 }))).toEqual([...LABELS.data]);
  });

  it('a score that reaches a threshold is never masked, whatever the rounding', () => {
    for (let k = 0; k <= 3000; k++) expect(levelOf(k / 3000)).toBeGreaterThanOrEqual(levelOf(k / 3000 - 1e-9));
  });

  it.each([
    [{ score: 'margn', threshold: 0.5 }, 'did you mean "margin"'],
    [{ score: 'margin', threshold: 1.5 }, 'threshold 1.5 of margin; give one from 0 to 1'],
    [{ score: 'margin', threshold: Number.NaN }, 'threshold NaN'],
  ])('refuses the filter %j', async (filter, message) => {
    const { labels } = await openLabelLayer(layer());
    await expect(labels('s1', filter)).rejects.toThrow(UsageError);
    await expect(labels('s1', filter)).rejects.toThrow(message);
  });

  it('says which sample it does not have, and what to do', async () => {
    const { labels } = await openLabelLayer(layer());
    await expect(labels('s9')).rejects.toThrow(
      /s9\.png: not there\. Sample s9 is not in this label layer of tiny, split train: finish the layer/,
    );
  });

  it.each([
    ['labels/s1.png', Buffer.from('no picture'), /s1\.png/],
    ['labels/s1.png', encodePng({ height: 2, width: 3, channels: 3, data: new Uint8Array(18) }), /not a grey PNG/],
    [
      'labels/s1.png',
      encodePng({ ...size, data: Uint8Array.of(0, 0, 0, 0, 7, 0) }),
      /label 7 at row 1, column 1; valid are 0\.\.2 and 255/,
    ],
    ['labels/s1.png', encodePng({ ...size, data: new Uint16Array(6) }), /16-bit values are no labels/],
    ['confidence/margin/s1.png', encodePng({ ...size, data: new Uint8Array(6) }), /8 bits a value/],
    [
      'confidence/margin/s1.png',
      encodePng({ height: 1, width: 1, channels: 1, data: new Uint16Array(1) }),
      /1x1 \(height x width\), the labels are 2x3/,
    ],
  ])('refuses a damaged or foreign %s', async (path, bytes, message) => {
    const folder = layer();
    writeFileSync(join(folder, path), bytes);
    const { labels } = await openLabelLayer(folder);
    const read = () => labels('s1', { score: 'margin', threshold: 0.5 });
    await expect(read()).rejects.toThrow(ResourceError);
    await expect(read()).rejects.toThrow(message);
  });

  it.each([
    ['', /damaged \(.*\); delete/],
    ['{"schema": "densebench.label-layer/1"}', /damaged \(at "densebench"/],
    ['{"schema": "other"}', /damaged \(at "schema"/],
  ])('refuses the provenance %j', async (content, message) => {
    const folder = layer();
    writeFileSync(join(folder, 'provenance.json'), content);
    await expect(openLabelLayer(folder)).rejects.toThrow(message);
  });

  it('is not any folder', async () => {
    await expect(openLabelLayer(tmpdir())).rejects.toThrow(/no label layer \(no provenance.json\); make one with/);
  });
});

describe('writing a label layer', () => {
  it('goes on where it was made alike, by whichever version and whenever', () => {
    const folder = layer();
    const again = beginLabelLayer(folder, { ...PLAN, densebench: '9', startedAt: '2030-01-01T00:00:00.000Z' });
    expect(again.has('s1')).toBe(true);
    expect(again.has('s2')).toBe(false);
    expect(again.provenance.startedAt).toBe(PLAN.startedAt);
    rmSync(join(folder, 'confidence/entropy/s1.png'));
    expect(again.has('s1')).toBe(false);
  });

  it.each([
    [{ scores: ['margin'] }, 'scores differ'],
    [{ experts: [{ ...PLAN.experts[0], weightsSha256: 'c'.repeat(64) }] }, 'experts differ'],
    [{ data: { ...PLAN.data, split: 'test' }, taxonomy: 'four' }, 'taxonomy, data differ'],
  ])('refuses to mix with a layer that was made otherwise: %j', (change, message) => {
    const folder = layer();
    const before = readFileSync(join(folder, 'provenance.json'), 'utf8');
    expect(() => beginLabelLayer(folder, { ...PLAN, ...change })).toThrow(message);
    expect(readFileSync(join(folder, 'provenance.json'), 'utf8')).toBe(before);
  });

  it('refuses a folder of other things', () => {
    const folder = mkdtempSync(join(tmpdir(), 'layer-'));
    mkdirSync(join(folder, 'holiday'));
    expect(() => beginLabelLayer(folder, PLAN)).toThrow('holds other files (holiday)');
    expect(readdirSync(folder)).toEqual(['holiday']);
  });
});

describe('merging', () => {
  const truth = { ...size, data: Uint8Array.of(2, 255, 255, 255, 1, 255) };

  it('truth wins, the expert fills, a filter masks the expert alone', () => {
    expect([...mergeLabels(truth, LABELS, 's1').data]).toEqual([2, 1, 2, 255, 1, 1]);
    const masked = maskUnsure(LABELS, Uint16Array.from(MARGIN, levelOf), levelOf(0.5));
    expect([...mergeLabels(truth, masked, 's1').data]).toEqual([2, 255, 2, 255, 1, 1]);
    expect([...truth.data]).toEqual([2, 255, 255, 255, 1, 255]);
  });

  it('laws: complete truth stays; nothing merged with the expert is the expert; twice is once', () => {
    const full = { ...size, data: new Uint8Array(6).fill(1) };
    const none = { ...size, data: new Uint8Array(6).fill(255) };
    expect(mergeLabels(full, LABELS, 's')).toEqual(full);
    expect(mergeLabels(none, LABELS, 's')).toEqual(LABELS);
    const once = mergeLabels(truth, LABELS, 's');
    expect(mergeLabels(once, LABELS, 's')).toEqual(once);
  });

  it('refuses another size', () => {
    const other = { height: 3, width: 2, channels: 1, data: new Uint8Array(6) };
    expect(() => mergeLabels(truth, other, 'sample s1')).toThrow(/^sample s1: .*3x2.*2x3/);
  });
});
