import { TensorProto_DataType as DataType } from '../../../formats/generated/onnx_pb.ts';
import { type Call, type Outcome, type Rule, shaped } from '../call.ts';
import { CannotInfer, checked, product, type Shape } from '../value.ts';

const MACS = 'multiply-adds';

/** Queries x keys, then weights x values: rows of `query` against `keys`, over the widths of all heads together. */
const attend = (batch: number, query: number, keys: number, keyWidth: number, valueWidth: number): number =>
  product([batch, query, keys, keyWidth + valueWidth], MACS);

/** Keys of earlier calls that are kept, at the last axis but one. */
const pastLength = (call: Call, index: number): number => (call.has(index) ? (call.shape(index).at(-2) as number) : 0);

/** ONNX Runtime's Attention and QAttention: the three projections of the input, then attention of it to itself. */
const withProjections =
  (past: number, type?: number): Rule =>
  (call) => {
    const [batch, length, width] = call.ranked(0, 3);
    const [rows, columns] = call.ranked(1, 2);
    if (rows !== width) throw new CannotInfer(`weights for ${rows} values, ${width} come in`);
    const [, keyWidth, valueWidth] = call.numbers('qkv_hidden_sizes') ?? Array<number>(3).fill(columns / 3);
    const keys = length + pastLength(call, past);
    const macs = product([batch, length, width, columns], MACS) + attend(batch, length, keys, keyWidth, valueWidth);
    return { ...shaped(checked([batch, length, valueWidth]), type), macs, kind: 'matmul' };
  };

/** ONNX Runtime's MultiHeadAttention: projections are made before it; packed forms hold them in one tensor. */
function multiHead(call: Call): Outcome {
  const query = call.shape(0);
  if (query.length === 5 || (call.has(1) && call.shape(1).length === 5)) return packedHeads(call, query);
  const [batch, length, width] = call.ranked(0, 3);
  const [keys, keyWidth] = heads(call.shape(1));
  const [, valueWidth] = heads(call.shape(2));
  if (keyWidth !== width) throw new CannotInfer(`keys of ${keyWidth} values, queries of ${width}`);
  const macs = attend(batch, length, keys + pastLength(call, 6), keyWidth, valueWidth);
  return { ...shaped(checked([batch, length, valueWidth])), macs, kind: 'matmul' };
}

/** [batch, length, width] or [batch, heads, length, width of a head] -> length, width of all heads. */
function heads(shape: Shape): readonly [length: number, width: number] {
  if (shape.length === 3) return [shape[1], shape[2]];
  if (shape.length === 4) return [shape[2], shape[1] * shape[3]];
  throw new CannotInfer(`keys or values of ${shape.length} axes`);
}

function packedHeads(call: Call, query: Shape): Outcome {
  const [batch, length] = query;
  const packed = query.length === 5 ? query : call.shape(1);
  const width = packed[2] * packed[4];
  const macs = attend(batch, length, packed[1], width, width);
  return { ...shaped(checked([batch, length, width])), macs, kind: 'matmul' };
}

/** The operator of ONNX 23: [batch, length, width] with the numbers of heads, or [batch, heads, length, width]. */
function standard(call: Call): Outcome {
  const query = call.shape(0);
  const [key, value] = [call.ranked(1, query.length), call.ranked(2, query.length)];
  const past = pastLength(call, 4);
  if (query.length === 4) {
    const [batch, count, length, width] = query;
    const macs = attend(batch, length, key[2] + past, count * width, count * value[3]);
    return { ...shaped(checked([batch, count, length, value[3]])), macs, kind: 'matmul' };
  }
  const [batch, length, width] = call.ranked(0, 3);
  const groups = call.required('q_num_heads') / call.required('kv_num_heads');
  const valueWidth = value[2] * groups;
  const macs = attend(batch, length, key[1] + past, width, valueWidth);
  return { ...shaped(checked([batch, length, valueWidth])), macs, kind: 'matmul' };
}

/** Gates of LSTM, GRU, RNN: each multiplies the input and the state by its weights at every step. */
const recurrent: Rule = (call) => {
  const input = call.ranked(0, 3);
  const [directions, gateRows, width] = call.ranked(1, 3);
  const [, , hidden] = call.ranked(2, 3);
  const [steps, batch] = call.number('layout', 0) ? [input[1], input[0]] : input;
  if (width !== input[2]) throw new CannotInfer(`weights for ${width} values, ${input[2]} come in`);
  const macs = product([steps, batch, directions, gateRows, width + hidden], MACS);
  const state = call.number('layout', 0) ? [batch, directions, hidden] : [directions, batch, hidden];
  const all = call.number('layout', 0) ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  return { outputs: [{ shape: checked(all) }, { shape: state }, { shape: state }], macs, kind: 'matmul' };
};

/** Attention of the default domain. */
export const ATTENTION_RULES: Readonly<Record<string, Rule>> = {
  Attention: standard,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
};

/** Operators of ONNX Runtime's own domain whose names mean something else in ONNX, or nothing. */
export const RUNTIME_ATTENTION_RULES: Readonly<Record<string, Rule>> = {
  Attention: withProjections(4),
  QAttention: withProjections(8, DataType.FLOAT),
  MultiHeadAttention: multiHead,
};
