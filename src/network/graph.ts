import type { Task } from '../core/tasks.ts';

/** Index of a node in its graph; a node has one output, so it also names the value. */
export type NodeId = number;

/** Where a node belongs, for costs per part. */
export type Part = 'encoder' | 'decoder' | `head_${Task}`;

interface Common {
  /** The name of the module in the authors' checkpoints; a module that is called often (a shared ReLU) repeats it. */
  readonly name: string;
  readonly part: Part;
  readonly inputs: readonly NodeId[];
}

export interface ConvNode extends Common {
  readonly op: 'conv';
  readonly inChannels: number;
  readonly outChannels: number;
  /** Side of the square kernel, odd; the padding is (kernel - 1) / 2. */
  readonly kernel: number;
  readonly stride: number;
  readonly groups: number;
  readonly bias: boolean;
}

export interface BatchNormNode extends Common {
  readonly op: 'batchnorm';
  readonly channels: number;
}

/**
 * `maxpool`: 5x5, stride 1, padding 2. `add`: two inputs of one shape. `upsample`: bilinear with half-pixel centres
 * (align_corners = false) of the first input to the size of the second.
 */
export interface PlainNode extends Common {
  readonly op: 'input' | 'relu6' | 'maxpool' | 'add' | 'upsample';
}

export type Node = ConvNode | BatchNormNode | PlainNode;

/** A network: nodes in execution order, each after its inputs; node 0 is the image, 3 channels. */
export interface Graph {
  readonly nodes: readonly Node[];
  /** In execution order. */
  readonly outputs: readonly { readonly task: Task; readonly node: NodeId }[];
}

export const INPUT_CHANNELS = 3;
export const POOL_KERNEL = 5;
export const BATCHNORM_EPSILON = 1e-5;

export const paddingOf = (kernel: number): number => (kernel - 1) / 2;

export interface ConvOptions {
  readonly kernel?: number;
  readonly stride?: number;
  readonly depthwise?: boolean;
  readonly bias?: boolean;
}

/** Appends nodes and knows the channels of each, so that designs give only what they add. */
export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly image: NodeId;
  part: Part = 'encoder';
  /** Goes before each layer's name: networks side by side in one graph keep their tensors apart. */
  prefix = '';
  readonly #channels: number[] = [];

  constructor() {
    this.image = this.#push({ op: 'input', name: 'image', part: this.part, inputs: [] }, INPUT_CHANNELS);
  }

  channels(node: NodeId): number {
    return this.#channels[node];
  }

  conv(name: string, input: NodeId, outChannels: number, options: ConvOptions = {}): NodeId {
    const { kernel = 1, stride = 1, depthwise = false, bias = false } = options;
    const inChannels = this.channels(input);
    const groups = depthwise ? inChannels : 1;
    return this.#push(
      { op: 'conv', name, part: this.part, inputs: [input], inChannels, outChannels, kernel, stride, groups, bias },
      outChannels,
    );
  }

  batchNorm(name: string, input: NodeId): NodeId {
    const channels = this.channels(input);
    return this.#push({ op: 'batchnorm', name, part: this.part, inputs: [input], channels }, channels);
  }

  relu6(name: string, input: NodeId): NodeId {
    return this.#plain('relu6', name, [input]);
  }

  maxPool(name: string, input: NodeId): NodeId {
    return this.#plain('maxpool', name, [input]);
  }

  add(name: string, a: NodeId, b: NodeId): NodeId {
    return this.#plain('add', name, [a, b]);
  }

  upsample(name: string, input: NodeId, like: NodeId): NodeId {
    return this.#plain('upsample', name, [input, like]);
  }

  #plain(op: PlainNode['op'], name: string, inputs: readonly NodeId[]): NodeId {
    return this.#push({ op, name, part: this.part, inputs }, this.channels(inputs[0]));
  }

  #push(node: Node, channels: number): NodeId {
    this.#channels.push(channels);
    return this.nodes.push({ ...node, name: this.prefix + node.name }) - 1;
  }
}
