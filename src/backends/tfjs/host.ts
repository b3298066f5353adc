import type { HostValue } from './value.ts';

/** Element by element over numbers with broadcasting as ONNX has it. */
export function combine(
  inputs: readonly HostValue[],
  kind: HostValue['kind'],
  combineOne: (...values: number[]) => number,
): HostValue {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  const shapes = inputs.map(({ shape }) => [...Array<number>(rank - shape.length).fill(1), ...shape]);
  const shape = Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((each) => each[axis]).filter((size) => size !== 1);
    if (sizes.some((size) => size !== sizes[0]))
      throw new RangeError(`shapes ${shapes.map((each) => `[${each.join(', ')}]`).join(' and ')} do not broadcast`);
    return sizes[0] ?? 1;
  });
  const count = shape.reduce((product, size) => product * size, 1);
  const data = Array.from({ length: count }, (_, index) => {
    const values = inputs.map((input, i) => input.data[offsetIn(shapes[i], shape, index)]);
    const value = combineOne(...values);
    // The quotient of integers is cut off towards zero.
    return kind === 'float' ? Math.fround(value) : Math.trunc(value);
  });
  return { kind, shape, data };
}

function offsetIn(own: readonly number[], whole: readonly number[], index: number): number {
  let offset = 0;
  let stride = 1;
  let rest = index;
  for (let axis = whole.length - 1; axis >= 0; axis--) {
    const place = rest % whole[axis];
    rest = (rest - place) / whole[axis];
    if (own[axis] !== 1) offset += place * stride;
    stride *= own[axis];
  }
  return offset;
}

/** What float inputs make of an operation among several. */
export const commonKind = (inputs: readonly HostValue[]): HostValue['kind'] =>
  inputs.some(({ kind }) => kind === 'float') ? 'float' : inputs[0].kind;
