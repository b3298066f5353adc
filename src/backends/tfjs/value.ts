import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from './engine.ts';

/**
 * How a value of the graph is held.
 * - plain: a tensor with its axes as ONNX has them
 * - nhwc: a tensor of rank 4 whose ONNX axes N, C, H, W are held as N, H, W, C, the only order that TensorFlow.js's
 *   convolutions know on every backend
 * - hwio: the filter of a convolution, whose ONNX axes O, I, H, W are held as H, W, I, O
 * - host: numbers in JavaScript: shapes, axes, scalars and other small things that operators need to look at
 */
export type Layout = 'plain' | 'nhwc' | 'hwio' | 'host';

/** Numbers in C order; whole ones for `int`, 0 or 1 for `bool`. */
export interface HostValue {
  readonly kind: 'int' | 'float' | 'bool';
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export type Value = Tensor | HostValue;

export const isHost = (value: Value): value is HostValue => Array.isArray((value as HostValue).data);

export const TO_NHWC = [0, 2, 3, 1];
const TO_HWIO = [2, 3, 1, 0];
export const TO_NCHW = [0, 3, 1, 2];
/** Where an nhwc tensor holds ONNX axis N, C, H, W. */
export const NHWC_PLACE = [0, 3, 1, 2];

export const hostInts = (data: readonly number[], shape: readonly number[] = [data.length]): HostValue => ({
  kind: 'int',
  shape,
  data,
});

const DTYPES = { int: 'int32', float: 'float32', bool: 'bool' } as const;
const INT32_LIMIT = 2 ** 31;

/** @throws RangeError for whole numbers beyond 32 bits, which TensorFlow.js cannot hold. */
export function upload(tf: Tf, { kind, shape, data }: HostValue): Tensor {
  if (kind === 'int') {
    const far = data.find((value) => value >= INT32_LIMIT || value < -INT32_LIMIT);
    if (far !== undefined) throw new RangeError(`the whole number ${far} does not fit the 32 bits of TensorFlow.js`);
  }
  return tf.tensor([...data], [...shape], DTYPES[kind]);
}

export function download(tensor: Tensor): HostValue {
  const kind = tensor.dtype === 'bool' ? 'bool' : tensor.dtype === 'int32' ? 'int' : 'float';
  return { kind, shape: tensor.shape, data: Array.from(tensor.dataSync()) };
}

/**
 * The same value held in another way; the tensor itself, under a handle of its own, when it is held so already.
 * @param broadcast whether a tensor of lower rank may take leading axes of 1 on its way to nhwc
 */
export function convert(tf: Tf, value: Value, from: Layout, to: Layout, broadcast = false): Value {
  if (to === 'host') {
    if (isHost(value)) return value;
    return download(from === 'nhwc' ? tf.transpose(value, TO_NCHW) : value);
  }
  const tensor = isHost(value) ? upload(tf, value) : value;
  if (to === 'hwio') return tf.transpose(from === 'nhwc' ? tf.transpose(tensor, TO_NCHW) : tensor, TO_HWIO);
  const held = from === 'nhwc' ? 'nhwc' : 'plain';
  if (held === to) return tensor.clone();
  if (to === 'plain') return tf.transpose(tensor, TO_NCHW);
  const lacking = 4 - tensor.rank;
  if (lacking < 0 || (lacking > 0 && !broadcast))
    throw new RangeError(`a tensor of shape [${tensor.shape.join(', ')}] where one of 4 axes (N, C, H, W) is needed`);
  return tf.transpose(tf.reshape(tensor, [...Array<number>(lacking).fill(1), ...tensor.shape]), TO_NHWC);
}

/** What a network of this field comes nowhere near; beyond it a damaged file would take all memory. */
const MOST_ELEMENTS = 2 ** 28;

/** @throws RangeError for a shape that is impossible, or larger than any that is wanted. */
export function requireElements(shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1);
  if (shape.every((size) => Number.isInteger(size) && size >= 0) && count <= MOST_ELEMENTS) return count;
  throw new RangeError(`a tensor of shape [${shape.join(', ')}]`);
}

/** Where a tensor in `layout` holds an ONNX axis, which may count from the end. */
export function axisIn(layout: Layout, axis: number, rank: number): number {
  const whole = axis < 0 ? axis + rank : axis;
  if (whole < 0 || whole >= rank) throw new RangeError(`axis ${axis} of a tensor of ${rank} axes`);
  return layout === 'nhwc' ? NHWC_PLACE[whole] : whole;
}
