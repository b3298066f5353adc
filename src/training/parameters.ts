import type { Tensor } from '../core/predictor.ts';
import type { ConvNode, Graph } from '../network/graph.ts';
import { tensorSpecs, type Weights } from '../network/index.ts';

interface Slot {
  readonly offset: number;
  readonly length: number;
  /** Filters lie here as TensorFlow wants them: [kernel, kernel, in, out], depthwise [kernel, kernel, channels, 1]. */
  readonly shape: readonly number[];
}

/** All that training changes, in two flat arrays, so that an optimiser or a checkpoint is a loop over numbers. */
export class Parameters {
  /** Learnable: filters, biases, gamma, beta. */
  readonly values: Float32Array;
  /** Running means and variances of batch normalisation: what inference normalises with. */
  readonly running: Float32Array;
  readonly #slots = new Map<string, Slot>();
  readonly #convolutions: ReadonlyMap<string, ConvNode>;
  readonly #graph: Graph;

  constructor(graph: Graph, weights: Weights) {
    this.#graph = graph;
    this.#convolutions = new Map(
      graph.nodes.flatMap((node) => (node.op === 'conv' ? [[`${node.name}.weight`, node] as const] : [])),
    );
    let [values, running] = [0, 0];
    for (const { name, shape } of tensorSpecs(graph)) {
      const length = shape.reduce((product, n) => product * n, 1);
      const [outer, inner, kernel] = shape;
      const isDepthwise = this.#isDepthwise(name);
      const own = shape.length === 4 ? [kernel, kernel, isDepthwise ? outer : inner, isDepthwise ? 1 : outer] : shape;
      this.#slots.set(name, { offset: isRunning(name) ? running : values, length, shape: own });
      if (isRunning(name)) running += length;
      else values += length;
    }
    this.values = new Float32Array(values);
    this.running = new Float32Array(running);
    for (const name of this.#slots.keys()) this.of(name).set(this.#turned(name, weights.get(name)!.data, 'in'));
  }

  /** The numbers of one tensor; writing to them changes the network. */
  of(name: string): Float32Array {
    return this.within(isRunning(name) ? this.running : this.values, name);
  }

  /** The same tensor's part of an array that is laid out as `values` is: gradients, moments. */
  within(flat: Float32Array, name: string): Float32Array {
    const { offset, length } = this.#slots.get(name)!;
    return flat.subarray(offset, offset + length);
  }

  shapeOf(name: string): readonly number[] {
    return this.#slots.get(name)!.shape;
  }

  /** Of learnable tensors, in order: where each lies in `values`. */
  get learnable(): { readonly name: string; readonly offset: number; readonly length: number }[] {
    return [...this.#slots].flatMap(([name, { offset, length }]) =>
      isRunning(name) ? [] : [{ name, offset, length }],
    );
  }

  /** As the authors' checkpoints and the ONNX export have them. */
  toWeights(): Weights {
    return new Map(
      tensorSpecs(this.#graph).map(({ name, shape }): [string, Tensor] => [
        name,
        { shape, data: this.#turned(name, this.of(name), 'out') },
      ]),
    );
  }

  #isDepthwise(name: string): boolean {
    const node = this.#convolutions.get(name);
    return node !== undefined && node.groups > 1;
  }

  /** [out, in, k, k] <-> [k, k, in, out], depthwise [channels, 1, k, k] <-> [k, k, channels, 1]; vectors stay. */
  #turned(name: string, data: Float32Array, way: 'in' | 'out'): Float32Array {
    const node = this.#convolutions.get(name);
    const turned = new Float32Array(data.length);
    if (!node) {
      turned.set(data);
      return turned;
    }
    const area = node.kernel * node.kernel;
    const inner = node.inChannels / node.groups;
    for (let out = 0; out < node.outChannels; out++)
      for (let input = 0; input < inner; input++)
        for (let at = 0; at < area; at++) {
          const torch = (out * inner + input) * area + at;
          const own = node.groups > 1 ? at * node.outChannels + out : (at * inner + input) * node.outChannels + out;
          if (way === 'in') turned[own] = data[torch];
          else turned[torch] = data[own];
        }
    return turned;
  }
}

const isRunning = (name: string): boolean => /\.running_(mean|var)$/.test(name);
