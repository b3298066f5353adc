import type { UncountedLayer } from '../../core/record.ts';

/** One call of a layer, in the order in which it runs. Nodes that only prepare constants are not listed. */
export interface OnnxLayer {
  /** The node's own name, else that of its first output. */
  readonly name: string;
  readonly op: string;
  /** Undefined where an input is left out or its shape is not known. */
  readonly inputShapes: readonly (readonly number[] | undefined)[];
  /** Of the first output. */
  readonly outputShape?: readonly number[];
  /** Stored values that this layer is the first to use; see OnnxCosts.storedParams. */
  readonly params: number;
  /** Undefined where they cannot be counted; `uncounted` says why. */
  readonly macs?: number;
}

/** The two kinds of multiply-adds that count. */
export type MacKind = 'convolution' | 'matmul';

/**
 * What an ONNX file costs for one image. One MAC is one multiply-add of a convolution or of a matrix product
 * (attention and recurrent cells included), padding counted; biases, normalisation, activations, pooling, sums and
 * interpolation count nothing. A MAC is not a FLOP.
 */
export interface OnnxCosts {
  readonly layers: readonly OnnxLayer[];
  /** A lower bound where `uncounted` is not empty. */
  readonly macs: number;
  readonly macsBy: Readonly<Record<MacKind, number>>;
  /** Layers that have, or may have, multiply-adds which could not be counted. */
  readonly uncounted: readonly UncountedLayer[];
  /** Learnable parameters before folding, where the file tells. */
  readonly params?: number;
  readonly paramsUndefined?: string;
  /** Weights in the file: float values and quantised ones. Shapes, limits, axes and quantisation scales are none. */
  readonly storedParams: number;
  /** Bytes of all constants of the file. */
  readonly weightBytes: number;
  /** Largest sum of tensors alive at one time, in the order of the file; reshapes are views, nothing runs in place. */
  readonly peakActivationBytes?: number;
  readonly peakActivationUndefined?: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export interface OnnxValue {
  readonly name: string;
  /** As counted: given sizes filled in, a free batch taken as 1. */
  readonly shape?: readonly number[];
  /** As the file declares it: a number, the name of a free dimension, or undefined. */
  readonly declared?: readonly (number | string | undefined)[];
  /** ONNX element type, e.g. "float32". */
  readonly type: string;
}
