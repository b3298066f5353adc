import { describe, expect, it } from 'vitest';
import { requireFittingOutputs } from '../../src/backends/check-outputs.ts';
import { namedOutputs } from '../../src/backends/model-card.ts';
import type { OutputCard } from '../../src/backends/network-predictor.ts';
import { readAs } from '../../src/backends/slices.ts';
import { ResourceError } from '../../src/core/errors.ts';
import { tinyCard } from './tiny-onnx.ts';

const NORM = { mean: [0, 0, 0], std: [1, 1, 1] };
const card = (outputs: Record<string, unknown>, layout = 'nchw'): OutputCard => {
  const model = tinyCard({ input: { ...NORM, layout }, outputs });
  return { ...model, outputs: namedOutputs(model.outputs, () => 'out') };
};
const check = (model: OutputCard, shape: (number | undefined)[], classCount?: number) => () =>
  requireFittingOutputs([{ name: 'out', shape }], model, classCount);

const segmentation = (fields = {}, layout?: string) => card({ segmentation: { name: 'out', ...fields } }, layout);
const depth = (layout?: string) => card({ depth: { name: 'out', unit: 'm' } }, layout);
const normals = card({ normals: { name: 'out', axes: ['x', 'y', 'z'] } });

describe('what the network states fits', () => {
  it.each([
    ['logits', segmentation(), [1, 40, 120, 160], 40],
    ['logits, channels last', segmentation({}, 'nhwc'), [1, 120, 160, 40], 40],
    ['some of the channels', segmentation({ channels: { first: 6, count: 40 } }), [1, 46, 120, 160], 40],
    [
      'slices, read as one of them',
      readAs(segmentation({ slices: { a: { first: 0, count: 40 }, b: { first: 40, count: 6 } } }), 'b'),
      [1, 46, 120, 160],
      6,
    ],
    ['mapped classes', segmentation({ labelMap: [3, 255, 0] }), [1, 3, 8, 8], 4],
    ['class ids', segmentation({ kind: 'labels' }), [1, 120, 160], 40],
    ['no segmentation in the data', segmentation(), [1, 40, 120, 160], undefined],
    ['depth with its channel', depth(), [1, 1, 120, 160], 40],
    ['depth without', depth(), [1, 120, 160], undefined],
    ['depth, channel last', depth('nhwc'), [1, 120, 160, 1], undefined],
    ['normals', normals, [undefined, 3, undefined, undefined], undefined],
    ['free channels', depth(), [1, undefined, undefined, undefined], undefined],
    ['a shape that is not stated', normals, [], undefined],
  ] as const)('%s', (_, model, shape, classes) => {
    expect(check(model, [...shape], classes)).not.toThrow();
  });
});

describe('what does not fit is refused with its place in the card', () => {
  it.each([
    [
      segmentation(),
      [1, 46, 120, 160],
      40,
      /outputs\.segmentation: .* 46 classes apart, the data set has 40; choose channels/,
    ],
    [segmentation(), [1, 13, 120, 160], 40, /13 classes apart/],
    [
      segmentation({ channels: { first: 10, count: 40 } }),
      [1, 46, 8, 8],
      40,
      /channels asks for 40 from channel 10 on/,
    ],
    [segmentation({ channels: { first: 0, count: 6 } }), [1, 46, 8, 8], 40, /6 classes apart, the data set has 40/],
    [segmentation({ labelMap: [0, 1] }), [1, 3, 8, 8], 3, /3 classes; outputs\.segmentation\.labelMap has 2 ids/],
    [segmentation({ labelMap: [0, 7, 255] }), [1, 3, 8, 8], 3, /labelMap: train id 7, .* 3 classes \(0\.\.2\)/],
    [segmentation({ kind: 'labels' }), [1, 40, 8, 8], 40, /40 channels; class ids have one.*kind: logits/],
    [
      depth(),
      [1, 3, 8, 8],
      undefined,
      /outputs\.depth: the network states \[1, 3, 8, 8\] for "out", 3 channels; depth has 1/,
    ],
    [depth(), [1, 120, 160, 1], undefined, /120 channels; depth has 1.*input\.layout/],
    [normals, [1, undefined, 160], undefined, /1 channels; normals has 3/],
    [normals, [4, 3, 8, 8], undefined, /states \[4, 3, 8, 8\].*a map is \[1, channels, height, width\]/],
    [depth(), [1, 1000], undefined, /a map is/],
    [
      card({ depth: { name: 'uot', unit: 'm' } }),
      [1, 1, 8, 8],
      undefined,
      /outputs\.depth\.name: .*did you mean "out"/,
    ],
  ] as const)('%#', (model, shape, classes, message) => {
    expect(check(model, [...shape], classes)).toThrow(ResourceError);
    expect(check(model, [...shape], classes)).toThrow(message);
  });
});
