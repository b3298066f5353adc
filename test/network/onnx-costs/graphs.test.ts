import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ResourceError, UsageError } from '../../../src/core/errors.ts';
import { type GraphProto, GraphProtoSchema } from '../../../src/formats/generated/onnx_pb.ts';
import { onnxCosts } from '../../../src/network/onnx-costs/index.ts';
import { knownOperators } from '../../../src/network/onnx-costs/rules/index.ts';
import { seededRandom } from '../../helpers/workspace.ts';
import { DataType, ints, type ModelParts, model, type NodeLine, scalar, tensor, valueInfo } from './build.ts';

const conv = (from: string, to: string, weights = 'w'): NodeLine => [
  'Conv',
  [from, weights],
  [to],
  { pads: [1, 1, 1, 1] },
];
const w = tensor([4, 4, 3, 3]);
const OPERATORS = [
  ...knownOperators(),
  'com.microsoft/Attention',
  'com.microsoft/MultiHeadAttention',
  'Constant',
  'Nothing',
];
const MACS = 4 * 6 * 8 * 36;
const x = [1, 4, 6, 8];

/** A branch of an If that makes one value from x of the graph around it. */
const branch = (op: string): GraphProto =>
  create(GraphProtoSchema, {
    name: 'branch',
    node: [{ opType: op, input: op === 'Conv' ? ['x', 'w'] : ['x'], output: ['inner'] }],
    output: [valueInfo('inner', undefined)],
  });

function withIf(op: string) {
  const built = model({
    inputs: { x, go: [] },
    inputTypes: { go: DataType.BOOL },
    stored: { w },
    nodes: [['If', ['go'], ['y']], conv('y', 'z')],
  });
  const [node] = built.graph!.node;
  node.attribute = ['then_branch', 'else_branch'].map((name) => ({
    ...model({ inputs: {}, nodes: [['Op', [], [], { [name]: 'x' }]] }).graph!.node[0].attribute[0],
    type: 5,
    g: branch(op),
  }));
  return built;
}

describe('sizes that the file leaves free', () => {
  const free: ModelParts = { inputs: { x: ['batch', 4, 'height', 'width'] }, stored: { w }, nodes: [conv('x', 'y')] };

  it('are asked for, never guessed', () => {
    const { macs, uncounted, peakActivationBytes, peakActivationUndefined, inputs } = onnxCosts(model(free));
    expect(macs).toBe(0);
    expect(uncounted).toEqual([
      {
        name: 'y',
        op: 'Conv',
        reason: 'input "x" is free along axes 2 and 3 ([batch, 4, height, width]); give its size',
      },
    ]);
    expect(peakActivationBytes).toBeUndefined();
    expect(peakActivationUndefined).toContain('input "x" is free');
    expect(inputs).toEqual([{ name: 'x', declared: ['batch', 4, 'height', 'width'], type: 'float32' }]);
  });

  it('are filled in', () => {
    expect(onnxCosts(model(free), { inputShapes: { x } })).toMatchObject({ macs: MACS, uncounted: [] });
    expect(onnxCosts(model(free), { inputShapes: { x: [2, 4, 6, 8] } }).macs).toBe(2 * MACS);
  });

  it('a free batch is one image', () => {
    const { macs, inputs } = onnxCosts(model({ ...free, inputs: { x: ['batch', 4, 6, 8] } }));
    expect(macs).toBe(MACS);
    expect(inputs[0].shape).toEqual(x);
  });

  it.each<[Record<string, number[]>, string]>([
    [{ y: x }, 'unknown input "y"'],
    [{ x: [1, 3, 6, 8] }, 'input "x": [1, 3, 6, 8] was asked for, the file takes [batch, 4, height, width]'],
    [{ x: [1, 4, 6] }, 'was asked for'],
    [{ x: [1, 4, 0, 8] }, 'was asked for'],
  ])('refuses %j', (inputShapes, message) => {
    const count = () => onnxCosts(model(free), { inputShapes });
    expect(count).toThrow(UsageError);
    expect(count).toThrow(message);
  });
});

describe('layers that cannot be counted', () => {
  it('operators of unknown domains are named, and declared shapes behind them are believed', () => {
    const parts: ModelParts = {
      inputs: { x },
      stored: { w },
      nodes: [['my.domain/Magic', ['x'], ['m']], conv('m', 'y')],
    };
    const unknown = {
      name: 'm',
      op: 'my.domain.Magic',
      reason: 'operator Magic of domain "my.domain" is not known here',
    };
    const blind = onnxCosts(model(parts));
    expect(blind.macs).toBe(0);
    expect(blind.uncounted.map(({ name }) => name)).toEqual(['m', 'y']);
    const declared = model(parts);
    declared.graph!.valueInfo.push(model({ inputs: { m: x }, nodes: [] }).graph!.input[0]);
    expect(onnxCosts(declared)).toMatchObject({ macs: MACS, uncounted: [unknown] });
  });

  it('branches with convolutions are named, branches without are not', () => {
    expect(onnxCosts(withIf('Conv')).uncounted).toEqual([
      { name: 'y', op: 'If', reason: expect.stringContaining('depends on values met when it runs') },
      { name: 'z', op: 'Conv', reason: expect.stringContaining('If') },
    ]);
    expect(onnxCosts(withIf('Relu')).uncounted.map(({ name }) => name)).toEqual(['z']);
  });

  it('shapes that depend on the image', () => {
    const nodes: NodeLine[] = [
      ['NonZero', ['x'], ['n']],
      ['Cast', ['n'], ['f'], { to: 1 }],
      ['MatMul', ['v', 'f'], ['y']],
    ];
    const { uncounted } = onnxCosts(model({ inputs: { x }, stored: { v: tensor([3, 4]) }, nodes }));
    expect(uncounted).toEqual([
      { name: 'y', op: 'MatMul', reason: 'the size of what NonZero gives depends on the image' },
    ]);
  });

  it('one layer that cannot be counted costs no other', () => {
    const nodes: NodeLine[] = [conv('x', 'a'), ['MatMul', ['a', 'bad'], ['b']], conv('a', 'y')];
    const { macs, uncounted } = onnxCosts(model({ inputs: { x }, stored: { w, bad: tensor([3, 3]) }, nodes }));
    expect(macs).toBe(2 * MACS);
    expect(uncounted).toEqual([{ name: 'b', op: 'MatMul', reason: 'a product of [1, 4, 6, 8] and [3, 3]' }]);
  });
});

describe('memory of activations', () => {
  const image = 4 * 6 * 8 * 4;

  it('a chain holds two tensors, a branch three', () => {
    expect(
      onnxCosts(
        model({
          inputs: { x },
          nodes: [
            ['Relu', ['x'], ['a']],
            ['Relu', ['a'], ['b']],
            ['Relu', ['b'], ['y']],
          ],
          outputs: ['y'],
        }),
      ).peakActivationBytes,
    ).toBe(2 * image);
    expect(
      onnxCosts(
        model({
          inputs: { x },
          nodes: [
            ['Relu', ['x'], ['a']],
            ['Tanh', ['a'], ['b']],
            ['Add', ['a', 'b'], ['y']],
          ],
          outputs: ['y'],
        }),
      ).peakActivationBytes,
    ).toBe(3 * image);
  });

  it('views are the memory that they look at, constants are no activations, outputs stay', () => {
    const stored = { s: ints(4, 48), w: tensor([1, 4, 6, 8]) };
    const nodes: NodeLine[] = [
      ['Relu', ['x'], ['a']],
      ['Reshape', ['a', 's'], ['v']],
      ['Reshape', ['v', 's'], ['u']],
      ['Exp', ['w'], ['k']],
      ['Add', ['a', 'k'], ['b']],
      ['Relu', ['u'], ['c']],
    ];
    expect(onnxCosts(model({ inputs: { x }, stored, nodes, outputs: ['c'] })).peakActivationBytes).toBe(2 * image);
    expect(onnxCosts(model({ inputs: { x }, stored, nodes, outputs: ['b', 'c'] })).peakActivationBytes).toBe(3 * image);
  });

  it('counts bytes of each type', () => {
    const nodes: NodeLine[] = [
      ['Cast', ['x'], ['h'], { to: DataType.FLOAT16 }],
      ['Relu', ['h'], ['y']],
    ];
    expect(onnxCosts(model({ inputs: { x }, nodes, outputs: ['y'] })).peakActivationBytes).toBe(image + image / 2);
  });
});

describe('parameters before folding', () => {
  const norm: NodeLine = ['BatchNormalization', ['a', 's', 's2', 'm', 'v'], ['y']];
  const stored = { w, s: tensor([4]), s2: tensor([4]), m: tensor([4]), v: tensor([4]) };

  it('are what a file states', () => {
    const stated = model({
      inputs: { x },
      stored: { w },
      nodes: [conv('x', 'y')],
      metadata: { 'densebench.params': '152' },
    });
    expect(onnxCosts(stated)).toMatchObject({ params: 152, storedParams: 144 });
  });

  it('are counted where normalisation still stands behind its convolution', () => {
    const { params, storedParams } = onnxCosts(model({ inputs: { x }, stored, nodes: [conv('x', 'a'), norm] }));
    expect({ params, storedParams }).toEqual({ params: 144 + 8, storedParams: 144 + 16 });
  });

  it('are undefined where it may have been folded away', () => {
    const folded = onnxCosts(model({ inputs: { x }, stored: { w }, nodes: [conv('x', 'y')] }));
    expect(folded.params).toBeUndefined();
    expect(folded.paramsUndefined).toContain('folded');
    const apart = onnxCosts(model({ inputs: { x }, stored, nodes: [conv('x', 'r'), ['Relu', ['r'], ['a']], norm] }));
    expect(apart.params).toBeUndefined();
  });

  it('shapes, limits and axes are no weights', () => {
    const { storedParams } = onnxCosts(
      model({
        inputs: { x },
        stored: {
          w,
          low: scalar(0),
          high: tensor([1], [6]),
          roi: tensor([0]),
          scales: tensor([4], [1, 1, 2, 2]),
          s: ints(1, -1),
        },
        nodes: [
          conv('x', 'a'),
          ['Clip', ['a', 'low', 'high'], ['b']],
          ['Resize', ['b', 'roi', 'scales'], ['c']],
          ['Reshape', ['c', 's'], ['y']],
        ],
      }),
    );
    expect(storedParams).toBe(144);
  });

  it('weights in Constant nodes and shared weights count once', () => {
    const nodes: NodeLine[] = [['Constant', [], ['k'], { value: w }], conv('x', 'a', 'k'), conv('a', 'y', 'k')];
    const { storedParams, weightBytes, layers, macs } = onnxCosts(model({ inputs: { x }, nodes }));
    expect({ storedParams, weightBytes, macs }).toEqual({ storedParams: 144, weightBytes: 576, macs: 2 * MACS });
    expect(layers.map(({ params }) => params)).toEqual([144, 0]);
  });
});

describe('hostile graphs', () => {
  it('circles and values that nothing makes are named', () => {
    const nodes: NodeLine[] = [conv('x', 'a'), ['Add', ['a', 'd'], ['c']], conv('c', 'd'), conv('ghost', 'y')];
    const { macs, uncounted } = onnxCosts(model({ inputs: { x }, stored: { w }, nodes }));
    expect(macs).toBe(MACS);
    expect(uncounted).toEqual([
      { name: 'y', op: 'Conv', reason: 'nothing makes "ghost"' },
      { name: 'd', op: 'Conv', reason: 'it lies on a circle, or behind one' },
    ]);
  });

  it('nodes in any order are counted', () => {
    const nodes: NodeLine[] = [conv('b', 'y'), conv('a', 'b'), conv('x', 'a')];
    expect(onnxCosts(model({ inputs: { x }, stored: { w }, nodes }))).toMatchObject({ macs: 3 * MACS, uncounted: [] });
  });

  it.each<[string, number[]]>([
    ['huge', [1, 4, 2 ** 31, 2 ** 31]],
    ['beyond exactness', [1, 4, 2 ** 53, 8]],
  ])('%s sizes end in words', (_, shape) => {
    const { macs, uncounted, peakActivationUndefined } = onnxCosts(
      model({ inputs: { x: shape }, stored: { w }, nodes: [conv('x', 'y')] }),
    );
    expect(macs).toBe(0);
    expect(uncounted[0].reason).toMatch(/more than 2\^53|a size of/);
    expect(peakActivationUndefined).toBeDefined();
  });

  it('a sum past 2^53 leaves out the layer that would pass it', () => {
    const side = 2 ** 18;
    const { macs, uncounted } = onnxCosts(
      model({
        inputs: { x: [1, 4, side, side] },
        stored: { w },
        nodes: Array.from({ length: 2000 }, (_, i) => conv('x', `y${i}`)),
      }),
    );
    const each = 144 * side * side;
    const fit = Math.floor(Number.MAX_SAFE_INTEGER / each);
    expect(macs).toBe(fit * each);
    expect(uncounted).toHaveLength(2000 - fit);
  });

  it('shapes that cannot be are named', () => {
    const stored = { s: ints(-5, 3), z: ints(0, -1), w };
    const nodes: NodeLine[] = [
      ['Reshape', ['x', 's'], ['a']],
      ['Reshape', ['x', 'z'], ['b']],
      ['MatMul', ['a', 'b'], ['y']],
    ];
    const { uncounted } = onnxCosts(model({ inputs: { x }, stored, nodes }));
    expect(uncounted.map(({ name }) => name)).toEqual(['y']);
    const broken = model({ inputs: { x }, stored: { w }, nodes: [conv('x', 'y')] });
    for (const dims of [
      [4n, -4n, 3n, 3n],
      [2n ** 40n, 2n ** 40n, 3n, 3n],
    ]) {
      broken.graph!.initializer[0].dims = dims;
      expect(() => onnxCosts(broken)).toThrow(ResourceError);
      expect(() => onnxCosts(broken)).toThrow('the stored tensor "w" has the impossible shape [');
    }
  });

  it('attributes of any kind and length are survived', () => {
    const nodes: NodeLine[] = [
      ['Conv', ['x', 'w'], ['a'], { strides: [0, 0] }],
      ['Conv', ['x', 'w'], ['b'], { pads: [-100, -100, -100, -100] }],
      ['Conv', ['x', 'w'], ['c'], { dilations: [2 ** 40, 1] }],
      ['Conv', ['x', 'w'], ['d'], { group: 0 }],
      ['Conv', ['x', 'w'], ['e'], { strides: [1] }],
      ['Transpose', ['x'], ['f'], { perm: [0, 0, 0, 0] }],
      ['Concat', ['x', 'x'], ['g'], { axis: 99 }],
      ['Split', ['x'], ['h', 'i'], { axis: -99 }],
      ['DepthToSpace', ['x'], ['j'], { blocksize: 3 }],
      ['Einsum', ['x', 'x'], ['k'], { equation: '...,...->...' }],
      ['Tile', ['x', 'big'], ['l']],
      ['Expand', ['x', 'deep'], ['m']],
      ['Range', ['zero', 'far', 'nought'], ['n']],
      ['Gemm', [], ['o']],
      ['Conv', ['f', 'w'], ['p']],
    ];
    const stored = {
      w,
      big: ints(2 ** 30, 2 ** 30, 2 ** 30, 1),
      deep: ints(...Array<number>(500).fill(1)),
      zero: scalar(0, DataType.INT64),
      far: scalar(2 ** 50, DataType.INT64),
      nought: scalar(0, DataType.INT64),
    };
    const { macs, uncounted } = onnxCosts(model({ inputs: { x }, stored, nodes }));
    expect(macs).toBe(0);
    expect(uncounted.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'e', 'k', 'o', 'p']);
    for (const { reason } of uncounted) expect(reason).not.toBe('');
  });

  it('any operator on any inputs with any attributes ends in words', () => {
    const random = seededRandom(11);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
    const numbers = [-(2 ** 40), -7, -1, 0, 1, 2, 3, 4, 7, 2 ** 31, 2 ** 52];
    const some = (most: number) => Array.from({ length: Math.floor(random() * most) }, () => pick(numbers));
    const stored = {
      w,
      empty: ints(),
      one: ints(1),
      two: ints(2, 3),
      four: ints(1, -1, 0, 4),
      pads: ints(0, 0, 1, 1, 0, 0, 2, 2),
      big: ints(2 ** 40, 2 ** 40),
      number: scalar(2, DataType.INT64),
      scales: tensor([4], [1, 1, 2, 0.5]),
      flat: tensor([4]),
      matrix: tensor([8, 4]),
    };
    const names = ['x', '', 'ghost', ...Object.keys(stored)];
    const attributes = 'kernel_shape strides pads dilations group axis axes perm keepdims to blocksize equation split'
      .concat(' num_outputs mode allowzero hidden_size q_num_heads kv_num_heads K N output_shape start end auto_pad')
      .split(' ');
    const values = [() => pick(numbers), () => some(6), () => pick(['', 'SAME_UPPER', 'ij,jk->ik', 'ij->']), () => w];
    for (let run = 0; run < 150; run++) {
      const nodes = Array.from({ length: 40 }, (_, i): NodeLine => {
        const inputs = Array.from({ length: Math.floor(random() * 5) }, () => pick([...names, `v${i - 1}`]));
        const given = Array.from({ length: Math.floor(random() * 4) }, () => [pick(attributes), pick(values)()]);
        return [pick(OPERATORS), inputs, [`v${i}`, `u${i}`], Object.fromEntries(given)];
      });
      const { macs, uncounted, layers } = onnxCosts(
        model({ inputs: { x }, stored, nodes, opset: pick([9, 11, 13, 18]) }),
      );
      expect(Number.isSafeInteger(macs) && macs >= 0).toBe(true);
      for (const { reason } of uncounted) expect(reason).not.toBe('');
      for (const { outputShape = [] } of layers)
        expect(outputShape.every((n) => Number.isSafeInteger(n) && n >= 0)).toBe(true);
    }
  });

  it('100,000 nodes, in order, backwards and all failing', () => {
    const chain = Array.from({ length: 100_000 }, (_, i): NodeLine => ['Relu', [`v${i}`], [`v${i + 1}`]]);
    const inputs = { v0: [1, 4, 6, 8] };
    for (const nodes of [chain, [...chain].reverse()]) {
      const { layers, peakActivationBytes } = onnxCosts(model({ inputs, nodes, outputs: ['v100000'] }));
      expect(layers).toHaveLength(100_000);
      expect(peakActivationBytes).toBe(2 * 768);
    }
    const failing = Array.from({ length: 100_000 }, (_, i): NodeLine => ['MatMul', ['v0', 'v0'], [`y${i}`]]);
    expect(onnxCosts(model({ inputs, nodes: failing, outputs: ['y0'] })).uncounted).toHaveLength(100_000);
  });
});
