import { isFloat } from '../../formats/onnx-types.ts';
import type { Call } from './call.ts';
import { cutSlice, slicesOf } from './rules/indexing.ts';
import { shapeRange } from './rules/layout.ts';
import { smallElements } from './stored.ts';
import { MAX_FOLDED_ELEMENTS, type Shape } from './value.ts';

type Numbers = readonly number[];
/** The elements of the first output; undefined where they cannot be known. */
type Fold = (call: Call, shape: Shape) => Numbers | undefined;

const elementsAt = (call: Call, index: number): Numbers | undefined => call.inputs[index]?.elements;

/** Sizes and axes only: operands of one length, or one number. */
const pairwise =
  (compute: (a: number, b: number, isInteger: boolean) => number): Fold =>
  (call) => {
    const isInteger = !isFloat(call.type(0));
    const operands = call.inputs.map((_, i) => elementsAt(call, i));
    return operands.reduce((a, b) => {
      if (!a || !b || (a.length !== b.length && a.length !== 1 && b.length !== 1)) return undefined;
      const length = a.length === 1 ? b.length : a.length;
      return Array.from({ length }, (_, i) => compute(a[a.length === 1 ? 0 : i], b[b.length === 1 ? 0 : i], isInteger));
    });
  };

const each =
  (compute: (value: number) => number): Fold =>
  (call) =>
    elementsAt(call, 0)?.map(compute);

const same: Fold = (call) => elementsAt(call, 0);

function gather(call: Call): Numbers | undefined {
  const [data, indices] = [elementsAt(call, 0), elementsAt(call, 1)];
  if (!data || !indices || call.inputs[0]?.shape?.length !== 1) return undefined;
  const taken = indices.map((i) => data[i < 0 ? i + data.length : i]);
  return taken.includes(undefined as never) ? undefined : taken;
}

function slice(call: Call): Numbers | undefined {
  const data = elementsAt(call, 0);
  if (!data || call.inputs[0]?.shape?.length !== 1) return undefined;
  const wanted = slicesOf(call, 1).get(0);
  if (!wanted) return data;
  const { start, step, count } = cutSlice(data.length, wanted);
  return Array.from({ length: count }, (_, i) => data[start + i * step]);
}

function concat(call: Call): Numbers | undefined {
  const parts = call.inputs.map((value) => (value?.shape?.length === 1 ? value.elements : undefined));
  return parts.includes(undefined) ? undefined : parts.flatMap((part) => part as Numbers);
}

function where(call: Call): Numbers | undefined {
  const [condition, yes, no] = [0, 1, 2].map((i) => elementsAt(call, i));
  if (!condition || !yes || !no) return undefined;
  const length = Math.max(condition.length, yes.length, no.length);
  const at = (values: Numbers, i: number) => values[values.length === 1 ? 0 : i];
  return Array.from({ length }, (_, i) => (at(condition, i) ? at(yes, i) : at(no, i)));
}

function split(call: Call, shape: Shape): Numbers | undefined {
  return call.inputs[0]?.shape?.length === 1 ? elementsAt(call, 0)?.slice(0, shape[0]) : undefined;
}

function range(call: Call, [count]: Shape): Numbers | undefined {
  const [start, , step] = [0, 1, 2].map((i) => elementsAt(call, i)?.[0]);
  if (start === undefined || step === undefined) return undefined;
  return Array.from({ length: count }, (_, i) => start + i * step);
}

const filled =
  (compute: (call: Call) => number | undefined): Fold =>
  (call, shape) => {
    const value = compute(call);
    return value === undefined ? undefined : Array<number>(shape.reduce((a, b) => a * b, 1)).fill(value);
  };

/** Reductions of a whole vector. */
const total =
  (compute: (values: Numbers) => number): Fold =>
  (call, shape) => {
    const values = elementsAt(call, 0);
    return values && shape.every((n) => n === 1) ? [compute(values)] : undefined;
  };

/** Operators through which exporters compute shapes. Nothing else is evaluated. */
const FOLDS: Readonly<Record<string, Fold>> = {
  Shape: (call) => shapeRange(call),
  Size: (call) => [call.shape(0).reduce((a, b) => a * b, 1)],
  ...Object.fromEntries(['Identity', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten'].map((op) => [op, same])),
  Floor: each(Math.floor),
  Ceil: each(Math.ceil),
  Round: each(Math.round),
  Sqrt: each(Math.sqrt),
  Neg: each((v) => -v),
  Abs: each(Math.abs),
  Not: each((v) => (v ? 0 : 1)),
  Cast: (call) => elementsAt(call, 0)?.map(isFloat(call.required('to')) ? (v) => v : Math.trunc),
  Add: pairwise((a, b) => a + b),
  Sub: pairwise((a, b) => a - b),
  Mul: pairwise((a, b) => a * b),
  // ONNX divides integers as C does, towards zero.
  Div: pairwise((a, b, isInteger) => (isInteger ? Math.trunc(a / b) : a / b)),
  Mod: pairwise((a, b) => a - b * Math.floor(a / b)),
  Pow: pairwise((a, b) => a ** b),
  Min: pairwise((a, b) => Math.min(a, b)),
  Max: pairwise((a, b) => Math.max(a, b)),
  Equal: pairwise((a, b) => Number(a === b)),
  Greater: pairwise((a, b) => Number(a > b)),
  Less: pairwise((a, b) => Number(a < b)),
  And: pairwise((a, b) => Number(a && b)),
  Or: pairwise((a, b) => Number(a || b)),
  Where: where,
  Gather: gather,
  Slice: slice,
  Concat: concat,
  Split: split,
  Range: range,
  ConstantOfShape: filled((call) => {
    const tensor = call.tensor('value');
    return tensor ? smallElements(tensor, 1)?.[0] : 0;
  }),
  Expand: filled((call) => {
    const values = elementsAt(call, 0);
    return values?.length === 1 ? values[0] : undefined;
  }),
  ReduceProd: total((values) => values.reduce((a, b) => a * b, 1)),
  ReduceSum: total((values) => values.reduce((a, b) => a + b, 0)),
  ReduceMax: total((values) => Math.max(...values)),
  ReduceMin: total((values) => Math.min(...values)),
};

/** The elements of a node's first output, where they are few and can be known beforehand. */
export function fold(call: Call, shape: Shape): Numbers | undefined {
  const count = shape.reduce((a, b) => a * b, 1);
  if (count > MAX_FOLDED_ELEMENTS || !Object.hasOwn(FOLDS, call.op)) return undefined;
  const values = FOLDS[call.op](call, shape);
  return values?.length === count && values.every(Number.isFinite) ? values : undefined;
}
