import { UsageError } from '../../core/errors.ts';
import { unknownName } from '../../core/nearest.ts';
import type { GraphProto, ValueInfoProto } from '../../formats/generated/onnx_pb.ts';
import { typeName } from '../../formats/onnx-types.ts';
import type { OnnxValue } from './types.ts';
import { show, type Value } from './value.ts';

export type InputShapes = Readonly<Record<string, readonly number[]>>;
type Declared = OnnxValue['declared'];

const tensorOf = ({ type }: ValueInfoProto) => (type?.value.case === 'tensorType' ? type.value.value : undefined);

export const typeOf = (info: ValueInfoProto): number => tensorOf(info)?.elemType ?? 0;

/** Sizes as the file declares them: numbers above 0, names of free axes, or undefined. */
export function declaredShape(info: ValueInfoProto): Declared {
  return tensorOf(info)?.shape?.dim.map(({ value }) => {
    if (value.case === 'dimParam') return value.value || undefined;
    return value.case === 'dimValue' && value.value > 0n ? Number(value.value) : undefined;
  });
}

/** A declared shape without free axes. */
export function fixedShape(info: ValueInfoProto): readonly number[] | undefined {
  const declared = declaredShape(info);
  return declared?.every((n) => typeof n === 'number') ? (declared as number[]) : undefined;
}

/** What is fed: inputs that no initialiser fills. */
export function fedInputs(graph: GraphProto): ValueInfoProto[] {
  const stored = new Set(graph.initializer.map(({ name }) => name));
  return graph.input.filter(({ name }) => !stored.has(name));
}

/** @throws UsageError for shapes of inputs that are not there, or that the file does not take. */
export function requireInputShapes(fed: readonly ValueInfoProto[], given: InputShapes): void {
  const names = fed.map(({ name }) => name);
  for (const [name, shape] of Object.entries(given)) {
    const info = fed.find((input) => input.name === name);
    if (!info) throw new UsageError(unknownName('input', name, names));
    const declared = declaredShape(info);
    const fits =
      shape.every((n) => Number.isSafeInteger(n) && n > 0) &&
      (!declared ||
        (declared.length === shape.length && declared.every((n, i) => typeof n !== 'number' || n === shape[i])));
    if (!fits)
      throw new UsageError(
        `input "${name}": ${show(shape)} was asked for, the file takes [${(declared ?? []).map((n) => n ?? 'any').join(', ')}]`,
      );
  }
}

/** The value of an input; its first axis, where free, is a batch of 1. */
export function inputValue(info: ValueInfoProto, given: InputShapes): Value {
  const common = { type: typeOf(info), constant: false };
  if (Object.hasOwn(given, info.name)) return { ...common, shape: given[info.name] };
  const declared = declaredShape(info);
  if (!declared) return { ...common, reason: `input "${info.name}" has no declared shape; give its size` };
  const shape = declared.map((n, axis) =>
    typeof n === 'number' ? n : axis === 0 && declared.length > 1 ? 1 : undefined,
  );
  const free = shape.flatMap((n, axis) => (n === undefined ? [axis] : []));
  if (free.length === 0) return { ...common, shape: shape as number[] };
  const axes = `${free.length > 1 ? 'axes' : 'axis'} ${free.join(' and ')}`;
  const words = `input "${info.name}" is free along ${axes} ([${declared.map((n) => n ?? '?').join(', ')}])`;
  return { ...common, reason: `${words}; give its size` };
}

export const describeValue = (info: ValueInfoProto, value: Value | undefined): OnnxValue => ({
  name: info.name,
  ...(value?.shape && { shape: value.shape }),
  ...(declaredShape(info) && { declared: declaredShape(info) }),
  type: typeName(value?.type || typeOf(info)),
});
