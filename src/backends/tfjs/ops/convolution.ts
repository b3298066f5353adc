import type { Tensor1D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine.ts';
import type { Operator, Operators } from '../operator.ts';
import { explicit, paddingFor, windowOf } from './window.ts';

type Pair = readonly [number, number];
/** The public types leave out "of rank 4 in, of rank 4 out". */
type Convolve = (request: {
  x: Tensor4D;
  filter: Tensor4D;
  bias: Tensor1D | undefined;
  strides: [number, number];
  dilations: [number, number];
  pad: ReturnType<typeof explicit>;
  activation: 'relu' | 'relu6' | undefined;
}) => Tensor4D;

const CONVOLUTION_INPUTS = [{ layout: 'nhwc' }, { layout: 'hwio' }, { layout: 'plain' }] as const;

const conv: Operator = (node) => {
  const window = windowOf(node);
  const groups = node.int('group', 1);
  const { activation } = node;
  return {
    wants: CONVOLUTION_INPUTS,
    gives: ['nhwc'],
    run: (tf, inputs) => {
      const x = inputs.tensor(0) as Tensor4D;
      const given = inputs.tensor(1) as Tensor4D;
      const bias = inputs.has(2) ? (inputs.tensor(2) as Tensor1D) : undefined;
      const [height, width, perGroup, outChannels] = given.shape;
      requireChannels(x, perGroup * groups, given.shape);
      const pad = explicit(paddingFor(window, [height, width], [x.shape[1], x.shape[2]]));
      // TensorFlow.js takes strides or dilations, not both: then the gaps are written into the filter.
      const gaps = window.strides.some((n) => n > 1) && window.dilations.some((n) => n > 1);
      const filter = gaps ? withGaps(tf, given, window.dilations) : given;
      const dilations: Pair = gaps ? [1, 1] : window.dilations;
      const common = {
        strides: [...window.strides] as [number, number],
        dilations: [...dilations] as [number, number],
        pad,
        activation,
      };
      const conv2d = tf.fused.conv2d as unknown as Convolve;
      if (groups === 1) return [conv2d({ ...common, x, filter, bias })];
      if (perGroup === 1) {
        const [h, w] = filter.shape;
        const depthwise = tf.reshape(filter, [h, w, groups, outChannels / groups]) as Tensor4D;
        return [(tf.fused.depthwiseConv2d as unknown as Convolve)({ ...common, x, filter: depthwise, bias })];
      }
      const parts = tf.split(x, groups, 3) as Tensor4D[];
      const filters = tf.split(filter, groups, 3) as Tensor4D[];
      const biases = bias && (tf.split(bias, groups) as Tensor1D[]);
      const runs = parts.map((part, i) => conv2d({ ...common, x: part, filter: filters[i], bias: biases?.[i] }));
      return [tf.concat(runs, 3)];
    },
  };
};

const convTranspose: Operator = (node) => {
  const window = windowOf(node);
  const groups = node.int('group', 1);
  const extra = node.ints('output_padding') ?? [0, 0];
  const wanted = node.ints('output_shape')?.slice(-2);
  return {
    wants: CONVOLUTION_INPUTS,
    gives: ['nhwc'],
    run: (tf, inputs) => {
      const x = inputs.tensor(0) as Tensor4D;
      // ONNX's axes are I, O / groups, H, W here, so the same turn gives H, W, O / groups, I.
      const given = inputs.tensor(1) as Tensor4D;
      requireChannels(x, given.shape[3], given.shape);
      const filter = window.dilations.some((n) => n > 1) ? withGaps(tf, given, window.dilations) : given;
      const vertical = transposedAxis(0, x.shape[1], filter.shape[0]);
      const horizontal = transposedAxis(1, x.shape[2], filter.shape[1]);
      const parts = groups === 1 ? [x] : (tf.split(x, groups, 3) as Tensor4D[]);
      const filters = groups === 1 ? [filter] : (tf.split(filter, groups, 3) as Tensor4D[]);
      const shape = [x.shape[0], vertical.size, horizontal.size, given.shape[2]] as [number, number, number, number];
      const strides = [...window.strides] as [number, number];
      // The whole result, nothing cut off; the padding says what to cut.
      const full = parts.map((part, i) => {
        const whole = [shape[0], vertical.whole, horizontal.whole, shape[3]] as typeof shape;
        return tf.conv2dTranspose(part, filters[i], whole, strides, 'valid');
      });
      const joined = full.length === 1 ? full[0] : tf.concat(full, 3);
      const channels = shape[3] * groups;
      const cut = tf.slice(
        joined,
        [0, vertical.before, horizontal.before, 0],
        [shape[0], vertical.size, horizontal.size, channels],
      );
      return [inputs.has(2) ? tf.add(cut, inputs.tensor(2)) : cut];
    },
  };

  /** How long the result is along an axis before and after the padding is cut off, and what goes in front. */
  function transposedAxis(axis: 0 | 1, input: number, kernel: number) {
    const stride = window.strides[axis];
    const natural = stride * (input - 1) + kernel;
    let [before, after] = [window.pads[axis], window.pads[axis + 2]];
    if (wanted || window.autoPad.startsWith('SAME')) {
      const total = natural + extra[axis] - (wanted?.[axis] ?? input * stride);
      const less = Math.floor(total / 2);
      before = window.autoPad === 'SAME_UPPER' ? less : total - less;
      after = total - before;
    }
    if (window.autoPad === 'VALID') [before, after] = [0, 0];
    const size = natural + extra[axis] - before - after;
    if (before < 0 || size < 1) throw new RangeError(`an output of ${size} pixels along an axis`);
    return { before, size, whole: Math.max(natural, before + size) };
  }
};

/** A filter [height, width, in, out] with its taps `dilations` apart and zeros between them. */
function withGaps(tf: Tf, filter: Tensor4D, [down, across]: Pair): Tensor4D {
  const [h, w, i, o] = filter.shape;
  const rows = tf.pad(tf.reshape(filter, [h, 1, w * i * o]) as Tensor3D, [
    [0, 0],
    [0, down - 1],
    [0, 0],
  ]);
  const tall = tf.slice(tf.reshape(rows, [h * down, w * i * o]), [0, 0], [(h - 1) * down + 1, w * i * o]);
  const height = (h - 1) * down + 1;
  const columns = tf.pad(tf.reshape(tall, [height * w, 1, i * o]) as Tensor3D, [
    [0, 0],
    [0, across - 1],
    [0, 0],
  ]);
  const wide = tf.reshape(columns, [height, w * across, i * o]) as Tensor3D;
  const width = (w - 1) * across + 1;
  return tf.reshape(tf.slice(wide, [0, 0, 0], [height, width, i * o]), [height, width, i, o]) as Tensor4D;
}

function requireChannels(x: Tensor4D, channels: number, filter: readonly number[]): void {
  if (x.shape[3] !== channels)
    throw new RangeError(`${x.shape[3]} channels go in, filters [${filter.join(', ')}] (H, W, I, O) take ${channels}`);
}

export const CONVOLUTIONS: Operators = { Conv: conv, ConvTranspose: convTranspose };
