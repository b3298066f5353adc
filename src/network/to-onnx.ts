import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProto,
  type ValueInfoProtoSchema,
} from '../formats/generated/onnx_pb.ts';
import { encodeOnnx, floatTensor, int64Tensor } from '../formats/onnx.ts';
import { paramCount } from './costs.ts';
import { foldBatchNorm } from './fold.ts';
import { type ConvNode, type Graph, type Node, type NodeId, POOL_KERNEL, paddingOf } from './graph.ts';
import { PARAMS_PROPERTY } from './onnx-costs/learnable.ts';
import { type ImageSize, inferShapes, type Shape } from './shapes.ts';
import { requireWeights, type Weights } from './weights.ts';

const IR_VERSION = 8n;
const OPSET = 17n;
const RELU6_LIMITS = ['relu6.min', 'relu6.max'];

type NodeInit = MessageInitShape<typeof NodeProtoSchema>;
type Attribute = NonNullable<NodeInit['attribute']>[number];

/**
 * The network as an ONNX file for images of one size, batch normalisation folded in; equal arguments give equal bytes.
 * Input `image`: float32 [1, 3, height, width], normalised. Outputs, float32 and raw, named by task: [1, channels, h, w].
 * Operators: Conv, Clip, MaxPool, Add, Resize (linear, half_pixel, by sizes).
 * @throws ResourceError when the weights are not those of the graph, UsageError for an impossible size.
 */
export function toOnnx(graph: Graph, weights: Weights, size: ImageSize): Uint8Array {
  requireWeights(graph, weights, 'weights');
  const folded = foldBatchNorm(graph, weights);
  const shapes = inferShapes(folded.graph, size);
  const names = valueNames(folded.graph);
  const initializer = [
    ...RELU6_LIMITS.map((name, i) => floatTensor(name, [], Float32Array.of(6 * i))),
    ...[...folded.weights].map(([name, { shape, data }]) => floatTensor(name, shape, data)),
  ];
  const node = folded.graph.nodes.flatMap((here, id) =>
    here.op === 'input' ? [] : [emit(here, id, names, shapes, initializer)],
  );
  const outputs = folded.graph.outputs;
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    opsetImport: [{ version: OPSET }],
    producerName: 'densebench',
    metadataProps: [{ key: PARAMS_PROPERTY, value: String(paramCount(graph)) }],
    graph: {
      name: 'mt-lw-refinenet',
      node,
      initializer,
      input: [valueInfo(names[0], shapes[0])],
      output: outputs.map((output) => valueInfo(names[output.node], shapes[output.node])),
    },
  });
  return encodeOnnx(model);
}

/** Outputs bear their task's name, everything else its layer's; later calls of a shared layer are numbered. */
function valueNames(graph: Graph): string[] {
  const taskOf = new Map<NodeId, string>(graph.outputs.map(({ node, task }) => [node, task]));
  const calls = new Map<string, number>();
  // The head of depth ends in a layer named "depth": counting the outputs first keeps their names free.
  for (const task of taskOf.values()) calls.set(task, 1);
  return graph.nodes.map(({ name }, id) => {
    const task = taskOf.get(id);
    if (task) return task;
    const call = (calls.get(name) ?? 0) + 1;
    calls.set(name, call);
    return call === 1 ? name : `${name}_${call}`;
  });
}

function emit(
  node: Node,
  id: NodeId,
  names: readonly string[],
  shapes: readonly Shape[],
  initializer: TensorProto[],
): NodeInit {
  const common = { name: names[id], output: [names[id]] };
  const inputs = node.inputs.map((input) => names[input]);
  switch (node.op) {
    case 'conv': {
      const parameters = node.bias ? [`${node.name}.weight`, `${node.name}.bias`] : [`${node.name}.weight`];
      return { ...common, opType: 'Conv', input: [...inputs, ...parameters], attribute: convAttributes(node) };
    }
    case 'relu6':
      return { ...common, opType: 'Clip', input: [...inputs, ...RELU6_LIMITS] };
    case 'maxpool':
      return { ...common, opType: 'MaxPool', input: inputs, attribute: windowAttributes(POOL_KERNEL, 1) };
    case 'add':
      return { ...common, opType: 'Add', input: inputs };
    case 'upsample': {
      const sizes = `${names[id]}.sizes`;
      initializer.push(int64Tensor(sizes, [1, ...shapes[id]]));
      const attribute = [text('coordinate_transformation_mode', 'half_pixel'), text('mode', 'linear')];
      return { ...common, opType: 'Resize', input: [inputs[0], '', '', sizes], attribute };
    }
    default:
      throw new Error(`no ONNX operator for ${node.op} ${node.name}`);
  }
}

const convAttributes = ({ kernel, stride, groups }: ConvNode): Attribute[] => [
  ...windowAttributes(kernel, stride),
  { name: 'group', type: AttributeType.INT, i: BigInt(groups) },
];

const windowAttributes = (kernel: number, stride: number): Attribute[] => [
  integers('kernel_shape', [kernel, kernel]),
  integers('pads', Array<number>(4).fill(paddingOf(kernel))),
  integers('strides', [stride, stride]),
];

const integers = (name: string, values: readonly number[]): Attribute => ({
  name,
  type: AttributeType.INTS,
  ints: values.map(BigInt),
});

const text = (name: string, value: string): Attribute => ({
  name,
  type: AttributeType.STRING,
  s: new TextEncoder().encode(value),
});

const valueInfo = (name: string, shape: Shape): MessageInitShape<typeof ValueInfoProtoSchema> => ({
  name,
  type: {
    value: {
      case: 'tensorType',
      value: {
        elemType: DataType.FLOAT,
        shape: { dim: [1, ...shape].map((n) => ({ value: { case: 'dimValue', value: BigInt(n) } })) },
      },
    },
  },
});
