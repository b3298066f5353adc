import { TensorProto_DataType as DataType } from '../../../formats/generated/onnx_pb.ts';
import { type Call, type Outcome, type Rule, shaped } from '../call.ts';
import { axisOf, CannotInfer, type Shape } from '../value.ts';

const REDUCTIONS = ['Sum', 'Mean', 'Max', 'Min', 'Prod', 'L1', 'L2', 'LogSum', 'LogSumExp', 'SumSquare'];

function without(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  const gone = new Set(axes.map((axis) => axisOf(axis, shape.length)));
  return keep ? shape.map((n, i) => (gone.has(i) ? 1 : n)) : shape.filter((_, i) => !gone.has(i));
}

function reduce(call: Call): Outcome {
  const shape = call.shape(0);
  const axes = call.numbersOrInput('axes', 1) ?? [];
  if (axes.length === 0 && call.number('noop_with_empty_axes', 0)) return shaped(shape);
  const chosen = axes.length ? axes : shape.map((_, i) => i);
  return shaped(without(shape, chosen, call.number('keepdims', 1) !== 0));
}

function argument(call: Call): Outcome {
  return shaped(without(call.shape(0), [call.number('axis', 0)], call.number('keepdims', 1) !== 0), DataType.INT64);
}

function topK(call: Call): Outcome {
  const shape = call.shape(0);
  const k = call.has(1) ? call.elements(1)?.[0] : call.required('k');
  const axis = axisOf(call.number('axis', -1), shape.length);
  if (k === undefined || k < 0 || k > shape[axis]) throw new CannotInfer(`k = ${k} of ${shape[axis]} values`);
  const best = shape.map((n, i) => (i === axis ? k : n));
  return { outputs: [{ shape: best }, { shape: best, type: DataType.INT64 }] };
}

export const REDUCE_RULES: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(REDUCTIONS.map((name) => [`Reduce${name}`, reduce])),
  ArgMax: argument,
  ArgMin: argument,
  TopK: topK,
};
