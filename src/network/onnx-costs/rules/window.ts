import { TensorProto_DataType as DataType } from '../../../formats/generated/onnx_pb.ts';
import { type Call, type Outcome, type Rule, shaped } from '../call.ts';
import { CannotInfer, checked, product, type Shape, show } from '../value.ts';

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Begin of every axis, then end of every axis. */
  readonly pads: readonly number[];
  readonly autoPad: string;
}

function windowOf(call: Call, kernel: readonly number[], axes: number): Window {
  const ones = Array<number>(axes).fill(1);
  const list = (name: string, wanted: number, byDefault: readonly number[]) => {
    const values = call.numbers(name);
    if (!values?.length) return byDefault;
    if (values.length !== wanted) throw new CannotInfer(`${name} has ${values.length} values instead of ${wanted}`);
    return values;
  };
  const window = {
    kernel,
    strides: list('strides', axes, ones),
    dilations: list('dilations', axes, ones),
    pads: list('pads', 2 * axes, Array<number>(2 * axes).fill(0)),
    autoPad: call.string('auto_pad', 'NOTSET'),
  };
  for (const name of ['kernel', 'strides', 'dilations'] as const)
    if (window[name].some((n) => n < 1)) throw new CannotInfer(`${name} ${show(window[name])} must be above 0`);
  return window;
}

/** Sizes after a window has slid over `sizes`: the rule of Conv and of the pools. */
function slide(sizes: Shape, { kernel, strides, dilations, pads, autoPad }: Window, ceil = false): number[] {
  return sizes.map((size, i) => {
    const stride = strides[i];
    if (autoPad.startsWith('SAME')) return Math.ceil(size / stride);
    const [begin, end] = autoPad === 'VALID' ? [0, 0] : [pads[i], pads[i + sizes.length]];
    const room = size + begin + end - ((kernel[i] - 1) * dilations[i] + 1);
    if (room < 0) throw new CannotInfer(`a window of ${kernel[i]} does not fit into a size of ${size}`);
    const floored = Math.floor(room / stride) + 1;
    if (!ceil) return floored;
    const count = Math.ceil(room / stride) + 1;
    // A window that would start in the padding at the end is dropped.
    return (count - 1) * stride >= size + begin ? count - 1 : count;
  });
}

/** Convolutions with data and weights at these inputs. MACs: every output value x Cin / groups x kernel. */
const convolution =
  (data: number, weights: number, type?: number): Rule =>
  (call) => {
    if (call.number('channels_last', 0) !== 0) throw new CannotInfer('channels_last is not supported');
    const [batch, channels, ...sizes] = call.ranked(data, 3, true);
    const [outChannels, perGroup, ...kernel] = call.ranked(weights, sizes.length + 2);
    const groups = call.number('group', 1);
    if (perGroup * groups !== channels)
      throw new CannotInfer(`${channels} channels in, but weights for ${perGroup} x ${groups} groups`);
    const window = windowOf(call, kernel, sizes.length);
    const shape = checked([batch, outChannels, ...slide(sizes, window)]);
    const macs = product([...shape, perGroup, ...kernel], 'multiply-adds');
    return { ...shaped(shape, type), macs, kind: 'convolution' };
  };

/** MACs: every input value x Cout / groups x kernel, those that fall into the cut border included. */
function convTranspose(call: Call): Outcome {
  const input = call.ranked(0, 3, true);
  const [batch, channels, ...sizes] = input;
  const [inChannels, perGroup, ...kernel] = call.ranked(1, sizes.length + 2);
  if (channels !== inChannels) throw new CannotInfer(`${channels} channels in, but weights for ${inChannels}`);
  const { strides, dilations, pads, autoPad } = windowOf(call, kernel, sizes.length);
  const outputPadding = call.numbers('output_padding') ?? [];
  const stated = call.numbers('output_shape');
  if (stated?.length && stated.length !== sizes.length)
    throw new CannotInfer(`output_shape has ${stated.length} values instead of ${sizes.length}`);
  const spatial = sizes.map((size, i) => {
    if (stated?.length) return stated[i];
    if (autoPad.startsWith('SAME')) return size * strides[i];
    const cut = autoPad === 'VALID' ? 0 : pads[i] + pads[i + sizes.length];
    return strides[i] * (size - 1) + (outputPadding[i] ?? 0) + (kernel[i] - 1) * dilations[i] + 1 - cut;
  });
  const shape = checked([batch, perGroup * call.number('group', 1), ...spatial]);
  return { ...shaped(shape), macs: product([...input, perGroup, ...kernel], 'multiply-adds'), kind: 'convolution' };
}

function pool(call: Call): Outcome {
  if (call.number('channels_last', 0) !== 0) throw new CannotInfer('channels_last is not supported');
  const [batch, channels, ...sizes] = call.ranked(0, 3, true);
  const kernel = call.numbers('kernel_shape');
  if (kernel?.length !== sizes.length) throw new CannotInfer(`kernel_shape must have ${sizes.length} values`);
  const window = windowOf(call, kernel, sizes.length);
  const shape = checked([batch, channels, ...slide(sizes, window, call.number('ceil_mode', 0) !== 0)]);
  return { outputs: [{ shape }, { shape, type: DataType.INT64 }] };
}

function globalPool(call: Call): Outcome {
  const [batch, channels, ...sizes] = call.ranked(0, 2, true);
  if (call.number('channels_last', 0) !== 0) return shaped([batch, ...sizes.map(() => 1), sizes.at(-1) ?? channels]);
  return shaped([batch, channels, ...sizes.map(() => 1)]);
}

function unpool(call: Call): Outcome {
  const [batch, channels, ...sizes] = call.ranked(0, 3, true);
  const stated = call.elements(2);
  if (stated) return shaped(checked(stated));
  const kernel = call.numbers('kernel_shape') ?? [];
  if (kernel.length !== sizes.length) throw new CannotInfer(`kernel_shape must have ${sizes.length} values`);
  const { strides, pads } = windowOf(call, kernel, sizes.length);
  const spatial = sizes.map((n, i) => (n - 1) * strides[i] + kernel[i] - pads[i] - pads[i + sizes.length]);
  return shaped(checked([batch, channels, ...spatial]));
}

export const WINDOW_RULES: Readonly<Record<string, Rule>> = {
  Conv: convolution(0, 1),
  FusedConv: convolution(0, 1),
  DeformConv: convolution(0, 1),
  QLinearConv: convolution(0, 3),
  ConvInteger: convolution(0, 1, DataType.INT32),
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  QLinearAveragePool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GlobalLpPool: globalPool,
  QLinearGlobalAveragePool: globalPool,
  MaxUnpool: unpool,
};
