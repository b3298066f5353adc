import { TensorProto_DataType as DataType } from '../../../formats/generated/onnx_pb.ts';
import { type AxisSlice, sliceAxis } from '../../../formats/onnx-slice.ts';
import { type Call, type Outcome, type Rule, shaped } from '../call.ts';
import { axisOf, broadcast, CannotInfer, checked } from '../value.ts';

/** The slice of each axis that a Slice node names. */
export function slicesOf(call: Call, rank: number): ReadonlyMap<number, { start: number; end: number; step: number }> {
  const starts = call.numbersOrInput('starts', 1);
  const ends = call.numbersOrInput('ends', 2);
  const axes = call.numbersOrInput('axes', 3) ?? starts?.map((_, i) => i);
  const steps = call.elements(4);
  if (!starts || ends?.length !== starts.length || axes?.length !== starts.length)
    throw new CannotInfer('starts, ends and axes of a Slice must have one length');
  return new Map(
    axes.map((axis, i) => [axisOf(axis, rank), { start: starts[i], end: ends[i], step: steps?.[i] ?? 1 }]),
  );
}

/** @throws CannotInfer for a step of 0. */
export function cutSlice(size: number, { start, end, step }: { start: number; end: number; step: number }): AxisSlice {
  if (step === 0) throw new CannotInfer('a Slice of step 0');
  return sliceAxis(size, start, end, step);
}

function slice(call: Call): Outcome {
  const shape = call.shape(0);
  const slices = slicesOf(call, shape.length);
  return shaped(
    shape.map((size, axis) => {
      const cut = slices.get(axis);
      return cut ? cutSlice(size, cut).count : size;
    }),
  );
}

function gather(call: Call): Outcome {
  const shape = call.shape(0);
  const axis = axisOf(call.number('axis', 0), shape.length);
  return shaped(checked([...shape.slice(0, axis), ...call.shape(1), ...shape.slice(axis + 1)]));
}

function gatherND(call: Call): Outcome {
  const [data, indices] = [call.shape(0), call.ranked(1, 1, true)];
  const batch = call.number('batch_dims', 0);
  const deep = indices.at(-1) as number;
  return shaped(checked([...indices.slice(0, -1), ...data.slice(batch + deep)]));
}

function expand(call: Call): Outcome {
  return shaped(checked(broadcast([call.shape(0), checked(call.elements(1) ?? [])])));
}

function oneHot(call: Call): Outcome {
  const shape = call.shape(0);
  const axis = axisOf(call.number('axis', -1), shape.length + 1);
  const depth = call.elements(1)?.[0] ?? Number.NaN;
  return shaped(checked([...shape.slice(0, axis), depth, ...shape.slice(axis)]), call.type(2));
}

/** Two-dimensional or three-dimensional: the grid's sizes, the data's channels. */
function gridSample(call: Call): Outcome {
  const [batch, channels] = call.ranked(0, 4, true);
  return shaped(checked([batch, channels, ...call.shape(1).slice(1, -1)]));
}

function affineGrid(call: Call): Outcome {
  const size = call.elements(1) ?? [];
  return shaped(checked([size[0], ...size.slice(2), size.length - 2]));
}

function roiAlign(call: Call): Outcome {
  const [, channels] = call.ranked(0, 4);
  const [regions] = call.shape(1);
  const size = [call.number('output_height', 1), call.number('output_width', 1)];
  return shaped(
    checked([regions, channels, ...(call.op === 'MaxRoiPool' ? (call.numbers('pooled_shape') ?? []) : size)]),
  );
}

function centerCropPad(call: Call): Outcome {
  const shape = call.shape(0);
  const target = call.elements(1) ?? [];
  const axes = (call.numbers('axes') ?? target.map((_, i) => i)).map((axis) => axisOf(axis, shape.length));
  return shaped(checked(shape.map((n, i) => (axes.includes(i) ? target[axes.indexOf(i)] : n))));
}

/** Values of the first input, unless `type` says otherwise. */
const dataDependent =
  (type?: number): Rule =>
  ({ op }) => ({ outputs: [{ reason: `the size of what ${op} gives depends on the image`, type }] });

export const INDEXING_RULES: Readonly<Record<string, Rule>> = {
  Slice: slice,
  Gather: gather,
  GatherElements: (call) => shaped(call.shape(1)),
  GatherND: gatherND,
  Expand: expand,
  OneHot: oneHot,
  GridSample: gridSample,
  AffineGrid: affineGrid,
  RoiAlign: roiAlign,
  MaxRoiPool: roiAlign,
  CenterCropPad: centerCropPad,
  NonZero: dataDependent(DataType.INT64),
  NonMaxSuppression: dataDependent(DataType.INT64),
  Unique: dataDependent(),
  Compress: dataDependent(),
};
