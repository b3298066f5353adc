import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine.ts';
import { intsOf, type Operator, type Operators, planned, tensorLayout } from '../operator.ts';
import { axisIn, hostInts, isHost, type Layout, NHWC_PLACE, requireElements, TO_NCHW, type Value } from '../value.ts';

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Another shape over the same elements in the same order: for tensors as ONNX has them, and for numbers. */
const reshaping =
  (
    shapeFor: (
      node: Parameters<Operator>[0],
      inputs: Parameters<ReturnType<Operator>['run']>[1],
      shape: readonly number[],
    ) => number[],
  ): Operator =>
  (node, inputs) => {
    const layout: Layout = inputs[0] === 'host' ? 'host' : 'plain';
    return planned(layout, [layout], inputs, (tf, values) => {
      const x: Value = layout === 'host' ? values.host(0) : values.tensor(0);
      const shape = shapeFor(node, values, x.shape);
      return isHost(x) ? { ...x, shape } : tf.reshape(x, shape);
    });
  };

const reshape = reshaping((node, inputs, from) => {
  const wanted = node.ints('shape') ?? inputs.host(1).data;
  const kept = wanted.map((size, axis) => (size === 0 && node.int('allowzero', 0) === 0 ? from[axis] : size));
  const rest = kept.filter((size) => size !== -1);
  if (kept.length === rest.length) return kept;
  const free = product(from) / product(rest);
  if (!Number.isInteger(free)) throw new RangeError(`[${from.join(', ')}] as [${wanted.join(', ')}]`);
  return kept.map((size) => (size === -1 ? free : size));
});

const flatten = reshaping((node, _inputs, from) => {
  const axis = node.int('axis', 1);
  const at = axis < 0 ? axis + from.length : axis;
  return [product(from.slice(0, at)), product(from.slice(at))];
});

const squeeze = reshaping((node, inputs, from) => {
  const axes = intsOf(node, inputs, 'axes', 1)?.map((axis) => axisIn('plain', axis, from.length));
  const gone = (size: number, axis: number) => (axes ? axes.includes(axis) : size === 1);
  const cut = from.find((size, axis) => gone(size, axis) && size !== 1);
  if (cut !== undefined) throw new RangeError(`an axis of ${cut} squeezed away`);
  return from.filter((size, axis) => !gone(size, axis));
});

const unsqueeze = reshaping((node, inputs, from) => {
  const axes = intsOf(node, inputs, 'axes', 1) ?? [];
  const rank = from.length + axes.length;
  const shape = Array<number>(rank).fill(0);
  for (const axis of axes) shape[axisIn('plain', axis, rank)] = 1;
  const rest = [...from];
  return shape.map((size) => size || (rest.shift() as number));
});

/** Turning an nhwc tensor into an order of its axes is one transposition; to and from nhwc itself it is none. */
const transpose: Operator = (node, inputs) => {
  const perm = node.ints('perm');
  const isNhwc = inputs[0] === 'nhwc';
  const toNchw = !isNhwc && perm?.join() === TO_NCHW.join();
  return planned(toNchw ? 'nhwc' : 'plain', [tensorLayout(inputs[0])], inputs, (tf, values) => {
    const x = values.tensor(0);
    if (toNchw) return x.clone();
    const order = perm ?? x.shape.map((_, axis) => x.rank - 1 - axis);
    const held = isNhwc ? order.map((axis) => NHWC_PLACE[axis]) : order;
    return held.every((axis, i) => axis === i) ? x.clone() : tf.transpose(x, held);
  });
};

const identity: Operator = (_node, inputs) => {
  const layout = inputs[0] ?? 'plain';
  return planned(layout, [layout], inputs, (_tf, values) =>
    layout === 'host' ? values.host(0) : values.tensor(0).clone(),
  );
};

const shapeOf: Operator = (node, inputs) => {
  const layout = inputs[0] ?? 'plain';
  return planned('host', [layout], inputs, (_tf, values) => {
    const { shape } = layout === 'host' ? values.host(0) : values.tensor(0);
    const whole = layout === 'nhwc' ? NHWC_PLACE.map((place) => shape[place]) : [...shape];
    return hostInts(whole.slice(node.int('start', 0), node.optionalInt('end')));
  });
};

const size: Operator = (_node, inputs) => {
  const layout = inputs[0] ?? 'plain';
  return planned('host', [layout], inputs, (_tf, values) =>
    hostInts([product(layout === 'host' ? values.host(0).shape : values.tensor(0).shape)], []),
  );
};

const constantOfShape: Operator = (node, inputs) => {
  const value = node.tensor('value') ?? { kind: 'float', data: [0] };
  const host = value.kind === 'int';
  return planned(host ? 'host' : 'plain', ['host'], inputs, (tf, values) => {
    const shape = [...values.host(0).data];
    const fill = value.data[0];
    const count = requireElements(shape);
    return host
      ? hostInts(Array<number>(count).fill(fill), shape)
      : tf.fill(shape, fill, value.kind === 'bool' ? 'bool' : 'float32');
  });
};

const range: Operator = (_node, inputs) =>
  planned('host', [], inputs, (_tf, values) => {
    const [start, limit, delta] = [0, 1, 2].map((i) => values.host(i).data[0]);
    const count = Math.max(0, Math.ceil((limit - start) / delta));
    requireElements([count]);
    const data = Array.from({ length: count }, (_, i) => start + i * delta);
    return { ...values.host(0), shape: [count], data };
  });

const expand: Operator = (_node, inputs) =>
  planned('plain', ['plain'], inputs, (tf, values) => {
    const x = values.tensor(0);
    const wanted = values.host(1).data;
    const rank = Math.max(x.rank, wanted.length);
    const own = [...Array<number>(rank - x.rank).fill(1), ...x.shape];
    const other = [...Array<number>(rank - wanted.length).fill(1), ...wanted];
    if (own.some((n, axis) => n !== other[axis] && n !== 1 && other[axis] !== 1))
      throw new RangeError(`[${x.shape.join(', ')}] as [${wanted.join(', ')}]`);
    const shape = own.map((n, axis) => (n === 1 ? other[axis] : n));
    requireElements(shape);
    return tf.broadcastTo(tf.reshape(x, own), shape);
  });

const tile: Operator = (_node, inputs) =>
  planned('plain', ['plain'], inputs, (tf, values) => {
    const x = values.tensor(0);
    const times = [...values.host(1).data];
    requireElements(x.shape.map((n, axis) => n * times[axis]));
    return tf.tile(x, times);
  });

/** DCR: block row, block column, channel, from the slowest; CRD: channel first. TensorFlow.js knows the former. */
const depthToSpace: Operator = (node, inputs) => {
  const block = node.int('blocksize', 1);
  const isDcr = node.text('mode', 'DCR') === 'DCR';
  return planned('nhwc', ['nhwc'], inputs, (tf, values) => {
    const x = values.tensor(0) as Tensor4D;
    const held: number = x.shape[3];
    const channels = held / block ** 2;
    if (!Number.isInteger(channels)) throw new RangeError(`${held} channels in blocks of ${block}x${block}`);
    if (isDcr) return tf.depthToSpace(x, block, 'NHWC');
    const order = Array.from({ length: held }, (_, i) => (i % channels) * block ** 2 + Math.floor(i / channels));
    return tf.depthToSpace(tf.gather(x, tf.tensor1d(order, 'int32'), 3), block, 'NHWC');
  });
};

const spaceToDepth: Operator = (node, inputs) => {
  const block = node.int('blocksize', 1);
  return planned('nhwc', ['nhwc'], inputs, (tf, values) => {
    const x: Tensor = values.tensor(0);
    const [n, h, w, c] = x.shape;
    const offsets = Array.from({ length: block ** 2 }, (_, i) => [Math.floor(i / block), i % block]);
    return tf.concat(
      offsets.map(([y, across]) => every(tf, x, [0, y, across, 0], [n, h, w, c], block)),
      3,
    );
  });
};

const every = (tf: Tf, x: Tensor, begin: number[], end: number[], step: number): Tensor =>
  tf.stridedSlice(x, begin, end, [1, step, step, 1]);

export const SHAPES: Operators = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Identity: identity,
  Dropout: identity,
  Shape: shapeOf,
  Size: size,
  ConstantOfShape: constantOfShape,
  Range: range,
  Expand: expand,
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
