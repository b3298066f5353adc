import { showShape } from '../array.ts';
import { type Hand, isKind, type Value } from './values.ts';

/** PyTorch's own limit. */
const MAX_RANK = 64;

/**
 * torch._utils._rebuild_tensor(storage, offset, size, stride) and its second version, whose further arguments are for
 * autograd. Every element of the view is held against the storage.
 */
export function rebuildTensor(args: readonly Value[], hand: Hand): Value {
  const [storage, offset, size, strides] = args;
  if (args.length < 4 || !isKind(storage, 'storage')) return hand.refuse('a tensor without a storage');
  const shape = counts(size, 'sizes', hand);
  const stride = counts(strides, 'strides', hand);
  if (shape.length !== stride.length)
    return hand.refuse(`a tensor of ${shape.length} sizes and ${stride.length} strides`);
  if (!isCount(offset)) return hand.refuse('a tensor whose offset is no count');
  const elements = shape.reduce((product, n) => product * n, 1);
  const end = elements === 0 ? offset : offset + 1 + shape.reduce((sum, n, axis) => sum + (n - 1) * stride[axis], 0);
  if (!Number.isSafeInteger(elements) || !(end <= storage.elements))
    return hand.refuse(
      `a tensor of shape ${showShape(shape)}, strides ${showShape(stride)} and offset ${offset} reaches element ${end} of a storage of ${storage.elements}`,
    );
  return { kind: 'tensor', storage, offset, shape, stride };
}

const isCount = (value: Value): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function counts(value: Value, what: string, hand: Hand): readonly number[] {
  if (!isKind(value, 'tuple') || !value.items.every(isCount))
    return hand.refuse(`a tensor whose ${what} are not counts`);
  if (value.items.length > MAX_RANK) return hand.refuse(`a tensor of ${value.items.length} axes`);
  return value.items as readonly number[];
}
