import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HEADS } from './tiny-onnx.ts';

type Head = keyof typeof HEADS;
const HEAD_NAMES = Object.keys(HEADS) as Head[];

export interface GraphModelChoices {
  /** Type of the input node. */
  readonly input?: 'DT_FLOAT' | 'DT_INT32';
  /** The operator of the heads. */
  readonly op?: string;
  /** Weights as uint8 with a scale and offset, as tensorflowjs_converter --quantize_uint8 writes them. */
  readonly quantised?: boolean;
  readonly signature?: boolean;
  /** Weight files. */
  readonly shards?: number;
}

/**
 * The network of tiny-onnx.ts as a GraphModel: a strided 1x1 convolution per head, channels last, sizes free. Written
 * here by hand, in the layout of tensorflowjs_converter. Returns the path of its model.json.
 */
export function writeGraphModel(folder: string, choices: GraphModelChoices = {}): string {
  const { input = 'DT_FLOAT', op = 'Conv2D', quantised = false, signature = true, shards = 2 } = choices;
  const specs: object[] = [];
  const parts: Uint8Array[] = [];
  const weight = (name: string, shape: number[], values: readonly number[]) => {
    if (!quantised) {
      specs.push({ name, shape, dtype: 'float32' });
      parts.push(new Uint8Array(Float32Array.from(values).buffer));
      return;
    }
    // In steps of 0.05 from -4 all weights are exact to float32.
    const quantization = { dtype: 'uint8', scale: 0.05, min: -4 };
    specs.push({ name, shape, dtype: 'float32', quantization });
    parts.push(Uint8Array.from(values, (value) => Math.round((value + 4) / 0.05)));
  };
  const shape = (sizes: readonly number[]) => ({ dim: sizes.map((size) => ({ size: String(size) })) });
  const node = (name: string, kind: string, inputs: string[], attr: object = {}) => ({
    name,
    op: kind,
    input: inputs,
    attr,
  });
  const nodes = [
    node('x', 'Placeholder', [], { dtype: { type: input }, shape: { shape: shape([1, -1, -1, 3]) } }),
    ...HEAD_NAMES.flatMap((head) => {
      const { weights, biases } = HEADS[head];
      const channels = biases.length;
      // OIHW of ONNX to HWIO of TensorFlow.
      const byInput = Array.from(
        { length: 3 * channels },
        (_, i) => weights[3 * (i % channels) + Math.floor(i / channels)],
      );
      weight(`${head}/weight`, [1, 1, 3, channels], byInput);
      weight(`${head}/bias`, [channels], biases);
      return [
        node(`${head}/weight`, 'Const', [], { dtype: { type: 'DT_FLOAT' } }),
        node(`${head}/bias`, 'Const', [], { dtype: { type: 'DT_FLOAT' } }),
        node(`${head}/conv`, op, ['x', `${head}/weight`], {
          strides: { list: { i: ['1', '4', '4', '1'] } },
          padding: { s: Buffer.from('SAME').toString('base64') },
          data_format: { s: Buffer.from('NHWC').toString('base64') },
          dilations: { list: { i: ['1', '1', '1', '1'] } },
        }),
        node(`${head}/out`, 'BiasAdd', [`${head}/conv`, `${head}/bias`], {
          data_format: { s: Buffer.from('NHWC').toString('base64') },
        }),
      ];
    }),
  ];
  const bytes = Buffer.concat(parts);
  mkdirSync(folder, { recursive: true });
  const paths = Array.from({ length: shards }, (_, i) => `group1-shard${i + 1}of${shards}.bin`);
  paths.forEach((path, i) => {
    const cut = (at: number) => Math.floor((bytes.length * at) / shards);
    writeFileSync(join(folder, path), bytes.subarray(cut(i), cut(i + 1)));
  });
  const model = {
    format: 'graph-model',
    ...(signature && {
      signature: {
        inputs: { image: { name: 'x:0', dtype: input, tensorShape: shape([1, -1, -1, 3]) } },
        outputs: Object.fromEntries(
          HEAD_NAMES.map((head) => [
            head,
            { name: `${head}/out:0`, dtype: 'DT_FLOAT', tensorShape: shape([1, -1, -1, HEADS[head].biases.length]) },
          ]),
        ),
      },
    }),
    modelTopology: { node: nodes, versions: { producer: 1 } },
    weightsManifest: [{ paths, weights: specs }],
  };
  const file = join(folder, 'model.json');
  writeFileSync(file, JSON.stringify(model));
  return file;
}

/** What every head gives for one colour after normalising, in closed form. */
export function headValues(head: Head, rgb: readonly number[]): number[] {
  const { weights, biases } = HEADS[head];
  return biases.map((bias, c) => bias + rgb.reduce((sum, value, i) => sum + weights[3 * c + i] * value, 0));
}
