import { TensorProto_DataType as DataType } from '../../../formats/generated/onnx_pb.ts';
import { type Call, type Outcome, type Rule, shaped } from '../call.ts';
import { axisOf, CannotInfer, checked, product, type Shape, show } from '../value.ts';

function transpose(call: Call): Outcome {
  const shape = call.shape(0);
  const order = call.numbers('perm') ?? shape.map((_, i) => shape.length - 1 - i);
  if (order.length !== shape.length || new Set(order).size !== order.length)
    throw new CannotInfer(`perm ${show(order)} for ${shape.length} axes`);
  return shaped(order.map((axis) => shape[axisOf(axis, shape.length)]));
}

/** 0 keeps the size, -1 takes what is left. */
function reshape(call: Call): Outcome {
  const shape = call.shape(0);
  const wanted = call.numbers('shape') ?? call.elements(1);
  if (!wanted) throw new CannotInfer('the shape to take is missing');
  const zeroIsSize = call.number('allowzero', 0) !== 0;
  const sizes = wanted.map((n, i) => (n === 0 && !zeroIsSize ? (shape[i] ?? Number.NaN) : n));
  const free = sizes.indexOf(-1);
  const elements = product(shape);
  if (free >= 0) sizes[free] = elements / product(sizes.filter((_, i) => i !== free));
  if (product(checked(sizes)) !== elements) throw new CannotInfer(`${show(shape)} cannot become ${show(wanted)}`);
  return shaped(sizes);
}

function flatten(call: Call): Outcome {
  const shape = call.shape(0);
  const axis = call.number('axis', 1);
  const at = axis < 0 ? axis + shape.length : axis;
  return shaped([product(shape.slice(0, at)), product(shape.slice(at))]);
}

function squeeze(call: Call): Outcome {
  const shape = call.shape(0);
  const axes = call.numbersOrInput('axes', 1)?.map((axis) => axisOf(axis, shape.length));
  if (axes?.some((axis) => shape[axis] !== 1)) throw new CannotInfer(`Squeeze of axes ${axes} of ${show(shape)}`);
  return shaped(shape.filter((n, i) => (axes ? !axes.includes(i) : n !== 1)));
}

function unsqueeze(call: Call): Outcome {
  const shape = call.shape(0);
  const axes = call.numbersOrInput('axes', 1);
  if (!axes) throw new CannotInfer('axes are missing');
  const rank = shape.length + axes.length;
  const fresh = new Set(axes.map((axis) => axisOf(axis, rank)));
  if (fresh.size !== axes.length) throw new CannotInfer(`axes ${show(axes)} name one twice`);
  const old = shape.values();
  const sizes = Array.from({ length: rank }, (_, i) => (fresh.has(i) ? 1 : (old.next().value as number)));
  return shaped(checked(sizes));
}

function concat(call: Call): Outcome {
  const shapes = call.inputs.map((_, i) => call.shape(i));
  const [first] = shapes;
  if (!first) throw new CannotInfer('nothing to join');
  const axis = axisOf(call.required('axis'), first.length);
  for (const shape of shapes)
    if (shape.length !== first.length || shape.some((n, i) => i !== axis && n !== first[i]))
      throw new CannotInfer(`${show(first)} and ${show(shape)} do not fit`);
  const joined = shapes.reduce((sum, shape) => sum + shape[axis], 0);
  return shaped(checked(first.map((n, i) => (i === axis ? joined : n))));
}

function split(call: Call): Outcome {
  const shape = call.shape(0);
  const axis = axisOf(call.number('axis', 0), shape.length);
  const parts = call.number('num_outputs', call.node.output.length);
  const chunk = Math.ceil(shape[axis] / parts);
  const equal = (i: number) => Math.max(0, Math.min(chunk, shape[axis] - i * chunk));
  const stated = call.numbersOrInput('split', 1);
  const sizes = call.node.output.map((_, i) => (stated ? (stated[i] ?? Number.NaN) : equal(i)));
  if (sizes.reduce((sum, n) => sum + n, 0) !== shape[axis])
    throw new CannotInfer(`${shape[axis]} cannot be split into ${sizes.slice(0, 8).join(', ')}`);
  return { outputs: sizes.map((size) => ({ shape: checked(shape.map((n, i) => (i === axis ? size : n))) })) };
}

function pad(call: Call): Outcome {
  const shape = call.shape(0);
  const pads = call.numbersOrInput('pads', 1) ?? call.numbers('paddings');
  const axes = (call.elements(3) ?? shape.map((_, i) => i)).map((axis) => axisOf(axis, shape.length));
  if (pads?.length !== 2 * axes.length) throw new CannotInfer(`pads must have ${2 * axes.length} values`);
  const sizes = [...shape];
  axes.forEach((axis, i) => {
    sizes[axis] += pads[i] + pads[i + axes.length];
  });
  return shaped(checked(sizes));
}

function tile(call: Call): Outcome {
  const shape = call.shape(0);
  const repeats = call.elements(1);
  if (repeats?.length !== shape.length) throw new CannotInfer(`Tile needs ${shape.length} repeats`);
  return shaped(checked(shape.map((n, i) => n * repeats[i])));
}

function depthToSpace(call: Call): Outcome {
  const [batch, channels, height, width] = call.ranked(0, 4);
  const block = call.required('blocksize');
  return shaped(checked([batch, channels / (block * block), height * block, width * block]));
}

function spaceToDepth(call: Call): Outcome {
  const [batch, channels, height, width] = call.ranked(0, 4);
  const block = call.required('blocksize');
  return shaped(checked([batch, channels * block * block, height / block, width / block]));
}

/** A shape read from a tensor of sizes. */
const shapeFrom = (call: Call, index: number): Shape => checked(call.elements(index) ?? []);

function constantOfShape(call: Call): Outcome {
  return shaped(shapeFrom(call, 0), call.tensor('value')?.dataType ?? DataType.FLOAT);
}

function range(call: Call): Outcome {
  const [start, limit, step] = [0, 1, 2].map((i) => call.elements(i)?.[0] ?? Number.NaN);
  return shaped(checked([Math.max(0, Math.ceil((limit - start) / step))]));
}

const random: Rule = (call) => shaped(checked(call.numbers('shape') ?? []), call.number('dtype', DataType.FLOAT));

export const LAYOUT_RULES: Readonly<Record<string, Rule>> = {
  Transpose: transpose,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Concat: concat,
  Split: split,
  Pad: pad,
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  ConstantOfShape: constantOfShape,
  Range: range,
  RandomNormal: random,
  RandomUniform: random,
  RandomNormalLike: (call) => shaped(call.shape(0), call.number('dtype', call.type(0))),
  RandomUniformLike: (call) => shaped(call.shape(0), call.number('dtype', call.type(0))),
  EyeLike: (call) => shaped(call.shape(0), call.number('dtype', call.type(0))),
  Shape: (call) => shaped([shapeRange(call).length], DataType.INT64),
  Size: () => shaped([], DataType.INT64),
};

/** The axes that a Shape node gives: from `start` to before `end`. */
export function shapeRange(call: Call): readonly number[] {
  return call.shape(0).slice(call.number('start', 0), call.numbers('end') ? call.number('end', 0) : undefined);
}
