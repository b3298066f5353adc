import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine.ts';
import type { NodeView } from '../node.ts';
import { type Operator, type Operators, planned } from '../operator.ts';
import { requireElements } from '../value.ts';

const { fround } = Math;

/** One axis of a resize. `scale` is what the model says; `output` need not be exactly `input` x `scale`. */
interface ResizeAxis {
  readonly input: number;
  readonly output: number;
  readonly scale: number;
}

interface Rules {
  readonly mode: string;
  readonly coordinates: string;
  readonly nearest: string;
  readonly cubicA: number;
  readonly excludeOutside: boolean;
}

/** The place in the input, in pixels, that output pixel `i` shows; in float32, where ties of `nearest` are decided. */
function sourceOf(i: number, { input, output, scale }: ResizeAxis, coordinates: string): number {
  switch (coordinates) {
    case 'align_corners':
      return output === 1 ? 0 : fround(fround(i * (input - 1)) / (output - 1));
    case 'asymmetric':
      return fround(i / fround(scale));
    case 'tf_half_pixel_for_nn':
      return fround(fround(i + 0.5) / fround(scale));
    case 'pytorch_half_pixel':
      if (output === 1) return 0;
      break;
  }
  return fround(fround(fround(i + 0.5) / fround(scale)) - 0.5);
}

const COORDINATES = ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric', 'tf_half_pixel_for_nn'];

const ROUNDINGS: Readonly<Record<string, (place: number, scale: number) => number>> = {
  round_prefer_floor: (place) => Math.ceil(place - 0.5),
  round_prefer_ceil: (place) => Math.floor(place + 0.5),
  floor: (place) => Math.floor(place),
  ceil: (place) => Math.ceil(place),
  // Operator sets before 11 do not say; this is what ONNX Runtime does for them.
  old: (place, scale) => (scale < 1 ? Math.ceil(place) : Math.floor(place)),
};

function nearestIndices(axis: ResizeAxis, { coordinates, nearest }: Rules): number[] {
  return Array.from({ length: axis.output }, (_, i) => {
    const index = ROUNDINGS[nearest](sourceOf(i, axis, coordinates), axis.scale);
    return Math.min(Math.max(index, 0), axis.input - 1);
  });
}

/** Row i holds what each input pixel adds to output pixel i: [output, input], C order. */
function resizeMatrix(axis: ResizeAxis, rules: Rules): Float32Array {
  const { input, output } = axis;
  const matrix = new Float32Array(output * input);
  for (let i = 0; i < output; i++) {
    const place = sourceOf(i, axis, rules.coordinates);
    for (const [index, weight] of rules.mode === 'cubic' ? cubicTaps(place, input, rules) : linearTaps(place, input))
      matrix[i * input + Math.min(Math.max(index, 0), input - 1)] += weight;
  }
  return matrix;
}

function linearTaps(place: number, size: number): [index: number, weight: number][] {
  const inside = Math.min(Math.max(place, 0), size - 1);
  const low = Math.floor(inside);
  return [
    [low, 1 - (inside - low)],
    [low + 1, inside - low],
  ];
}

/** Keys's cubic convolution (1981) with the parameter a; taps outside repeat the border, or are left out. */
function cubicTaps(
  place: number,
  size: number,
  { cubicA: a, excludeOutside }: Rules,
): [index: number, weight: number][] {
  const low = Math.floor(place);
  const taps = [-1, 0, 1, 2].map((offset): [number, number] => {
    const t = Math.abs(place - low - offset);
    const weight = t <= 1 ? ((a + 2) * t - (a + 3)) * t * t + 1 : ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
    return [low + offset, weight];
  });
  if (!excludeOutside) return taps;
  const inside = taps.filter(([index]) => index >= 0 && index < size);
  const sum = inside.reduce((total, [, weight]) => total + weight, 0);
  return inside.map(([index, weight]) => [index, weight / sum]);
}

function rulesOf(node: NodeView): Rules {
  const old = node.op === 'Upsample' || node.opset < 11;
  const rules = {
    mode: node.text('mode', 'nearest'),
    coordinates: old ? 'asymmetric' : node.text('coordinate_transformation_mode', 'half_pixel'),
    nearest: old ? 'old' : node.text('nearest_mode', 'round_prefer_floor'),
    cubicA: node.float('cubic_coeff_a', -0.75),
    excludeOutside: node.int('exclude_outside', 0) === 1,
  };
  if (!['nearest', 'linear', 'cubic'].includes(rules.mode)) throw node.unsupported(`mode ${rules.mode}`);
  if (!COORDINATES.includes(rules.coordinates)) throw node.unsupported(`coordinates ${rules.coordinates}`);
  if (!Object.hasOwn(ROUNDINGS, rules.nearest)) throw node.unsupported(`nearest_mode ${rules.nearest}`);
  if (node.int('antialias', 0) === 1) throw node.unsupported('antialias');
  if (node.text('keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    throw node.unsupported('keep_aspect_ratio_policy');
  if (node.ints('axes')) throw node.unsupported('axes');
  return rules;
}

const resize: Operator = (node, inputs) => {
  const rules = rulesOf(node);
  const scalesAt = node.op === 'Upsample' || node.opset < 11 ? 1 : 2;
  return planned('nhwc', ['nhwc'], inputs, (tf, values) => {
    const x = values.tensor(0) as Tensor4D;
    const [n, height, width, channels] = x.shape;
    const given = (index: number) =>
      values.has(index) && values.host(index).data.length > 0 ? values.host(index).data : undefined;
    const scales = node.floats('scales') ?? given(scalesAt);
    const sizes = given(scalesAt + 1);
    const along = (axis: number, input: number): ResizeAxis => {
      if (sizes) return { input, output: sizes[axis], scale: sizes[axis] / input };
      const scale = scales?.[axis];
      if (scale === undefined) throw new RangeError('neither scales nor sizes');
      return { input, output: Math.floor(input * scale), scale };
    };
    if (along(0, n).output !== n || along(1, channels).output !== channels)
      throw new RangeError('batch or channels resized; only height and width can be');
    const [vertical, horizontal] = [along(2, height), along(3, width)];
    requireElements([n, vertical.output, horizontal.output, channels]);
    return resizeTo(tf, x, vertical, horizontal, rules);
  });
};

function resizeTo(tf: Tf, x: Tensor4D, vertical: ResizeAxis, horizontal: ResizeAxis, rules: Rules): Tensor {
  if (rules.mode === 'nearest') {
    const rows = tf.gather(x, tf.tensor1d(nearestIndices(vertical, rules), 'int32'), 1);
    return tf.gather(rows, tf.tensor1d(nearestIndices(horizontal, rules), 'int32'), 2);
  }
  const size: [number, number] = [vertical.output, horizontal.output];
  const wholeScale = [vertical, horizontal].every(({ input, output, scale }) => input * scale === output);
  const halfPixel = ['half_pixel', 'pytorch_half_pixel'].includes(rules.coordinates) && !size.includes(1);
  const aligned = rules.coordinates === 'align_corners';
  if (rules.mode === 'linear' && (aligned || (wholeScale && (halfPixel || rules.coordinates === 'asymmetric'))))
    return tf.image.resizeBilinear(x, size, aligned, halfPixel);
  return byMatrices(tf, x, vertical, horizontal, rules);
}

/** Rows, then columns, each as a product with a matrix. */
function byMatrices(tf: Tf, x: Tensor4D, vertical: ResizeAxis, horizontal: ResizeAxis, rules: Rules): Tensor {
  const [n, height, width, channels] = x.shape;
  const down = tf.tensor2d(resizeMatrix(vertical, rules), [vertical.output, height]);
  const across = tf.tensor2d(resizeMatrix(horizontal, rules), [horizontal.output, width]);
  const images = tf.split(x, n, 0).map((image) => {
    const rows = tf.matMul(down, tf.reshape(image, [height, width * channels]));
    // [rows, width, channels] -> [width, rows x channels], so that one product serves all rows.
    const turned = tf.transpose(tf.reshape(rows, [vertical.output, width, channels]) as Tensor3D, [1, 0, 2]);
    const columns = tf.matMul(across, tf.reshape(turned, [width, vertical.output * channels]));
    return tf.transpose(tf.reshape(columns, [horizontal.output, vertical.output, channels]) as Tensor3D, [1, 0, 2]);
  });
  return tf.stack(images);
}

export const RESIZING: Operators = { Resize: resize, Upsample: resize };
