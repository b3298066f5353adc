import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findModelCard, modelCardIds, modelCardSchema } from '../../src/backends/model-card.ts';
import { UsageError } from '../../src/core/errors.ts';

const work = mkdtempSync(join(tmpdir(), 'densebench-cards-'));
beforeAll(() => mkdirSync(join(work, 'models')));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const CARD = `id: mine
title: Mine
licence: MIT
onnx: mine.onnx
input: { width: 64, height: 48, mean: [0, 0, 0], std: [1, 1, 1] }
outputs:
  depth: { name: d, unit: m }
`;

function write(name: string, text: string): string {
  const path = join(work, 'models', `${name}.yaml`);
  writeFileSync(path, text);
  return path;
}

const failure = (text: string): string => {
  try {
    findModelCard(write('broken', text.replace('id: mine', 'id: broken')), work);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error('the card was accepted');
};

describe('model cards', () => {
  it('fills in what nearly every network shares', () => {
    write('mine', CARD);
    const { card, folder } = findModelCard('mine', work);
    expect(folder).toBe(join(work, 'models'));
    expect(card.input).toMatchObject({ layout: 'nchw', colourOrder: 'rgb', scale: 1 / 255 });
    expect(card.outputs.depth).toEqual({
      name: 'd',
      unit: 'm',
      kind: 'depth',
      activation: 'none',
      multiplier: 1,
      shift: 0,
      scale: 1,
      absolute: false,
    });
    expect(card.resize).toBe('bicubic');
  });

  it('finds cards by id in the working directory and the package, and by path', () => {
    const path = write('mine', CARD);
    expect(findModelCard(path, '/').card.id).toBe('mine');
    expect(findModelCard('./models/mine.yaml', work).card.id).toBe('mine');
    expect(modelCardIds(work)).toEqual(expect.arrayContaining(['mine', 'mt-lw-refinenet-nyud']));
    expect(() => findModelCard('mt-lw-refinenet-nyu', work)).toThrow('did you mean "mt-lw-refinenet-nyud"?');
  });

  it('refuses a card whose id is not its file name', () => {
    write('other', CARD);
    expect(() => findModelCard('other', work)).toThrow('its id is "mine"');
  });

  it.each([
    ['a misspelt key', CARD.replace('licence', 'license'), /broken\.yaml:3:1: unknown key "license".*"licence"/],
    ['a misspelt key inside', CARD.replace('width: 64', 'widht: 64'), /5:\d+: unknown key "widht".*"width"/],
    ['no weights at all', CARD.replace('onnx: mine.onnx\n', ''), /exactly one of onnx .* and network/],
    ['two sources of weights', `${CARD}network: { classes: 6 }\nweights: { seed: 1 }\n`, /exactly one of onnx/],
    ['a network without weights', CARD.replace('onnx: mine.onnx', 'network: { classes: 6 }'), /network needs weights/],
    [
      'a network without a size',
      CARD.replace('onnx: mine.onnx', 'network: { classes: 6 }\nweights: { seed: 1 }').replace(
        'width: 64, height: 48, ',
        '',
      ),
      /needs its input size/,
    ],
    ['half a size', CARD.replace('width: 64, ', ''), /width and height, or neither/],
    ['a zero std', CARD.replace('std: [1, 1, 1]', 'std: [1, 0, 1]'), /std must be above 0/],
    ['no output', CARD.replace('  depth: { name: d, unit: m }', '  {}'), /at least one output/],
    ['an unknown unit', CARD.replace('unit: m', 'unit: km'), /"km"/],
    ['a missing unit', CARD.replace(', unit: m', ''), /outputs\.depth\.unit/],
    [
      'an axis twice',
      CARD.replace('depth: { name: d, unit: m }', 'normals: { name: n, axes: [x, -x, z] }'),
      /each appear once/,
    ],
    [
      'a label map of another length',
      CARD.replace(
        'depth: { name: d, unit: m }',
        'segmentation: { name: s, channels: { first: 1, count: 2 }, labelMap: [0, 1, 2] }',
      ),
      /one id for each of the channels/,
    ],
    [
      'channels of labels',
      CARD.replace(
        'depth: { name: d, unit: m }',
        'segmentation: { name: s, kind: labels, channels: { first: 1, count: 2 } }',
      ),
      /channels is for kind: logits/,
    ],
    [
      'multiply-adds of no size',
      CARD.replace('width: 64, height: 48, ', '').concat('cost: { macs: 2 }\n'),
      /cost\.macs needs a fixed input size/,
    ],
    ['a disparity without its scale', CARD.replace('unit: m', 'unit: m, kind: disparity'), /needs scale: focal length/],
    ['a multiplier of 0', CARD.replace('unit: m', 'unit: m, multiplier: 0'), /leaves nothing/],
    ['an output without a name', CARD.replace('name: d, ', ''), /the name of the output, or its index/],
    ['an output named twice', CARD.replace('name: d', 'name: d, index: 0'), /the name of the output, or its index/],
    ['a stride of a fixed size', CARD.replace('height: 48', 'height: 48, stride: 32'), /stride is for images/],
    ['an empty cost', `${CARD}cost: {}\n`, /give params, macs or both/],
  ])('refuses %s', (_, text, message) => {
    expect(failure(text)).toMatch(message);
  });

  it('has a JSON schema for editors', () => {
    const schema = z.toJSONSchema(modelCardSchema, { io: 'input' }) as { properties: object; required: string[] };
    expect(Object.keys(schema.properties)).toContain('outputs');
    expect(schema.required).toEqual(['id', 'title', 'licence', 'input', 'outputs']);
  });
});
