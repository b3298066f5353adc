import { create } from '@bufbuild/protobuf';
import { type ModelCard, modelCardSchema } from '../../src/backends/model-card.ts';
import { inputShapeOf, prepareInput } from '../../src/backends/network-predictor.ts';
import { Random } from '../../src/core/random.ts';
import { TAXONOMIES } from '../../src/core/taxonomies.ts';
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
} from '../../src/formats/generated/onnx_pb.ts';
import { encodeOnnx, floatTensor } from '../../src/formats/onnx.ts';
import { type Frame, HEIGHT, WIDTH } from './patients.ts';

/**
 * A small network that does look at colours: random 3x3 features of colour and position, rectified, and on them a linear
 * layer fitted by ridge regression. Poor, but its errors are those of a network, and it knows how it wants to be fed.
 */

const INPUTS = 5;
const RANDOM_FEATURES = 48;
/** The inputs themselves, both signs, then the random ones. */
const FEATURES = 2 * INPUTS + RANDOM_FEATURES;
const CLASSES = TAXONOMIES.kitti6.length;
const OUTPUTS = CLASSES + 1 + 3;
/** Every fourth pixel of each axis is enough to fit on. */
const STEP = 4;
const RIDGE = 1e-5;

export function fittedCard(input: Partial<ModelCard['input']> = {}): ModelCard {
  return modelCardSchema.parse({
    id: 'fitted',
    title: 'ridge regression on random features',
    licence: 'MIT',
    onnx: 'fitted.onnx',
    input: {
      width: WIDTH,
      height: HEIGHT,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      ...input,
    },
    outputs: {
      segmentation: { name: 'segmentation' },
      depth: { name: 'depth', unit: 'm', kind: 'log-depth' },
      normals: { name: 'normals', axes: ['x', 'y', 'z'] },
    },
  });
}

/** The file of a network that was fitted on frames of streets, fed as fittedCard() says. */
export function fittedOnnx(frames: readonly Frame[], seed = 1): Uint8Array {
  const random = new Random(seed);
  const kernels = Float32Array.from({ length: RANDOM_FEATURES * INPUTS * 9 }, () => random.uniform(-0.4, 0.4));
  const biases = Float32Array.from({ length: RANDOM_FEATURES }, () => random.uniform(-1, 1));
  const [weights, bias] = regress(frames, kernels, biases);
  return toOnnx(kernels, biases, weights, bias);
}

const positions = (() => {
  const planes = new Float32Array(2 * WIDTH * HEIGHT);
  for (let y = 0, i = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++, i++) {
      planes[i] = (2 * x) / WIDTH - 1;
      planes[WIDTH * HEIGHT + i] = (4 * y) / HEIGHT - 2;
    }
  return planes;
})();

/** Weights [FEATURES][OUTPUTS] and bias [OUTPUTS] by least squares. */
function regress(frames: readonly Frame[], kernels: Float32Array, biases: Float32Array): [Float32Array, Float32Array] {
  const size = FEATURES + 1;
  const gram = Array.from({ length: size }, () => new Float64Array(size));
  const right = Array.from({ length: size }, () => new Float64Array(OUTPUTS));
  const features = new Float64Array(size);
  const target = new Float64Array(OUTPUTS);
  const area = WIDTH * HEIGHT;
  const window = new Float64Array(INPUTS * 9);
  for (const { picture, truth } of frames) {
    const planes = new Float32Array(INPUTS * area);
    planes.set(prepareInput(picture, fittedCard()).data);
    planes.set(positions, 3 * area);
    for (let y = 1; y < HEIGHT - 1; y += STEP)
      for (let x = 1; x < WIDTH - 1; x += STEP) {
        const pixel = y * WIDTH + x;
        const label = truth.segmentation.data[pixel];
        if (label === 255) continue;
        for (let c = 0; c < INPUTS; c++) {
          for (let k = 0; k < 9; k++)
            window[9 * c + k] = planes[c * area + pixel + (Math.floor(k / 3) - 1) * WIDTH + (k % 3) - 1];
          features[2 * c] = Math.max(0, window[9 * c + 4]);
          features[2 * c + 1] = Math.max(0, -window[9 * c + 4]);
        }
        for (let f = 0; f < RANDOM_FEATURES; f++) {
          let sum = biases[f];
          for (let k = 0; k < window.length; k++) sum += kernels[f * window.length + k] * window[k];
          features[2 * INPUTS + f] = Math.max(0, sum);
        }
        features[FEATURES] = 1;
        target.fill(0);
        target[label] = 1;
        // The sky: far, and facing the camera.
        target[CLASSES] = Math.log(truth.depth.data[pixel] || 80);
        for (let c = 0; c < 3; c++) target[CLASSES + 1 + c] = truth.normals.data[3 * pixel + c] || (c === 2 ? -1 : 0);
        for (let i = 0; i < size; i++) {
          const [row, sums, feature] = [gram[i], right[i], features[i]];
          if (feature === 0) continue;
          for (let j = 0; j <= i; j++) row[j] += feature * features[j];
          for (let o = 0; o < OUTPUTS; o++) sums[o] += feature * target[o];
        }
      }
  }
  const solution = solveSymmetric(gram, right);
  return [
    Float32Array.from({ length: FEATURES * OUTPUTS }, (_, i) => solution[Math.floor(i / OUTPUTS)][i % OUTPUTS]),
    Float32Array.from(solution[FEATURES]),
  ];
}

/** Cholesky; `gram` is given below its diagonal. */
function solveSymmetric(gram: Float64Array[], right: Float64Array[]): Float64Array[] {
  const size = gram.length;
  const scale = Math.max(...gram.map((row, i) => row[i]));
  for (let i = 0; i < size; i++) gram[i][i] += RIDGE * scale;
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      let sum = gram[i][j];
      for (let k = 0; k < j; k++) sum -= gram[i][k] * gram[j][k];
      gram[i][j] = i === j ? Math.sqrt(sum) : sum / gram[j][j];
    }
  for (let o = 0; o < OUTPUTS; o++) {
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < i; k++) right[i][o] -= gram[i][k] * right[k][o];
      right[i][o] /= gram[i][i];
    }
    for (let i = size - 1; i >= 0; i--) {
      for (let k = i + 1; k < size; k++) right[i][o] -= gram[k][i] * right[k][o];
      right[i][o] /= gram[i][i];
    }
  }
  return right;
}

const HEADS = [
  ['segmentation', 0, CLASSES],
  ['depth', CLASSES, 1],
  ['normals', CLASSES + 1, 3],
] as const;

function toOnnx(kernels: Float32Array, biases: Float32Array, weights: Float32Array, bias: Float32Array): Uint8Array {
  const first = new Float32Array(FEATURES * INPUTS * 9);
  for (let c = 0; c < INPUTS; c++)
    for (const sign of [0, 1]) first[((2 * c + sign) * INPUTS + c) * 9 + 4] = sign ? -1 : 1;
  first.set(kernels, 2 * INPUTS * INPUTS * 9);
  const firstBias = new Float32Array(FEATURES);
  firstBias.set(biases, 2 * INPUTS);
  const ints = (name: string, values: number[]) => ({ name, type: AttributeType.INTS, ints: values.map(BigInt) });
  const value = (name: string, shape: readonly number[]) => ({
    name,
    type: {
      value: {
        case: 'tensorType' as const,
        value: {
          elemType: DataType.FLOAT,
          shape: { dim: shape.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } })) },
        },
      },
    },
  });
  const node = (opType: string, input: string[], output: string, attribute: object[] = []) => ({
    name: output,
    opType,
    input,
    output: [output],
    attribute,
  });
  return encodeOnnx(
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ version: 17n }],
      graph: {
        name: 'fitted',
        node: [
          node('Concat', ['image', 'positions'], 'inputs', [{ name: 'axis', type: AttributeType.INT, i: 1n }]),
          node('Conv', ['inputs', 'first', 'first.bias'], 'sums', [
            ints('kernel_shape', [3, 3]),
            ints('pads', [1, 1, 1, 1]),
          ]),
          node('Relu', ['sums'], 'features'),
          ...HEADS.map(([name]) =>
            node('Conv', ['features', `${name}.weight`, `${name}.bias`], name, [ints('kernel_shape', [1, 1])]),
          ),
        ],
        initializer: [
          floatTensor('positions', [1, 2, HEIGHT, WIDTH], positions),
          floatTensor('first', [FEATURES, INPUTS, 3, 3], first),
          floatTensor('first.bias', [FEATURES], firstBias),
          ...HEADS.flatMap(([name, from, count]) => [
            floatTensor(
              `${name}.weight`,
              [count, FEATURES, 1, 1],
              Float32Array.from(
                { length: count * FEATURES },
                (_, i) => weights[(i % FEATURES) * OUTPUTS + from + Math.floor(i / FEATURES)],
              ),
            ),
            floatTensor(`${name}.bias`, [count], bias.slice(from, from + count)),
          ]),
        ],
        input: [value('image', inputShapeOf(fittedCard(), { height: HEIGHT, width: WIDTH }))],
        output: HEADS.map(([name, , count]) => value(name, [1, count, HEIGHT, WIDTH])),
      },
    }),
  );
}
