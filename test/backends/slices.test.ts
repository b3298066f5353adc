import { describe, expect, it } from 'vitest';
import { requireFittingOutputs } from '../../src/backends/check-outputs.ts';
import { modelCardSchema, namedOutputs } from '../../src/backends/model-card.ts';
import { networkPredictor } from '../../src/backends/network-predictor.ts';
import { readAs } from '../../src/backends/slices.ts';
import type { Runtime } from '../../src/core/predictor.ts';
import { halves } from './maps.ts';
import { tinyCard } from './tiny-onnx.ts';

const input = { mean: [0, 0, 0], std: [1, 1, 1] };
const slices = { nyud40: { first: 0, count: 2 }, kitti6: { first: 2, count: 1 }, third: { first: 4, count: 2 } };
const cardOf = (segmentation: object) => tinyCard({ input, outputs: { segmentation: { name: 's', ...segmentation } } });
const card = cardOf({ slices });
const named = { ...card, outputs: namedOutputs(card.outputs, () => 's') };

describe('slices of a card', () => {
  it('are chosen by the taxonomy of the data set', () => {
    for (const [name, slice] of Object.entries(slices))
      expect(readAs(named, name).outputs.segmentation?.channels).toEqual(slice);
    expect(readAs(named, undefined).outputs.segmentation?.channels).toEqual(slices.nyud40);
    const plain = { ...named, outputs: namedOutputs(cardOf({}).outputs, () => 's') };
    expect(readAs(plain, 'nyud13')).toBe(plain);
  });

  it('are named where the taxonomy is none of theirs', () => {
    expect(() => readAs(named, 'nyud13')).toThrow(
      'model tiny, outputs.segmentation.slices: none for the data set\'s taxonomy "nyud13", only for nyud40 and kitti6 and third',
    );
  });

  it('must all fit the network, and that of the data set its classes', () => {
    const check = (name: string, channels: number, classes: number) => () =>
      requireFittingOutputs([{ name: 's', shape: [1, channels, 1, 1] }], readAs(named, name), classes);
    expect(check('kitti6', 6, 1)).not.toThrow();
    expect(check('kitti6', 5, 1)).toThrow('slices.third asks for 2 from channel 4 on');
    expect(check('nyud40', 6, 40)).toThrow('tells 2 classes apart, the data set has 40');
  });

  it.each([
    [{ slices, channels: { first: 0, count: 1 } }, 'in place of channels and labelMap'],
    [{ slices, kind: 'labels' }, 'slices are for kind: logits'],
    [{ slices: {} }, 'name a taxonomy'],
    [{ slices: { ...slices, d: { first: 3, count: 2 } } }, 'the slices of d and third share a channel'],
  ])('%j is refused', (fields, message) => {
    const result = modelCardSchema.safeParse({ ...card, outputs: { segmentation: { name: 's', ...fields } } });
    expect(result.error?.issues[0].message).toContain(message);
  });
});

describe('a network with slices', () => {
  const logits = { data: Float32Array.of(1, 0, 5, 3, 2, 1), shape: [1, 6, 1, 1] };
  const runtime: Runtime = {
    card: { id: 'stub', version: '1', device: 'none', options: {} },
    inputs: [{ name: 'x', shape: [1, 3, undefined, undefined] }],
    outputs: [{ name: 's', shape: [1, 6, undefined, undefined] }],
    run: async () => ({ s: logits }),
    close: async () => {},
  };
  const predict = (taxonomy: string | undefined, wantsOpen?: boolean) =>
    networkPredictor({ runtime, card, taxonomy }).predict({
      id: 'a',
      image: async () => halves(1, 2, [0, 0, 0], [0, 0, 0]),
      wantsOpen,
    });

  it('gives the same labels whether or not the other channels are asked for', async () => {
    const [plain, asked] = [await predict('third'), await predict('third', true)];
    expect(plain.open).toBeUndefined();
    expect(asked.maps).toEqual(plain.maps);
    expect([...asked.open!.labels.data]).toEqual([255, 255]);
  });

  it('sees that the largest channel is that of its own data set', async () => {
    const { maps, open } = await predict('kitti6', true);
    expect([...maps.segmentation!.data]).toEqual([0, 0]);
    expect(open).toMatchObject({ isOwnLargest: true, labels: { height: 1, width: 2 } });
    const all = [...logits.data].map(Math.exp);
    expect(open!.sliceMass).toBeCloseTo(all[2] / all.reduce((a, b) => a + b), 12);
  });
});
