import type { NodeProto } from '../../formats/generated/onnx_pb.ts';
import { bytesOf, typeName } from '../../formats/onnx-types.ts';
import { namesUsed } from './order.ts';
import { CannotInfer, product, type Value } from './value.ts';

/** Operators whose first output is the same memory under another shape. */
const VIEWS = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Dropout']);

/**
 * The largest sum of tensors alive at one time when nodes run in this order: a tensor lives from the node that makes it
 * to the last that uses it, what is fed from the start, outputs to the end. Constants are no activations.
 * @throws CannotInfer naming the first tensor whose size is not known.
 */
export function peakBytes(
  nodes: readonly NodeProto[],
  values: ReadonlyMap<string, Value>,
  fed: readonly string[],
  outputs: readonly string[],
): number {
  const root = new Map<string, string>();
  const rootOf = (name: string) => root.get(name) ?? name;
  const isActivation = (name: string) => name !== '' && values.get(name)?.constant === false;
  const uses = new Map<string, number>();
  const use = (name: string, by: number) => uses.set(rootOf(name), (uses.get(rootOf(name)) ?? 0) + by);
  const needs = nodes.map((node) => namesUsed(node).filter(isActivation));
  nodes.forEach((node, i) => {
    const [source, made] = [node.input[0], node.output[0]];
    if (VIEWS.has(node.opType) && isActivation(source) && isActivation(made)) root.set(made, rootOf(source));
    for (const name of needs[i]) use(name, 1);
  });
  for (const name of outputs) if (isActivation(name)) use(name, 1);

  const live = new Map<string, number>();
  let bytes = 0;
  let peak = 0;
  const make = (name: string) => {
    if (!isActivation(name) || rootOf(name) !== name || live.has(name)) return;
    const size = sizeOf(name, values.get(name) as Value);
    live.set(name, size);
    bytes = product([bytes + size], 'bytes');
    peak = Math.max(peak, bytes);
  };
  const drop = (name: string) => {
    bytes -= live.get(name) ?? 0;
    live.delete(name);
  };
  for (const name of fed) make(name);
  nodes.forEach((node, i) => {
    for (const name of node.output) make(name);
    for (const name of needs[i]) {
      use(name, -1);
      if (uses.get(rootOf(name)) === 0) drop(rootOf(name));
    }
    for (const name of node.output) if (!uses.has(rootOf(name))) drop(name);
  });
  return peak;
}

function sizeOf(name: string, { shape, type, reason }: Value): number {
  if (!shape) throw new CannotInfer(`the size of "${name}" is not known${reason ? `: ${reason}` : ''}`);
  const bytes = bytesOf(type, product(shape));
  if (bytes === undefined) throw new CannotInfer(`"${name}" has elements of ${typeName(type)}`);
  return bytes;
}
