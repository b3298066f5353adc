export type Shape = readonly number[];

/** What is known of one value of the graph before it runs. */
export interface Value {
  /** Undefined when it cannot be known; then `reason` says why. */
  readonly shape?: Shape;
  readonly reason?: string;
  /** Element type, 0 when not known. */
  readonly type: number;
  /** Depends on nothing that is fed. */
  readonly constant: boolean;
  /** Elements of a small tensor of numbers (shapes, axes, sizes), where they can be known beforehand. */
  readonly elements?: readonly number[];
}

/** What a rule says of an output; the type is that of the first input unless it says otherwise. */
export interface Inferred {
  readonly shape?: Shape;
  readonly reason?: string;
  readonly type?: number;
}

/**
 * Thrown for a shape or a count that cannot be known; the message is the reason that people read. Not an Error: a damaged
 * graph throws one at each of its nodes, and the stack trace of an Error costs more than everything else of a node.
 */
export class CannotInfer {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** Tensors with more elements than this are data, not shapes, and are not evaluated. */
export const MAX_FOLDED_ELEMENTS = 1024;
/** No runtime takes tensors of more axes. */
const MAX_RANK = 32;

/** @throws CannotInfer when it cannot be counted exactly. */
export function product(factors: readonly number[], what = 'elements'): number {
  let result = 1;
  for (const factor of factors) result *= factor;
  // Rounded on the way, a product can only have become exact again through a zero.
  if (!Number.isSafeInteger(result)) throw new CannotInfer(`${what} cannot be counted: more than 2^53`);
  return result;
}

/** The shape itself when a tensor can have it. @throws CannotInfer with the offending size. */
export function checked(shape: Shape): Shape {
  if (shape.length > MAX_RANK) throw new CannotInfer(`a tensor of ${shape.length} axes (at most ${MAX_RANK})`);
  const bad = shape.find((n) => !Number.isSafeInteger(n) || n < 0);
  if (bad !== undefined) throw new CannotInfer(`a size of ${bad} in its shape ${show(shape)}`);
  product(shape);
  return shape;
}

export const show = (shape: Shape): string => `[${shape.join(', ')}]`;

/** An axis of a shape, negative ones counted from the end. @throws CannotInfer outside the rank. */
export function axisOf(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (!(Number.isInteger(at) && at >= 0 && at < rank))
    throw new CannotInfer(`axis ${axis} of a tensor of ${rank} axes`);
  return at;
}

/** NumPy's rule: aligned at the end, sizes equal or 1. @throws CannotInfer when they do not fit. */
export function broadcast(shapes: readonly Shape[]): Shape {
  if (shapes.length === 0) throw new CannotInfer('it has no inputs');
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = Array<number>(rank).fill(1);
  for (const shape of shapes)
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i;
      if (shape[i] === 1 || shape[i] === result[at]) continue;
      if (result[at] !== 1) throw new CannotInfer(`shapes ${shapes.map(show).join(' and ')} do not fit`);
      result[at] = shape[i];
    }
  return result;
}
