import { TensorProto_DataType as DataType } from '../../../formats/generated/onnx_pb.ts';
import { type Call, type Outcome, type Rule, shaped } from '../call.ts';
import { broadcast, CannotInfer, checked, product, type Shape, show } from '../value.ts';

const MACS = 'multiply-adds';

/** NumPy's matmul: stacks of matrices, a missing axis of a vector put in and taken out again. */
function multiply(left: Shape, right: Shape, type?: number): Outcome {
  if (left.length === 0 || right.length === 0) throw new CannotInfer('a matrix product of a single number');
  const a = left.length === 1 ? [1, ...left] : left;
  const b = right.length === 1 ? [...right, 1] : right;
  const [rows, inner] = a.slice(-2);
  const [depth, columns] = b.slice(-2);
  if (inner !== depth) throw new CannotInfer(`a product of ${show(left)} and ${show(right)}`);
  const stack = broadcast([a.slice(0, -2), b.slice(0, -2)]);
  const shape = [...stack, ...(left.length === 1 ? [] : [rows]), ...(right.length === 1 ? [] : [columns])];
  return {
    ...shaped(checked(shape), type),
    macs: product([...stack, rows, inner, columns], MACS),
    kind: 'matmul',
  };
}

const matmul =
  (left: number, right: number, type?: number): Rule =>
  (call) =>
    multiply(call.shape(left), call.shape(right), type);

const gemm =
  (left: number, right: number): Rule =>
  (call) => {
    const [a, b] = [call.ranked(left, 2), call.ranked(right, 2)];
    return multiply(call.number('transA', 0) ? [a[1], a[0]] : a, call.number('transB', 0) ? [b[1], b[0]] : b);
  };

/** Without a zero point of its output, QGemm gives floats. */
const qGemm: Rule = (call) => {
  const outcome = gemm(0, 3)(call);
  return call.has(8) ? outcome : { ...outcome, outputs: [{ ...outcome.outputs[0], type: DataType.FLOAT }] };
};

function fusedMatMul(call: Call): Outcome {
  if (call.number('transBatchA', 0) || call.number('transBatchB', 0))
    throw new CannotInfer('transBatchA and transBatchB are not supported');
  const turned = (shape: Shape, turn: number) =>
    turn && shape.length > 1 ? [...shape.slice(0, -2), shape.at(-1) as number, shape.at(-2) as number] : shape;
  return multiply(turned(call.shape(0), call.number('transA', 0)), turned(call.shape(1), call.number('transB', 0)));
}

/** Weights packed into blocks of a few bits; K and N say what they are. */
function matMulNBits(call: Call): Outcome {
  return multiply(call.shape(0), [call.required('K'), call.required('N')]);
}

/** Longer equations are nobody's network. */
const MAX_EQUATION = 256;

/**
 * Letters without an ellipsis. A sum over an index that both operands have is a matrix product: the product of all
 * sizes; without one it is a transposition, a sum or an outer product, and counts nothing.
 */
function einsum(call: Call): Outcome {
  const equation = call.string('equation', '').replace(/\s/g, '');
  const [left, output] = equation.split('->');
  const terms = (left ?? '').split(',');
  if (equation.length > MAX_EQUATION || !/^[A-Za-z]*(,[A-Za-z]*)*(->[A-Za-z]*)?$/.test(equation))
    throw new CannotInfer(`equation "${equation.slice(0, 40)}" (letters only are supported)`);
  if (terms.length > 2) throw new CannotInfer(`${terms.length} operands: the order of the products is not known`);
  const sizes = new Map<string, number>();
  terms.forEach((term, i) => {
    const shape = call.ranked(i, term.length);
    [...term].forEach((letter, axis) => {
      const known = sizes.get(letter);
      if (known !== undefined && known !== 1 && shape[axis] !== 1 && known !== shape[axis])
        throw new CannotInfer(`index ${letter} of "${equation}" is ${known} and ${shape[axis]}`);
      sizes.set(letter, Math.max(known ?? 0, shape[axis]));
    });
  });
  const counts = (letter: string) => terms.join('').split(letter).length - 1;
  const kept =
    output ??
    [...sizes.keys()]
      .filter((letter) => counts(letter) === 1)
      .sort()
      .join('');
  const shape = [...kept].map((letter) => sizes.get(letter) ?? Number.NaN);
  const summed = [...sizes.keys()].some((letter) => !kept.includes(letter) && terms.every((t) => t.includes(letter)));
  const isProduct = terms.length === 2 && summed;
  return {
    ...shaped(checked(shape)),
    ...(isProduct && { macs: product([...sizes.values()], MACS), kind: 'matmul' as const }),
  };
}

export const MATMUL_RULES: Readonly<Record<string, Rule>> = {
  MatMul: matmul(0, 1),
  QLinearMatMul: matmul(0, 3),
  MatMulInteger: matmul(0, 1, DataType.INT32),
  MatMulIntegerToFloat: matmul(0, 1, DataType.FLOAT),
  DynamicQuantizeMatMul: matmul(0, 1),
  Gemm: gemm(0, 1),
  FusedGemm: gemm(0, 1),
  QGemm: qGemm,
  FusedMatMul: fusedMatMul,
  MatMulNBits: matMulNBits,
  Einsum: einsum,
};
