import { DensebenchError } from '../core/errors.ts';
import type { TrainingRecord } from '../core/training.ts';
import type { ModelProto } from '../formats/onnx.ts';
import type { Checkpoint, CheckpointTensor } from '../formats/torch/index.ts';
import { type ImageSize, layerCosts, networkFromCheckpoint, paramCount, plainNames } from '../network/index.ts';
import { type OnnxValue, onnxCosts } from '../network/onnx-costs/index.ts';

/** One JSON object: what is not known is null, and `reasons` says why by key. */
export interface Inspection {
  readonly kind: 'checkpoint' | 'onnx' | 'network';
  readonly file: string;
  readonly bytes: number;
  /** Learnable, before folding. */
  readonly params: number | null;
  /** Floating-point (or quantised) values that the file holds, each stored one once. */
  readonly storedParams: number;
  /** Multiply-adds for one image. Where `uncounted` is not empty, those of the layers that could be counted. */
  readonly macs: number | null;
  readonly macsBy: { readonly convolution: number; readonly matmul: number } | null;
  readonly uncounted: readonly { name: string; op: string; reason: string }[];
  readonly inputs: readonly InspectedValue[] | null;
  readonly outputs: readonly InspectedValue[] | null;
  readonly layers: readonly InspectedLayer[] | null;
  readonly peakActivationBytes?: number | null;
  readonly weightBytes?: number;
  readonly architecture?: { readonly name: string; readonly config: object } | null;
  readonly container?: string;
  readonly tensors?: readonly InspectedTensor[];
  /** Of a model card whose network was trained. */
  readonly training?: TrainingRecord;
  readonly reasons: Readonly<Record<string, string>>;
}

interface InspectedValue {
  readonly name: string;
  readonly shape: readonly (number | string | null)[] | null;
  readonly type: string;
}

interface InspectedLayer {
  readonly name: string;
  readonly op: string;
  readonly outputShape: readonly number[] | null;
  readonly params: number;
  readonly macs: number | null;
}

interface InspectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The tensor, named earlier, whose very elements these are. */
  readonly sharedWith?: string;
}

interface About {
  readonly name: string;
  readonly bytes: number;
  readonly size?: ImageSize;
}

export function inspectOnnx(
  model: ModelProto,
  { name, bytes, size, paramsOfCard }: About & { readonly paramsOfCard?: number },
): Inspection {
  const open = onnxCosts(model);
  const costs = size ? onnxCosts(model, { inputShapes: filled(open.inputs, size) }) : open;
  const params = costs.params ?? paramsOfCard;
  const nothingCounted = costs.macs === 0 && costs.uncounted.length > 0;
  return {
    kind: 'onnx',
    file: name,
    bytes,
    params: params ?? null,
    storedParams: costs.storedParams,
    macs: nothingCounted ? null : costs.macs,
    macsBy: nothingCounted ? null : costs.macsBy,
    uncounted: costs.uncounted,
    inputs: costs.inputs.map(shown),
    outputs: costs.outputs.map(shown),
    layers: costs.layers.map(({ name: layer, op, outputShape, params: stored, macs }) => ({
      name: layer,
      op,
      outputShape: outputShape ?? null,
      params: stored,
      macs: macs ?? null,
    })),
    peakActivationBytes: costs.peakActivationBytes ?? null,
    weightBytes: costs.weightBytes,
    reasons: {
      ...(params === undefined && { params: costs.paramsUndefined ?? 'the file does not tell' }),
      ...(nothingCounted && { macs: `no layer could be counted: ${costs.uncounted[0].reason}` }),
      ...(costs.peakActivationUndefined !== undefined && { peakActivationBytes: costs.peakActivationUndefined }),
    },
  };
}

const shown = ({ name, shape, declared, type }: OnnxValue): InspectedValue => ({
  name,
  type,
  shape: shape ?? declared?.map((n) => n ?? null) ?? null,
});

/** The shapes of image inputs with their free axes filled: channels are first unless the last axis has three. */
function filled(inputs: readonly OnnxValue[], { width, height }: ImageSize): Record<string, number[]> {
  const shapes: Record<string, number[]> = {};
  for (const { name, declared } of inputs) {
    if (declared?.length !== 4) continue;
    const image = declared[3] === 3 && declared[1] !== 3 ? [1, height, width, 3] : [1, 3, height, width];
    shapes[name] = declared.map((n, axis) => (typeof n === 'number' && axis < 2 && n !== height ? n : image[axis]));
  }
  return shapes;
}

const RUNNING_STATISTIC = /(^|\.)running_(mean|var)$/;
const FLOATING = ['float64', 'float32', 'float16', 'bfloat16'];

/** @throws ResourceError when a storage is damaged: every tensor is read. */
export function inspectCheckpoint(checkpoint: Checkpoint, { name, bytes, size }: About): Inspection {
  const all = checkpoint.groups.flatMap(({ path, tensors }) =>
    [...tensors].map(([key, tensor]) => ({
      name: checkpoint.groups.length > 1 && path ? `${path}/${key}` : key,
      tensor,
    })),
  );
  const firstOf = new Map<string, string>();
  const tensors = all.map(({ name: tensorName, tensor }): InspectedTensor => {
    tensor.bytes();
    const sharedWith = firstOf.get(tensor.identity);
    if (sharedWith === undefined) firstOf.set(tensor.identity, tensorName);
    return {
      name: tensorName,
      shape: tensor.shape,
      dtype: tensor.dtype,
      ...(sharedWith !== undefined && { sharedWith }),
    };
  });
  const network = recognised(checkpoint, name);
  const graph = 'graph' in network ? network.graph : undefined;
  const layers = graph && size ? layerCosts(graph, size).filter(({ type }) => type === 'conv') : undefined;
  const macs = layers?.reduce((sum, layer) => sum + layer.macs, 0);
  const noMacs = graph ? 'a checkpoint has no image size; give one with --size' : 'a checkpoint holds no graph';
  const noGraph = 'a checkpoint holds no graph; import it first';
  return {
    kind: 'checkpoint',
    file: name,
    bytes,
    container: checkpoint.container,
    params: graph ? paramCount(graph) : countLearnable(checkpoint),
    storedParams: countFloats(all.map(({ tensor }) => tensor)),
    macs: macs ?? null,
    macsBy: macs === undefined ? null : { convolution: macs, matmul: 0 },
    uncounted: [],
    inputs: null,
    outputs: null,
    layers:
      layers?.map(({ name: layer, type, output, params, macs: count }) => ({
        name: layer,
        op: type,
        outputShape: [1, ...output],
        params,
        macs: count,
      })) ?? null,
    architecture: 'graph' in network ? { name: 'refinenet', config: network.config } : null,
    tensors,
    reasons: {
      ...(macs === undefined && { macs: noMacs, layers: noMacs }),
      inputs: noGraph,
      outputs: noGraph,
      ...('reason' in network && { architecture: network.reason }),
    },
  };
}

function recognised(
  checkpoint: Checkpoint,
  name: string,
): ReturnType<typeof networkFromCheckpoint> | { reason: string } {
  try {
    return networkFromCheckpoint(checkpoint, name);
  } catch (error) {
    if (error instanceof DensebenchError) return { reason: error.message };
    throw error;
  }
}

/** Floating values without the running statistics, which are not learned; of the largest group. */
function countLearnable({ groups }: Checkpoint): number {
  const counts = groups.map((group) =>
    countFloats([...plainNames(group)].flatMap(([name, tensor]) => (RUNNING_STATISTIC.test(name) ? [] : [tensor]))),
  );
  return Math.max(0, ...counts);
}

/** Tensors that are the very same elements count once. */
function countFloats(tensors: readonly CheckpointTensor[]): number {
  const distinct = new Map(tensors.map((tensor) => [tensor.identity, tensor]));
  return [...distinct.values()]
    .filter(({ dtype }) => FLOATING.includes(dtype))
    .reduce((sum, { elements }) => sum + elements, 0);
}
