import { describe, expect, it } from 'vitest';
import { planGraph } from '../../../src/backends/tfjs/plan.ts';
import { ResourceError } from '../../../src/core/errors.ts';
import { TensorProto_DataType as DataType } from '../../../src/formats/generated/onnx_pb.ts';
import { decodeOnnx } from '../../../src/formats/onnx.ts';
import { bytes, int, ints, modelOf, node, numbers, text, weights } from '../onnx-case.ts';

const IMAGE = { x: [1, 3, 4, 4] };
type Model = Partial<Parameters<typeof modelOf>[0]> & Pick<Parameters<typeof modelOf>[0], 'nodes'>;

const plan = (model: Model) =>
  planGraph(decodeOnnx(modelOf({ inputs: IMAGE, outputs: { y: undefined }, ...model }), 'a.onnx'), 'a.onnx');
const words = (steps: readonly { words: string }[]) => steps.map((step) => step.words);

function refusal(model: Model): ResourceError {
  try {
    plan(model);
  } catch (error) {
    expect(error).toBeInstanceOf(ResourceError);
    return error as ResourceError;
  }
  throw new Error('it was planned');
}

describe('the plan of a graph', () => {
  it('turns the axes of the image and of the outputs, and nothing in between', () => {
    const { run, prepare, kept } = plan({
      nodes: [
        node('Conv', ['x', 'w1'], ['a'], int('group', 1)),
        node('Sigmoid', ['a'], ['b']),
        node('Add', ['a', 'b'], ['c']),
        node('Conv', ['c', 'w2'], ['y']),
      ],
      stored: [weights('w1', [3, 3, 1, 1]), weights('w2', [2, 3, 1, 1])],
    });
    expect(words(run)).toEqual([
      'Conv node "Conv a"',
      'Conv node "Conv a"',
      'Sigmoid node "Sigmoid b"',
      'Add node "Add c"',
      'Conv node "Conv y"',
      'output "y"',
    ]);
    // Each filter is turned once, when the model is opened.
    expect(words(prepare)).toEqual(['Conv node "Conv a"', 'Conv node "Conv y"']);
    expect(kept.length).toBe(2);
  });

  it('computes what depends on constants alone when it is opened', () => {
    const { run, prepare } = plan({
      nodes: [
        node('Cast', ['h'], ['f'], int('to', 1)),
        node('DequantizeLinear', ['q', 's'], ['d']),
        node('Mul', ['f', 'd'], ['m']),
        node('Add', ['x', 'm'], ['y']),
      ],
      stored: [numbers('h', [4], [1, 2, 3, 4]), bytes('q', [4], [1, -2, 3, -4]), numbers('s', [], [0.5])],
    });
    expect(words(run)).toEqual(['Add node "Add y"']);
    expect(words(prepare)).toContain('Mul node "Mul m"');
  });

  it('lets a convolution apply the ReLU that follows, unless the value between is used', () => {
    const conv = node('Conv', ['x', 'w'], ['c']);
    const relu = node('Relu', ['c'], ['y']);
    const stored = [weights('w', [3, 3, 1, 1])];
    expect(words(plan({ nodes: [conv, relu], stored }).run)).not.toContain('Relu node "Relu y"');
    const alsoOut = plan({ nodes: [conv, relu], stored, outputs: { y: undefined, c: undefined } });
    expect(words(alsoOut.run)).toContain('Relu node "Relu y"');
    const sigmoid = node('Sigmoid', ['c'], ['z']);
    expect(
      words(plan({ nodes: [conv, relu, sigmoid], stored, outputs: { y: undefined, z: undefined } }).run),
    ).toContain('Relu node "Relu y"');
  });

  it('frees every value of a run once, and no output', () => {
    const { run, outputs } = plan({
      nodes: [
        node('Split', ['x'], ['p', 'q', 'r'], int('axis', 1)),
        node('Add', ['p', 'q'], ['s']),
        node('Mul', ['s', 's'], ['y']),
      ],
    });
    const freed = run.flatMap((step) => step.frees);
    const made = run.flatMap((step) => step.outputs);
    expect(new Set(freed).size).toBe(freed.length);
    for (const { slot } of outputs) expect(freed).not.toContain(slot);
    for (const slot of made) if (slot !== outputs[0].slot) expect(freed).toContain(slot);
  });

  it('states inputs and outputs as the file does', () => {
    const { inputs, outputs } = plan({ nodes: [node('Relu', ['x'], ['y'])] });
    expect(inputs.map(({ name, shape }) => [name, shape])).toEqual([['x', [1, 3, 4, 4]]]);
    expect(outputs.map(({ name }) => name)).toEqual(['y']);
  });
});

describe('a graph that cannot be run', () => {
  it.each<[string, Model, string]>([
    ['an operator', { nodes: [node('GridSample', ['x', 'x'], ['y'])] }, 'GridSample'],
    ['a name of every object', { nodes: [node('toString', ['x'], ['y'])] }, 'toString'],
    ['a domain', { nodes: [{ ...node('Relu', ['x'], ['y']), domain: 'com.example' }] }, 'com.example.Relu'],
    [
      'a convolution along one axis',
      { nodes: [node('Conv', ['x', 'x'], ['y'], ints('kernel_shape', [3]))] },
      'kernel_shape',
    ],
    [
      'a rule of resizing',
      { nodes: [node('Resize', ['x'], ['y'], text('coordinate_transformation_mode', 'tf_crop_and_resize'))] },
      'tf_crop_and_resize',
    ],
    [
      'dilated pooling',
      { nodes: [node('MaxPool', ['x'], ['y'], ints('kernel_shape', [2, 2]), ints('dilations', [2, 2]))] },
      'dilations',
    ],
    ['a stride of 0', { nodes: [node('Conv', ['x', 'x'], ['y'], ints('strides', [0, 1]))] }, 'strides [0, 1]'],
    [
      'negative padding',
      { nodes: [node('Conv', ['x', 'x'], ['y'], ints('pads', [0, 0, -1, 0]))] },
      'pads [0, 0, -1, 0]',
    ],
    [
      'a second output',
      { nodes: [node('MaxPool', ['x'], ['y', 'indices'], ints('kernel_shape', [2, 2]))] },
      'beside the first',
    ],
  ])('%s: named, with the node and what to do', (_what, model, word) => {
    const { message } = refusal(model);
    expect(message).toContain(word);
    expect(message).toContain('a.onnx');
    expect(message).toContain(` node "${model.nodes[0].name}"`);
    expect(message).toContain('onnxruntime-node');
  });

  it('a value that nothing makes', () => {
    expect(refusal({ nodes: [node('Add', ['x', 'ghost'], ['y'])] }).message).toContain('"ghost"');
    expect(refusal({ nodes: [node('Relu', ['x'], ['z'])] }).message).toContain('"y"');
  });

  it('nodes out of order, as in a cycle', () => {
    expect(
      refusal({ nodes: [node('Relu', ['b'], ['a']), node('Relu', ['a'], ['b']), node('Relu', ['x'], ['y'])] }).message,
    ).toContain('"b"');
  });

  it('an operator set from before broadcasting', () => {
    expect(refusal({ nodes: [node('Relu', ['x'], ['y'])], opset: 6 }).message).toContain('operator set 6');
  });

  it('weights that are shorter than their shape, or of a type that is not read', () => {
    const short = { ...weights('w', [3, 3, 1, 1]), rawData: new Uint8Array(7) };
    expect(() => refusal({ nodes: [node('Conv', ['x', 'w'], ['y'])], stored: [short] })).not.toThrow();
    const odd = bytes('w', [4], [1, 2, 3, 4], DataType.COMPLEX64);
    expect(refusal({ nodes: [node('Add', ['x', 'w'], ['y'])], stored: [odd] }).message).toContain('complex64');
  });
});
