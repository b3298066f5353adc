import type { Task } from '../core/tasks.ts';
import { type NetworkConfig, type ResolvedNetworkConfig, resolveNetworkConfig } from './config.ts';
import { appendEncoder } from './encoder.ts';
import { type Graph, GraphBuilder, type NodeId } from './graph.ts';
import { HEADS } from './heads/index.ts';

/** Poolings in each chain. */
const CRP_STAGES = 4;

/** In execution order, with the layer's name in checkpoints. */
export const TASK_LAYERS: readonly { task: Task; layer: string }[] = [
  { task: 'segmentation', layer: 'segm' },
  { task: 'depth', layer: 'depth' },
  { task: 'normals', layer: 'normal' },
];

/**
 * MobileNet-v2 with the Light-Weight RefineNet decoder and one head per task: the network of Nekrasov et al., "Real-Time
 * Joint Semantic Segmentation and Depth Estimation Using Asymmetric Annotations", ICRA 2019 (arXiv 1809.04766).
 * Input: the normalised image, 3 x H x W. Outputs, raw, at ceil(H / 4) x ceil(W / 4): logits (classes), depth (1, metres,
 * may be negative), normals (3, not normalised). With `trunk: separate` each task has a network of its own, whose layers
 * are named after the task ("depth.layer1.0"): what sharing saves.
 * @throws UsageError for an impossible configuration.
 */
export function refinenet(config: NetworkConfig): Graph {
  const resolved = resolveNetworkConfig(config);
  const builder = new GraphBuilder();
  const layers = TASK_LAYERS.filter(({ task }) => resolved.tasks.includes(task));
  if (resolved.trunk === 'shared') {
    const features = appendTrunk(builder, resolved);
    return { nodes: builder.nodes, outputs: layers.map((layer) => appendHead(builder, features, layer, resolved)) };
  }
  const outputs = layers.map((layer) => {
    builder.prefix = `${layer.task}.`;
    return appendHead(builder, appendTrunk(builder, resolved), layer, resolved);
  });
  return { nodes: builder.nodes, outputs };
}

const appendTrunk = (builder: GraphBuilder, config: ResolvedNetworkConfig): NodeId =>
  appendDecoder(builder, appendEncoder(builder, config), config);

function appendHead(
  builder: GraphBuilder,
  features: NodeId,
  { task, layer }: (typeof TASK_LAYERS)[number],
  config: ResolvedNetworkConfig,
): Graph['outputs'][number] {
  builder.part = `head_${task}`;
  const plan = { name: layer, channels: outputChannels(task, config) };
  return { task, node: HEADS[config.head].build(builder, features, plan) };
}

function outputChannels(task: Task, { classes }: ResolvedNetworkConfig): number {
  if (task === 'normals') return 3;
  return task === 'segmentation' && classes !== undefined ? classes : 1;
}

/**
 * From the coarsest level to the finest: bring each level to the decoder's width, add what comes from below, ReLU6, a
 * chain of residual poolings; between levels a 1x1 convolution and bilinear up-sampling.
 */
function appendDecoder(builder: GraphBuilder, layers: readonly NodeId[], config: ResolvedNetworkConfig): NodeId {
  builder.part = 'decoder';
  const width = config.decoderWidth;
  const [, l3, l4, l5, l6, l7, l8] = layers;
  const narrowed = (layer: number, features: NodeId) => builder.conv(`conv${layer}`, features, width);
  const rising = (level: number, features: NodeId, like: NodeId) =>
    builder.upsample(`up${level}`, builder.conv(`conv_adapt${level}`, features, width), like);
  const pooled = (level: number, sum: NodeId, depthwise = false) =>
    appendPoolingChain(builder, `crp${level}`, builder.relu6('relu', sum), depthwise);

  const n8 = narrowed(8, l8);
  const level4 = pooled(4, builder.add('sum4', n8, narrowed(7, l7)));
  const up4 = rising(4, level4, l6);
  const n6 = narrowed(6, l6);
  const level3 = pooled(3, builder.add('sum3', builder.add('sum3.0', narrowed(5, l5), n6), up4));
  const up3 = rising(3, level3, l4);
  const level2 = pooled(2, builder.add('sum2', narrowed(4, l4), up3));
  const up2 = rising(2, level2, l3);
  return pooled(1, builder.add('sum1', narrowed(3, l3), up2), config.crp1 === 'depthwise');
}

/** Chained residual pooling: each stage pools and convolves the one before; all stages are summed. */
function appendPoolingChain(builder: GraphBuilder, name: string, input: NodeId, depthwise: boolean): NodeId {
  let sum = input;
  let stage = input;
  for (let i = 1; i <= CRP_STAGES; i++) {
    const pooled = builder.maxPool(`${name}.0.maxpool`, stage);
    stage = builder.conv(`${name}.0.${i}_outvar_dimred`, pooled, builder.channels(input), { depthwise });
    sum = builder.add(`${name}.0.${i}_sum`, stage, sum);
  }
  return sum;
}
