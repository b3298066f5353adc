import { create } from '@bufbuild/protobuf';
import { type ModelCard, modelCardSchema } from '../../src/backends/model-card.ts';
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
} from '../../src/formats/generated/onnx_pb.ts';
import { encodeOnnx, floatTensor } from '../../src/formats/onnx.ts';

/** Channel weights of the heads on normalised RGB: every output of a flat image is known by hand. */
export const HEADS = {
  segmentation: { weights: [1, -1, 0, -1, 1, 0], biases: [0, 0] },
  depth: { weights: [0.5, 0, 0.25], biases: [-3] },
  normals: { weights: [0, 0, 0, 0, 0, 0, 0, 0, 0], biases: [0.6, -1.6, 0] },
} as const;

type Dim = number | string;

/** A network of one strided 1x1 convolution per head; strings are free dimensions, `argmax` makes int64 labels. */
export function tinyOnnx({
  height,
  width,
  stride = 4,
  argmax = false,
  parts = HEADS,
}: {
  height: Dim;
  width: Dim;
  stride?: number;
  argmax?: boolean;
  parts?: Readonly<Record<string, { readonly weights: readonly number[]; readonly biases: readonly number[] }>>;
}): Uint8Array {
  const down = (size: Dim, name: string) => (typeof size === 'number' ? Math.ceil(size / stride) : name);
  const ints = (name: string, values: readonly number[]) => ({
    name,
    type: AttributeType.INTS,
    ints: values.map(BigInt),
  });
  const value = (name: string, shape: readonly Dim[], elemType: number = DataType.FLOAT) => ({
    name,
    type: {
      value: {
        case: 'tensorType' as const,
        value: {
          elemType,
          shape: {
            dim: shape.map((size) => ({
              value:
                typeof size === 'number'
                  ? { case: 'dimValue' as const, value: BigInt(size) }
                  : { case: 'dimParam' as const, value: size },
            })),
          },
        },
      },
    },
  });
  const heads = Object.entries(parts);
  const logits = argmax ? 'logits' : 'segmentation';
  const outputName = (head: string) => (head === 'segmentation' ? logits : head);
  return encodeOnnx(
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ version: 17n }],
      graph: {
        name: 'tiny',
        node: [
          ...heads.map(([head]) => ({
            name: head,
            opType: 'Conv',
            input: ['image', `${head}.weight`, `${head}.bias`],
            output: [outputName(head)],
            attribute: [ints('kernel_shape', [1, 1]), ints('strides', [stride, stride])],
          })),
          ...(argmax
            ? [
                {
                  name: 'argmax',
                  opType: 'ArgMax',
                  input: ['logits'],
                  output: ['segmentation'],
                  attribute: [{ name: 'axis', type: AttributeType.INT, i: 1n }],
                },
              ]
            : []),
        ],
        initializer: heads.flatMap(([head, { weights, biases }]) => [
          floatTensor(`${head}.weight`, [biases.length, 3, 1, 1], Float32Array.from(weights)),
          floatTensor(`${head}.bias`, [biases.length], Float32Array.from(biases)),
        ]),
        input: [value('image', [1, 3, height, width])],
        output: heads.map(([head, { biases }]) => {
          const labels = argmax && head === 'segmentation';
          const channels = labels ? 1 : biases.length;
          return value(
            head,
            [1, channels, down(height, 'h'), down(width, 'w')],
            labels ? DataType.INT64 : DataType.FLOAT,
          );
        }),
      },
    }),
  );
}

/** The card that fits tinyOnnx; images go in at their own size unless one is given. */
export function tinyCard(changes: Record<string, unknown> = {}): ModelCard {
  return modelCardSchema.parse({
    id: 'tiny',
    title: 'tiny',
    licence: 'MIT',
    onnx: 'tiny.onnx',
    input: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    outputs: {
      segmentation: { name: 'segmentation' },
      depth: { name: 'depth', unit: 'm', absolute: true },
      normals: { name: 'normals', axes: ['x', 'z', 'y'] },
    },
    ...changes,
  });
}
