import type { Tensor } from '@tensorflow/tfjs-core';
import { sliceAxis } from '../../../formats/onnx-slice.ts';
import type { Tf } from '../engine.ts';
import { type Inputs, intsOf, type Operator, type Operators, planned, tensorLayout } from '../operator.ts';
import { axisIn, type HostValue, hostInts, type Layout, requireElements } from '../value.ts';

/** Every axis's indices that are kept; undefined: all of them. */
type Picks = (readonly number[] | undefined)[];

const concat: Operator = (node, inputs) => {
  const host = inputs.every((input) => input === 'host');
  const layout: Layout = host ? 'host' : inputs.includes('nhwc') ? 'nhwc' : 'plain';
  const axis = node.int('axis', 0);
  return {
    wants: inputs.map((input) => input && { layout }),
    gives: [layout],
    run: (tf, values) => {
      const each = inputs.map((_, i) => i);
      if (host)
        return [
          joinNumbers(
            each.map((i) => values.host(i)),
            axis,
          ),
        ];
      const tensors = each.map((i) => values.tensor(i));
      return [tf.concat(tensors, axisIn(layout, axis, tensors[0].rank))];
    },
  };
};

function joinNumbers(parts: readonly HostValue[], axis: number): HostValue {
  if (parts.some(({ shape }) => shape.length !== 1) || ![0, -1].includes(axis))
    throw new RangeError('small constants of more than one axis joined');
  return { ...parts[0], ...hostInts(parts.flatMap(({ data }) => data)), kind: parts[0].kind };
}

const split: Operator = (node, inputs) => {
  const layout = tensorLayout(inputs[0]);
  const parts = node.outputs.length;
  return {
    wants: [{ layout }, inputs[1] && { layout: 'host' }],
    gives: node.outputs.map(() => layout),
    run: (tf, values) => {
      const x = values.tensor(0);
      const axis = axisIn(layout, node.int('axis', 0), x.rank);
      const size = Math.ceil(x.shape[axis] / parts);
      const equal = Array.from({ length: parts }, (_, i) => Math.min(size, x.shape[axis] - i * size));
      return tf.split(x, intsOf(node, values, 'split', 1) ?? equal, axis);
    },
  };
};

function sliceIndices(size: number, start: number, end: number, step: number): number[] {
  if (step === 0) throw new RangeError('a step of 0');
  const slice = sliceAxis(size, start, end, step);
  return Array.from({ length: slice.count }, (_, i) => slice.start + i * step);
}

const slice: Operator = (node, inputs) => {
  const host = inputs[0] === 'host';
  const layout = host ? 'host' : tensorLayout(inputs[0]);
  return planned(layout, [layout], inputs, (tf, values) => {
    const shape = host ? values.host(0).shape : values.tensor(0).shape;
    const starts = intsOf(node, values, 'starts', 1) ?? [];
    const ends = intsOf(node, values, 'ends', 2) ?? [];
    const axes = intsOf(node, values, 'axes', 3) ?? starts.map((_, i) => i);
    const steps = values.has(4) ? values.host(4).data : starts.map(() => 1);
    const picks: Picks = shape.map(() => undefined);
    axes.forEach((axis, i) => {
      const at = axisIn(layout, axis, shape.length);
      picks[at] = sliceIndices(shape[at], starts[i], ends[i], steps[i]);
    });
    return host ? pickNumbers(values.host(0), picks) : pick(tf, values.tensor(0), picks);
  });
};

/** Runs of neighbours are sliced, anything else is gathered axis by axis. */
function pick(tf: Tf, x: Tensor, picks: Picks): Tensor {
  const isRun = (indices: readonly number[]) => indices.every((index, i) => i === 0 || index === indices[i - 1] + 1);
  const begin = picks.map((indices) => (indices && isRun(indices) ? (indices[0] ?? 0) : 0));
  const size = picks.map((indices, axis) => (indices && isRun(indices) ? indices.length : x.shape[axis]));
  let result = size.every((n, axis) => n === x.shape[axis]) ? x.clone() : tf.slice(x, begin, size);
  picks.forEach((indices, axis) => {
    if (indices && !isRun(indices)) result = tf.gather(result, tf.tensor1d([...indices], 'int32'), axis);
  });
  return result;
}

function pickNumbers(value: HostValue, picks: Picks): HostValue {
  if (value.shape.length !== 1) throw new RangeError('a small constant of more than one axis sliced');
  const data = picks[0] ? picks[0].map((index) => value.data[index]) : value.data;
  return { ...value, shape: [data.length], data };
}

const gather: Operator = (node, inputs) => {
  const axis = node.int('axis', 0);
  if (inputs[0] === 'host' && inputs[1] === 'host')
    return planned('host', ['host', 'host'], inputs, (_tf, values) => gatherNumbers(values, axis));
  return planned('plain', ['plain', inputs[1] === 'host' ? 'host' : 'plain'], inputs, (tf, values) => {
    const x = values.tensor(0);
    const at = axisIn('plain', axis, x.rank);
    const size = x.shape[at];
    if (inputs[1] !== 'host') {
      const index = values.tensor(1);
      return tf.gather(x, tf.cast(tf.where(tf.less(index, 0), tf.add(index, size), index), 'int32') as never, at);
    }
    const { data, shape } = values.host(1);
    const indices = data.map((index) => axisIn('plain', index, size));
    return tf.gather(x, tf.tensor(indices, [...shape], 'int32') as never, at);
  });
};

function gatherNumbers(values: Inputs, axis: number): HostValue {
  const from = values.host(0);
  const index = values.host(1);
  if (from.shape.length !== 1 || ![0, -1].includes(axis))
    throw new RangeError('a small constant of more than one axis gathered from');
  const data = index.data.map((i) => from.data[axisIn('plain', i, from.data.length)]);
  return { ...from, shape: index.shape, data };
}

const pad: Operator = (node, inputs) => {
  const layout = tensorLayout(inputs[0]);
  const mode = node.text('mode', 'constant');
  if (!['constant', 'reflect', 'edge', 'wrap'].includes(mode)) throw node.unsupported(`the mode ${mode}`);
  return planned(layout, [layout], inputs, (tf, values) => {
    const x = values.tensor(0);
    const pads = intsOf(node, values, 'pads', 1) ?? [];
    const axes = values.has(3) ? values.host(3).data : x.shape.map((_, axis) => axis);
    const ends = x.shape.map(() => [0, 0] as [number, number]);
    axes.forEach((axis, i) => {
      ends[axisIn(layout, axis, x.rank)] = [pads[i], pads[i + axes.length]];
    });
    requireElements(x.shape.map((n, axis) => Math.max(0, n + ends[axis][0] + ends[axis][1])));
    if (mode !== 'constant')
      return pick(
        tf,
        x,
        ends.map(([before, after], axis) => mirrored(mode, x.shape[axis], before, after)),
      );
    const value = values.has(2) ? values.host(2).data[0] : node.float('value', 0);
    // Negative padding cuts off.
    const cut = ends.map(([before, after], axis) =>
      before < 0 || after < 0
        ? sliceIndices(x.shape[axis], Math.max(0, -before), x.shape[axis] + Math.min(0, after), 1)
        : undefined,
    );
    return tf.pad(
      pick(tf, x, cut),
      ends.map(([before, after]) => [Math.max(0, before), Math.max(0, after)]),
      value,
    );
  });
};

function mirrored(mode: string, size: number, before: number, after: number): number[] | undefined {
  if (before === 0 && after === 0) return undefined;
  if (mode === 'reflect' && Math.max(before, after) >= size)
    throw new RangeError(`${Math.max(before, after)} pixels mirrored of an axis of ${size}`);
  return Array.from({ length: size + before + after }, (_, i) => {
    const index = i - before;
    if (mode === 'wrap') return ((index % size) + size) % size;
    if (mode === 'edge') return Math.min(Math.max(index, 0), size - 1);
    return index < 0 ? -index : index < size ? index : 2 * (size - 1) - index;
  });
}

export const SLICING: Operators = { Concat: concat, Split: split, Slice: slice, Gather: gather, Pad: pad };
