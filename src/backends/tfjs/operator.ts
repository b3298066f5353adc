import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from './engine.ts';
import type { NodeView } from './node.ts';
import type { HostValue, Layout, Value } from './value.ts';

/** What a step is given, in the layouts that it wanted. */
export interface Inputs {
  has(index: number): boolean;
  tensor(index: number): Tensor;
  host(index: number): HostValue;
}

export interface Want {
  readonly layout: Layout;
  /** On the way to nhwc, a tensor of lower rank may take leading axes of 1. */
  readonly broadcast?: boolean;
}

/** How one node is run: decided from layouts alone, before anything is known of sizes. */
export interface PlannedNode {
  /** One per input of the node; undefined where the node has none. */
  readonly wants: readonly (Want | undefined)[];
  /** One per output. */
  readonly gives: readonly Layout[];
  /** Intermediate tensors need not be disposed. Throws RangeError or TypeError for what the sizes make impossible. */
  readonly run: (tf: Tf, inputs: Inputs) => readonly Value[];
}

/** @throws ResourceError (node.unsupported) for a form that it cannot run. */
export type Operator = (node: NodeView, inputs: readonly (Layout | undefined)[]) => PlannedNode;

export type Operators = Readonly<Record<string, Operator>>;

/** One tensor output in `layout`; the first inputs in `wants`, any others as numbers. */
export function planned(
  layout: Layout,
  wants: readonly Layout[],
  inputs: readonly (Layout | undefined)[],
  run: (tf: Tf, inputs: Inputs) => Value,
): PlannedNode {
  return {
    wants: inputs.map((input, i) => (input === undefined ? undefined : { layout: wants[i] ?? 'host' })),
    gives: [layout],
    run: (tf, values) => [run(tf, values)],
  };
}

/** The layout of a tensor operand that need not be moved: numbers become a plain tensor. */
export const tensorLayout = (layout: Layout | undefined): Layout => (layout === 'nhwc' ? 'nhwc' : 'plain');

/** Whole numbers from an attribute of older operator sets, or from the input that took its place. */
export function intsOf(node: NodeView, inputs: Inputs, attribute: string, index: number): number[] | undefined {
  return node.ints(attribute) ?? (inputs.has(index) ? [...inputs.host(index).data] : undefined);
}
