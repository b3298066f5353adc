import { ResourceError } from '../core/errors.ts';
import type { Tensor } from '../core/predictor.ts';
import type { Checkpoint, CheckpointGroup, CheckpointTensor } from '../formats/torch/index.ts';
import type { NetworkConfig } from './config.ts';
import type { Graph } from './graph.ts';
import { isRefinenet, recogniseRefinenet } from './recognise.ts';
import { refinenet } from './refinenet.ts';
import type { Weights } from './weights.ts';

export interface CheckpointNetwork {
  readonly config: NetworkConfig;
  readonly graph: Graph;
  readonly weights: Weights;
  /** What was done to the weights that their reader should know; usually nothing. */
  readonly notes: readonly string[];
}

/** A counter that training keeps beside each batch normalisation (torch >= 0.4.1). */
const COUNTER = /(^|\.)num_batches_tracked$/;
/** What nn.DataParallel puts before every name. */
const PARALLEL = 'module.';

/**
 * The reference network that a checkpoint holds, whatever lies around it: a wrapping dict, an optimiser, the prefix of
 * DataParallel, counters of batches.
 * @param source how messages call the file
 * @throws ResourceError when it holds another network, or more than one.
 */
export function networkFromCheckpoint(checkpoint: Checkpoint, source: string): CheckpointNetwork {
  const tensors = tensorsOfNetwork(checkpoint, source);
  const config = recogniseRefinenet(new Map([...tensors].map(([name, { shape }]) => [name, shape])), source);
  const weights = new Map<string, Tensor>();
  let rounded = 0;
  for (const [name, tensor] of tensors) {
    if (tensor.dtype === 'float64') rounded++;
    weights.set(name, { shape: tensor.shape, data: floats(name, tensor, source) });
  }
  const notes = rounded ? [`${rounded} float64 tensors are rounded to float32`] : [];
  return { config, graph: refinenet(config), weights, notes };
}

/** The names of the network's own layers, without a prefix and without counters. */
export function plainNames({ tensors }: CheckpointGroup): ReadonlyMap<string, CheckpointTensor> {
  const names = [...tensors.keys()];
  const cut = names.length && names.every((name) => name.startsWith(PARALLEL)) ? PARALLEL.length : 0;
  return new Map(
    [...tensors].flatMap(([name, tensor]) => (COUNTER.test(name) ? [] : [[name.slice(cut), tensor] as const])),
  );
}

function tensorsOfNetwork({ groups }: Checkpoint, source: string): ReadonlyMap<string, CheckpointTensor> {
  const candidates = groups.map((group) => ({ path: group.path, tensors: plainNames(group) }));
  const fitting = candidates.filter(({ tensors }) => isRefinenet(tensors));
  if (fitting.length > 1)
    throw new ResourceError(
      `${source}: holds the network ${fitting.length} times (${fitting.map(({ path }) => JSON.stringify(path)).join(', ')}); save the state dict that is meant alone`,
    );
  // Where none fits, the largest says best what the file is.
  const largest = candidates.reduce((a, b) => (b.tensors.size > a.tensors.size ? b : a), {
    path: '',
    tensors: new Map<string, CheckpointTensor>() as ReadonlyMap<string, CheckpointTensor>,
  });
  return (fitting[0] ?? largest).tensors;
}

function floats(name: string, tensor: CheckpointTensor, source: string): Float32Array {
  const values = tensor.values();
  if (values instanceof Float32Array) return values;
  if (values instanceof Float64Array) return Float32Array.from(values);
  throw new ResourceError(`${source}: "${name}" is ${tensor.dtype}; weights of a floating type are needed`);
}
