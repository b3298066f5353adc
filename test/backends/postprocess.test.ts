import { describe, expect, it } from 'vitest';
import { modelCardSchema } from '../../src/backends/model-card.ts';
import { planesOf, toDepth, toLabels, toNormals, toOpenLabels } from '../../src/backends/postprocess.ts';
import { ResourceError } from '../../src/core/errors.ts';

const outputs = (changes: object) =>
  modelCardSchema.parse({
    id: 'c',
    title: 'c',
    licence: 'MIT',
    onnx: 'c.onnx',
    input: { mean: [0, 0, 0], std: [1, 1, 1] },
    outputs: changes,
  }).outputs;
const segmentation = (changes: object = {}) => outputs({ segmentation: { name: 's', ...changes } }).segmentation!;
const depthOutput = (changes: object) => outputs({ depth: { name: 'd', unit: 'm', ...changes } }).depth!;
const normalsOutput = (axes: string[]) => outputs({ normals: { name: 'n', axes } }).normals!;

const planes = (channels: number, height: number, width: number, values: readonly number[]) => ({
  data: Float32Array.from(values),
  channels,
  height,
  width,
});
const W = 'output';

describe('planesOf', () => {
  it('takes channels first and channels last to the same planes', () => {
    const first = planesOf({ shape: [1, 2, 1, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }, 'nchw', W);
    const last = planesOf({ shape: [1, 1, 3, 2], data: Float32Array.of(1, 4, 2, 5, 3, 6) }, 'nhwc', W);
    expect(last).toEqual(first);
    expect(first).toMatchObject({ channels: 2, height: 1, width: 3 });
  });

  it('takes a map without a channel axis', () => {
    for (const layout of ['nchw', 'nhwc'] as const)
      expect(planesOf({ shape: [1, 2, 3], data: new Float32Array(6) }, layout, W)).toMatchObject({
        channels: 1,
        height: 2,
        width: 3,
      });
  });

  it.each([[[2, 1, 2, 3]], [[1, 6]], [[1, 1, 1, 2, 3]], [[1, 1, 2, 4]], [[1, 0, 2, 3]]])('refuses %j', (shape) => {
    const data = new Float32Array(shape.includes(0) ? 0 : shape[0] === 2 ? 12 : 6);
    expect(() => planesOf({ shape, data }, 'nchw', W)).toThrow(`shape [${shape.join(', ')}]`);
  });
});

describe('toLabels', () => {
  const size = { height: 1, width: 3 };
  const logits = planes(3, 1, 3, [5, 0, 0, /**/ 1, 2, 1, /**/ 0, 1, 1]);

  it('takes the largest channel, the lower on ties', () => {
    expect([...toLabels(logits, segmentation(), 'bicubic', size, W).data]).toEqual([0, 1, 1]);
  });

  it('chooses inside the channels of the card alone and counts from the first', () => {
    const output = segmentation({ channels: { first: 1, count: 2 } });
    expect([...toLabels(logits, output, 'bicubic', size, W).data]).toEqual([0, 0, 0]);
    const flipped = planes(3, 1, 3, [9, 9, 9, /**/ 1, 2, 1, /**/ 0, 3, 4]);
    expect([...toLabels(flipped, output, 'bicubic', size, W).data]).toEqual([0, 1, 1]);
  });

  it('translates classes by the label map', () => {
    const output = segmentation({ labelMap: [7, 255, 3] });
    expect([...toLabels(logits, output, 'bicubic', size, W).data]).toEqual([7, 255, 255]);
    expect(() => toLabels(logits, segmentation({ labelMap: [1, 2] }), 'bicubic', size, W)).toThrow('labelMap has 2');
  });

  it('chooses after the resize, not before', () => {
    // Between a strong 0 and a weak 1 the interpolated logits favour 0 beyond the half way that labels would give.
    const uneven = planes(2, 1, 2, [10, 0, /**/ 0, 1]);
    const { data } = toLabels(uneven, segmentation(), 'bilinear', { height: 1, width: 8 }, W);
    expect([...data].filter((label) => label === 0).length).toBe(6);
  });

  it('refuses logits that are not finite, naming channel, row and column', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const broken = planes(2, 2, 3, [0, 0, 0, 0, 0, 0, /**/ 0, 0, 0, 0, bad, 0]);
      const run = () => toLabels(broken, segmentation(), 'bicubic', { height: 4, width: 6 }, W);
      expect(run).toThrow(ResourceError);
      expect(run).toThrow(`logit ${bad} in channel 1, row 1, column 1`);
    }
  });

  it('does not mind bad logits outside the channels of the card', () => {
    const broken = planes(2, 1, 1, [Number.NaN, 1]);
    const output = segmentation({ channels: { first: 1, count: 1 } });
    expect([...toLabels(broken, output, 'bicubic', { height: 1, width: 1 }, W).data]).toEqual([0]);
  });

  it('refuses channels that the output does not have', () => {
    const output = segmentation({ channels: { first: 2, count: 2 } });
    expect(() => toLabels(logits, output, 'bicubic', size, W)).toThrow('3 channels; the card asks for 2');
  });

  it('resizes class ids by nearest neighbour, centres aligned', () => {
    const ids = planes(1, 1, 3, [4, 0, 9]);
    const output = segmentation({ kind: 'labels' });
    expect([...toLabels(ids, output, 'bicubic', { height: 2, width: 6 }, W).data]).toEqual([
      4, 4, 0, 0, 9, 9, 4, 4, 0, 0, 9, 9,
    ]);
    expect([...toLabels(ids, output, 'bicubic', { height: 1, width: 1 }, W).data]).toEqual([0]);
  });

  it.each([-1, 256, 1.5, Number.NaN])('refuses %d as a class id', (id) => {
    const run = () =>
      toLabels(planes(1, 1, 1, [id]), segmentation({ kind: 'labels' }), 'bicubic', { height: 1, width: 1 }, W);
    expect(run).toThrow(`${id} is no class id`);
  });

  it('refuses a class id that the label map lacks', () => {
    const output = segmentation({ kind: 'labels', labelMap: [1, 2] });
    expect(() => toLabels(planes(1, 1, 2, [0, 2]), output, 'bicubic', { height: 1, width: 2 }, W)).toThrow(
      'class 2 (row 0, column 1) is not in labelMap',
    );
  });
});

describe('toOpenLabels', () => {
  const size = { height: 1, width: 3 };
  const slices = { a: { first: 0, count: 1 }, b: { first: 1, count: 2 }, c: { first: 3, count: 1 } };
  const of = (name: keyof typeof slices) => ({ ...segmentation({ slices }), slices, channels: slices[name] });
  // Channels 0 (a), 1 and 2 (b), 3 (c), one row of three cells each.
  const logits = planes(4, 1, 3, [5, 0, 0, /**/ 1, 2, 1, /**/ 0, 1, 3, /**/ 4, 2, 0]);
  const read = (name: keyof typeof slices, image = size) => toOpenLabels(logits, of(name), 'bicubic', size, image, W);

  it('is toLabels of the slice, and of all channels with those of other slices as no class', () => {
    for (const name of ['a', 'b', 'c'] as const)
      expect(read(name).labels).toEqual(toLabels(logits, of(name), 'bicubic', size, W));
    expect([...read('a').open.labels.data]).toEqual([0, 255, 255]);
    expect([...read('b').open.labels.data]).toEqual([255, 0, 1]);
    // Channels 1 and 3 are both 2 in the middle: the lower wins.
    expect([...read('c').open.labels.data]).toEqual([255, 255, 255]);
  });

  it('says which slice has the largest log-sum-exp, and the mean share of the softmax', () => {
    const e = (name: keyof typeof slices) => {
      const cells = [0, 1, 2].map((cell) => [0, 1, 2, 3].map((c) => Math.exp(logits.data[3 * c + cell])));
      const { first, count } = slices[name];
      const share = cells.map((cell) => {
        const own = cell.slice(first, first + count);
        return [own.reduce((a, b) => a + b), cell.reduce((a, b) => a + b)];
      });
      return share.reduce((sum, [own, all]) => sum + own / all, 0) / 3;
    };
    for (const name of ['a', 'b', 'c'] as const) expect(read(name).open.sliceMass).toBeCloseTo(e(name), 12);
    // exp sums: a 150, b 36, c 63.
    expect((['a', 'b', 'c'] as const).map((name) => read(name).open.isOwnLargest)).toEqual([true, false, false]);
  });

  it('leaves cells of padding out', () => {
    const onlyFirst = read('c', { height: 1, width: 1 }).open.sliceMass;
    const [a, b, c, d] = [5, 1, 0, 4].map(Math.exp);
    expect(onlyFirst).toBeCloseTo(d / (a + b + c + d), 12);
  });

  it('fails on a logit that is not finite in any slice', () => {
    const broken = planes(4, 1, 3, [...logits.data.slice(0, 11), Number.NaN]);
    const run = () => toOpenLabels(broken, of('a'), 'bicubic', size, size, W);
    expect(run).toThrow('channel 3, row 0, column 2');
  });
});

describe('toDepth', () => {
  const size = { height: 1, width: 2 };
  const convert = (values: readonly number[], changes: object) => [
    ...toDepth(planes(1, 1, 2, values), depthOutput(changes), 'bicubic', size, W).data,
  ];

  it('gives metres', () => {
    expect(convert([1500, -250], { unit: 'mm' })).toEqual([1.5, -0.25]);
    expect(convert([15, 2], { unit: 'dm', scale: 10 })).toEqual([15, 2]);
    expect(convert([150, 20], { unit: 'cm' })).toEqual([1.5, Math.fround(0.2)]);
  });

  it('takes the absolute value only when the card says so, and first', () => {
    expect(convert([-2, 2], {})).toEqual([-2, 2]);
    expect(convert([-2, 2], { absolute: true })).toEqual([2, 2]);
    expect(convert([-2, 2], { absolute: true, kind: 'inverse-depth' })).toEqual([0.5, 0.5]);
  });

  it('inverts and exponentiates before the unit', () => {
    expect(convert([4, 0], { kind: 'inverse-depth', unit: 'dm' })).toEqual([
      Math.fround(0.025),
      Number.POSITIVE_INFINITY,
    ]);
    expect(convert([0, 1], { kind: 'log-depth', unit: 'cm' })).toEqual([Math.fround(0.01), Math.fround(Math.E / 100)]);
  });

  it('applies what the network left to be applied: absolute value, activation, multiplier and shift, in this order', () => {
    const one = (value: number, changes: object) => convert([value, 0], changes)[0];
    expect(one(0, { activation: 'sigmoid', multiplier: 10, shift: 1 })).toBe(6);
    expect(one(Math.log(3), { activation: 'sigmoid', multiplier: 8, shift: -1 })).toBe(5);
    expect(one(0, { activation: 'softplus' })).toBe(Math.fround(Math.LN2));
    expect([1000, -1000].map((value) => one(value, { activation: 'softplus' }))).toEqual([1000, 0]);
    expect([-3, 2].map((value) => one(value, { activation: 'relu', shift: 1 }))).toEqual([1, 3]);
    expect(one(-2, { activation: 'relu', absolute: true })).toBe(2);
    expect(one(0, { activation: 'tanh', multiplier: 5, shift: 5 })).toBe(5);
  });

  it('inverts a shifted and scaled disparity, as networks of bounded depth have it', () => {
    // Depth from 0.1 to 100 m: 1 / (0.01 + 9.99 sigmoid(x)).
    const bounded = { kind: 'inverse-depth', activation: 'sigmoid', multiplier: 9.99, shift: 0.01 };
    expect(convert([0, -1000], bounded)).toEqual([Math.fround(1 / 5.005), 100]);
    // Metres = 721.5 px x 0.54 m / disparity.
    expect(
      convert([38.961, 389.61], { kind: 'disparity', scale: 721.5 * 0.54 }).map((z) => Math.round(z * 1e4)),
    ).toEqual([100000, 10000]);
    // log10 z, and a network that gives 10 - z.
    expect(convert([2, 0], { kind: 'log-depth', multiplier: Math.LN10 }).map((z) => Math.round(z * 1e4) / 1e4)).toEqual(
      [100, 1],
    );
    expect(convert([4, 0], { multiplier: -1, shift: 10 })).toEqual([6, 10]);
  });

  it('hands NaN on, for the metric reports it', () => {
    expect(convert([Number.NaN, 3], { absolute: true })).toEqual([Number.NaN, 3]);
    for (const activation of ['sigmoid', 'softplus', 'relu', 'tanh'])
      expect(convert([Number.NaN, 3], { activation })[0]).toBeNaN();
  });

  it('resizes what the network gave, not its inverse', () => {
    const inverse = toDepth(
      planes(1, 1, 2, [1, 3]),
      depthOutput({ kind: 'inverse-depth' }),
      'bilinear',
      { height: 1, width: 4 },
      W,
    );
    expect([...inverse.data]).toEqual([1, 1 / 1.5, 1 / 2.5, 1 / 3].map(Math.fround));
  });

  it('refuses more than one channel', () => {
    expect(() => toDepth(planes(2, 1, 1, [1, 2]), depthOutput({}), 'bicubic', size, W)).toThrow(
      '2 channels; 1 expected',
    );
  });
});

describe('toNormals', () => {
  const one = { height: 1, width: 1 };
  const turn = (values: readonly number[], axes: string[]) => [
    ...toNormals(planes(3, 1, 1, values), normalsOutput(axes), 'bicubic', one, W).data,
  ];

  it('puts channels on their axes with their signs', () => {
    expect(turn([2, 0, 0], ['x', 'y', 'z'])).toEqual([1, 0, 0]);
    expect(turn([0, 3, 0], ['x', 'z', 'y'])).toEqual([0, 0, 1]);
    expect(turn([0, 3, 0], ['x', '-z', 'y'])).toEqual([0, 0, -1]);
    expect(turn([0, 0, 5], ['z', 'x', '-y'])).toEqual([0, -1, 0]);
  });

  it('takes pictures of normals, 0..1 for -1..1', () => {
    const output = outputs({ normals: { name: 'n', axes: ['x', 'y', '-z'], encoding: 'zero-to-one' } }).normals!;
    const { data } = toNormals(planes(3, 1, 1, [0.5, 0, 0.5]), output, 'bicubic', one, W);
    expect([...data].map((v) => v + 0)).toEqual([0, -1, 0]);
    expect([...toNormals(planes(3, 1, 1, [0.5, 0.5, 1]), output, 'bicubic', one, W).data].map((v) => v + 0)).toEqual([
      0, 0, -1,
    ]);
  });

  it('normalises after the resize', () => {
    const { data } = toNormals(
      planes(3, 1, 2, [1, 0, /**/ 0, 1, /**/ 0, 0]),
      normalsOutput(['x', 'y', 'z']),
      'bilinear',
      { height: 1, width: 4 },
      W,
    );
    for (let i = 0; i < 4; i++) expect(Math.hypot(...data.subarray(3 * i, 3 * i + 3))).toBeCloseTo(1, 6);
    expect(data[3]).toBeCloseTo(0.75 / Math.hypot(0.75, 0.25), 6);
  });

  it('leaves a zero vector zero, and NaN NaN', () => {
    expect(turn([0, 0, 0], ['x', 'y', 'z']).map(Math.abs)).toEqual([0, 0, 0]);
    expect(turn([0, Number.NaN, 1], ['x', 'y', 'z'])).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });
});
