import type { AttributeProto, NodeProto, TensorProto } from '../../formats/generated/onnx_pb.ts';
import type { MacKind } from './types.ts';
import { CannotInfer, type Inferred, type Shape, type Value } from './value.ts';

/** What a rule finds out about a node. */
export interface Outcome {
  /** One for each output, in order; those that are not given are unknown. */
  readonly outputs: readonly Inferred[];
  readonly macs?: number;
  readonly kind?: MacKind;
}

/** Shapes, types and multiply-adds of one operator. @throws CannotInfer */
export type Rule = (call: Call) => Outcome;

export const shaped = (shape: Shape, type?: number): Outcome => ({ outputs: [{ shape, type }] });

const text = new TextDecoder();

/** A node with what is known of its inputs; getters throw CannotInfer for what a rule needs and does not have. */
export class Call {
  readonly op: string;
  readonly node: NodeProto;
  readonly inputs: readonly (Value | undefined)[];
  readonly opset: number;
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  constructor(node: NodeProto, inputs: readonly (Value | undefined)[], opset: number) {
    this.op = node.opType;
    this.node = node;
    this.inputs = inputs;
    this.opset = opset;
    this.#attributes = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
  }

  has(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  shape(index: number): Shape {
    const value = this.inputs[index];
    if (!value) throw new CannotInfer(`input ${index + 1} is missing`);
    if (!value.shape) throw new CannotInfer(value.reason ?? `the shape of "${this.node.input[index]}" is not known`);
    return value.shape;
  }

  /** As shape(), with so many axes. */
  ranked(index: number, rank: number, atLeast = false): Shape {
    const shape = this.shape(index);
    if (shape.length === rank || (atLeast && shape.length > rank)) return shape;
    throw new CannotInfer(
      `"${this.node.input[index]}" has ${shape.length} axes, not ${atLeast ? 'at least ' : ''}${rank}`,
    );
  }

  type(index: number): number {
    return this.inputs[index]?.type ?? 0;
  }

  /** The values of an input that decides a shape, or undefined when the input is left out. */
  elements(index: number): readonly number[] | undefined {
    const value = this.inputs[index];
    if (!value) return undefined;
    if (!value.elements)
      throw new CannotInfer(
        value.reason ?? `"${this.node.input[index]}" decides the shape and is known only when the network runs`,
      );
    return value.elements;
  }

  number(name: string, byDefault: number): number {
    return this.#numberOf(name) ?? byDefault;
  }

  required(name: string): number {
    const value = this.#numberOf(name);
    if (value === undefined) throw new CannotInfer(`attribute ${name} is missing`);
    return value;
  }

  #numberOf(name: string): number | undefined {
    const attribute = this.#attributes.get(name);
    // FLOAT is 1; everything else that is a number is an integer.
    return attribute && (attribute.type === 1 ? attribute.f : Number(attribute.i));
  }

  numbers(name: string): readonly number[] | undefined {
    const attribute = this.#attributes.get(name);
    if (!attribute) return undefined;
    return attribute.floats.length ? attribute.floats : attribute.ints.map(Number);
  }

  string(name: string, byDefault: string): string {
    const attribute = this.#attributes.get(name);
    return attribute ? text.decode(attribute.s) : byDefault;
  }

  tensor(name: string): TensorProto | undefined {
    return this.#attributes.get(name)?.t;
  }

  /** Axes and the like: an attribute in old opsets, an input in new ones. */
  numbersOrInput(name: string, index: number): readonly number[] | undefined {
    return this.numbers(name) ?? this.elements(index);
  }
}
