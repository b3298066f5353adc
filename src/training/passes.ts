import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Engine, Tf } from '../backends/tfjs/engine.ts';
import type { Task } from '../core/tasks.ts';
import type { ConvNode, Graph, Node, NodeId } from '../network/graph.ts';
import { INPUT_CHANNELS } from '../network/graph.ts';
import type { Normalised, TrainingKernels } from './kernels/kernels.ts';
import type { Parameters } from './parameters.ts';
import { Value } from './values.ts';

/** Images of one size, normalised, [images, height, width, 3]. */
export interface ImageGroup {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

/** A raw output of the network for one group, [images, height, width, channels]. */
export interface RawOutput {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float32Array;
}
/** By group. */
export type RawOutputs = readonly { readonly [T in Task]?: RawOutput }[];

/** For each group and task the gradient of the loss with respect to the raw output, laid out as that is. */
export type OutputGradients = readonly { readonly [T in Task]?: Float32Array }[];

/** How much a batch's moments change the running ones. */
export const RUNNING_MOMENTUM = 0.01;

/**
 * One forward and backward pass. A batch may hold images of several sizes, as data sets have them: every size is a
 * group, and batch normalisation sees all groups at once, for at inference they share its statistics.
 * @param lossOf raw outputs in, their gradients out; runs once
 * @returns the gradient of every learnable value, laid out as parameters.values; running statistics are updated
 */
export function trainingPass(
  engine: Engine,
  kernels: TrainingKernels,
  { graph, parameters }: { readonly graph: Graph; readonly parameters: Parameters },
  groups: readonly ImageGroup[],
  lossOf: (outputs: RawOutputs) => OutputGradients,
): Float32Array {
  const { tf } = engine;
  const gradient = new Float32Array(parameters.values.length);
  // Not its result: tidy() looks for tensors in whatever it is given back, number by number.
  tf.tidy(() => {
    const pass = new Pass(tf, kernels, graph, parameters);
    const outputs = pass.forward(groups);
    pass.backward(lossOf(outputs), gradient);
  });
  return gradient;
}

interface Remembered {
  readonly normalised?: Normalised;
  readonly winners?: readonly Tensor[];
}

class Pass {
  readonly #tf: Tf;
  readonly #kernels: TrainingKernels;
  readonly #graph: Graph;
  readonly #parameters: Parameters;
  readonly #values: Value[] = [];
  readonly #remembered: Remembered[] = [];
  readonly #filters = new Map<string, Tensor4D>();

  constructor(tf: Tf, kernels: TrainingKernels, graph: Graph, parameters: Parameters) {
    this.#tf = tf;
    this.#kernels = kernels;
    this.#graph = graph;
    this.#parameters = parameters;
  }

  forward(groups: readonly ImageGroup[]): RawOutputs {
    for (const [id, node] of this.#graph.nodes.entries()) {
      this.#remembered[id] = {};
      this.#values[id] = this.#run(id, node, groups);
    }
    return groups.map((_, group) =>
      Object.fromEntries(
        this.#graph.outputs.map(({ task, node }) => {
          const tensor = this.#values[node].pictures[group];
          const [images, height, width, channels] = tensor.shape;
          return [task, { images, height, width, channels, data: tensor.dataSync() as Float32Array }];
        }),
      ),
    );
  }

  #run(id: NodeId, node: Node, groups: readonly ImageGroup[]): Value {
    const { add, maxPool, relu6, upsample } = this.#kernels;
    const inputs = node.inputs.map((input) => this.#values[input]);
    switch (node.op) {
      case 'input':
        return this.#pictures(
          groups.map(({ data, images, height, width }) =>
            this.#tf.tensor4d(data, [images, height, width, INPUT_CHANNELS]),
          ),
        );
      case 'conv':
        return this.#convolve(node, inputs[0]);
      case 'batchnorm': {
        const of = (field: string) => this.#parameters.of(`${node.name}.${field}`);
        const normalised = this.#kernels.batchNorm(inputs[0].matrix, of('weight'), of('bias'));
        this.#remembered[id] = { normalised };
        follow(of('running_mean'), of('running_var'), normalised);
        return this.#matrix(normalised.output, inputs[0]);
      }
      case 'relu6':
        return this.#matrix(relu6(inputs[0].matrix), inputs[0]);
      case 'maxpool': {
        const pooled = inputs[0].pictures.map((input) => maxPool(input));
        this.#remembered[id] = { winners: pooled.map(({ winners }) => winners) };
        return this.#pictures(pooled.map(({ output }) => output));
      }
      case 'add':
        return this.#matrix(add(inputs[0].matrix, inputs[1].matrix), inputs[0]);
      case 'upsample':
        return this.#pictures(
          inputs[0].pictures.map((input, group) => {
            const [, height, width] = inputs[1].shapes[group];
            return upsample(input, { height, width });
          }),
        );
    }
  }

  #convolve(node: ConvNode, input: Value): Value {
    const { add, conv, depthwise, matMul, multiply } = this.#kernels;
    const filter = this.#filter(node);
    const raw = isPointwise(node)
      ? this.#matrix(
          node.groups > 1
            ? multiply(input.matrix, this.#asMatrix(filter))
            : matMul(input.matrix, this.#asMatrix(filter)),
          input,
        )
      : this.#pictures(input.pictures.map((each) => (node.groups > 1 ? depthwise : conv)(each, filter, node)));
    if (!node.bias) return raw;
    const bias = this.#tf.tensor1d(this.#parameters.of(`${node.name}.bias`));
    return this.#matrix(add(raw.matrix, bias), raw);
  }

  #filter({ name: layer }: ConvNode): Tensor4D {
    const name = `${layer}.weight`;
    const made =
      this.#filters.get(name) ??
      this.#tf.tensor4d(this.#parameters.of(name), this.#parameters.shapeOf(name) as [number, number, number, number]);
    this.#filters.set(name, made);
    return made;
  }

  /** [in, out], of a depthwise one [1, channels]. */
  #asMatrix(filter: Tensor4D): Tensor2D {
    const [, , channels, out] = filter.shape;
    return this.#tf.reshape(filter, out === 1 && channels > 1 ? [1, channels] : [channels, out]) as Tensor2D;
  }

  #matrix(tensor: Tensor2D, like: Value): Value {
    return Value.ofMatrix(this.#tf, tensor, like.shapes);
  }

  #pictures(tensors: readonly Tensor4D[]): Value {
    return Value.ofPictures(this.#tf, tensors);
  }

  backward(outputs: OutputGradients, gradient: Float32Array): void {
    const { nodes, outputs: ends } = this.#graph;
    const waiting: (Value | undefined)[] = [];
    for (const { task, node } of ends)
      waiting[node] = this.#pictures(
        this.#values[node].pictures.map(({ shape }, group) => this.#tf.tensor4d(outputs[group][task]!, shape)),
      );
    for (let id = nodes.length - 1; id > 0; id--) {
      const arrived = waiting[id];
      waiting[id] = undefined;
      if (arrived) {
        const sent = this.#back(id, nodes[id], arrived, gradient);
        for (const [place, input] of nodes[id].inputs.entries()) {
          const more = sent[place];
          const there = waiting[input];
          if (more) waiting[input] = there ? this.#sum(there, more) : more;
        }
        arrived.dispose();
      }
      // Nothing that is still to come looks at it.
      this.#values[id].dispose();
    }
  }

  #sum(a: Value, b: Value): Value {
    const sum = this.#matrix(this.#kernels.add(a.matrix, b.matrix), a);
    a.dispose();
    b.dispose();
    return sum;
  }

  /** The gradients of a node's inputs; what it learns is written into `gradient`. */
  #back(id: NodeId, node: Node, arrived: Value, gradient: Float32Array): readonly (Value | undefined)[] {
    const { maxPoolGradient, relu6Gradient, upsampleGradient } = this.#kernels;
    switch (node.op) {
      case 'input':
        return [];
      case 'conv':
        return [this.#backConv(node, arrived, gradient)];
      case 'batchnorm': {
        const of = (field: string) => `${node.name}.${field}`;
        const back = this.#kernels.batchNormGradient(
          arrived.matrix,
          this.#values[node.inputs[0]].matrix,
          this.#parameters.of(of('weight')),
          this.#remembered[id].normalised!,
        );
        this.#parameters.within(gradient, of('weight')).set(back.gamma);
        this.#parameters.within(gradient, of('bias')).set(back.beta);
        return [this.#matrix(back.input, arrived)];
      }
      case 'relu6':
        return [this.#matrix(relu6Gradient(arrived.matrix, this.#values[id].matrix), arrived)];
      case 'maxpool':
        return [
          this.#pictures(
            arrived.pictures.map((each, group) => maxPoolGradient(each, this.#remembered[id].winners![group])),
          ),
        ];
      case 'add':
        return [this.#matrix(arrived.matrix.clone(), arrived), this.#matrix(arrived.matrix.clone(), arrived)];
      case 'upsample': {
        const input = this.#values[node.inputs[0]].pictures;
        return [this.#pictures(arrived.pictures.map((each, group) => upsampleGradient(each, input[group]))), undefined];
      }
    }
  }

  #backConv(node: ConvNode, arrived: Value, gradient: Float32Array): Value | undefined {
    if (node.bias) this.#write(gradient, `${node.name}.bias`, this.#sumOverPixels(arrived.matrix));
    // Nobody asks for the gradient of the picture.
    const isFirst = node.inputs[0] === 0;
    return isPointwise(node)
      ? this.#backPointwise(node, arrived, gradient, isFirst)
      : this.#backWindow(node, arrived, gradient, isFirst);
  }

  #backPointwise(node: ConvNode, arrived: Value, gradient: Float32Array, isFirst: boolean): Value | undefined {
    const { matMul, multiply } = this.#kernels;
    const input = this.#values[node.inputs[0]].matrix;
    const filter = this.#asMatrix(this.#filter(node));
    const isDepthwise = node.groups > 1;
    const own = isDepthwise
      ? this.#sumOverPixels(multiply(input, arrived.matrix))
      : matMul(input, arrived.matrix, true, false);
    this.#write(gradient, `${node.name}.weight`, own);
    if (isFirst) return undefined;
    const back = isDepthwise ? multiply(arrived.matrix, filter) : matMul(arrived.matrix, filter, false, true);
    return this.#matrix(back, arrived);
  }

  #backWindow(node: ConvNode, arrived: Value, gradient: Float32Array, isFirst: boolean): Value | undefined {
    const { convFilterGradient, convInputGradient, depthwiseFilterGradient, depthwiseInputGradient } = this.#kernels;
    const isDepthwise = node.groups > 1;
    const input = this.#values[node.inputs[0]].pictures;
    const ofFilter = isDepthwise ? depthwiseFilterGradient : convFilterGradient;
    for (const [group, each] of arrived.pictures.entries())
      this.#write(gradient, `${node.name}.weight`, ofFilter(each, input[group], node));
    if (isFirst) return undefined;
    const ofInput = isDepthwise ? depthwiseInputGradient : convInputGradient;
    const filter = this.#filter(node);
    return this.#pictures(arrived.pictures.map((each, group) => ofInput(each, filter, input[group], node)));
  }

  /** By a product with ones, which is several times as fast as a reduction. */
  #sumOverPixels(matrix: Tensor2D): Tensor2D {
    return this.#kernels.matMul(this.#tf.ones([1, matrix.shape[0]]), matrix);
  }

  #write(gradient: Float32Array, name: string, tensor: Tensor): void {
    const own = this.#parameters.within(gradient, name);
    const more = tensor.dataSync();
    for (let i = 0; i < own.length; i++) own[i] += more[i];
    tensor.dispose();
  }
}

const isPointwise = ({ kernel, stride }: ConvNode): boolean => kernel === 1 && stride === 1;

/** Moments of many batches: the variance is that of all their pixels together, so second moments are averaged. */
function follow(mean: Float32Array, variance: Float32Array, batch: Normalised): void {
  for (let i = 0; i < mean.length; i++) {
    const second = variance[i] + mean[i] ** 2;
    const seen = batch.variance[i] + batch.mean[i] ** 2;
    mean[i] += RUNNING_MOMENTUM * (batch.mean[i] - mean[i]);
    variance[i] = Math.max(0, second + RUNNING_MOMENTUM * (seen - second) - mean[i] ** 2);
  }
}
