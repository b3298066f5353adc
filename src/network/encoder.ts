import type { ResolvedNetworkConfig } from './config.ts';
import type { GraphBuilder, NodeId } from './graph.ts';

/**
 * Appends MobileNet-v2 (Sandler et al. 2018) without its classifier. Layer 1 is the stem at half the image's size,
 * layers 2 to 8 are the rows of the configuration.
 * @returns the output of layers 2 to 8
 */
export function appendEncoder(builder: GraphBuilder, { stem, rows, width }: ResolvedNetworkConfig): NodeId[] {
  const scaled = (channels: number) => scaleChannels(channels, width);
  builder.part = 'encoder';
  const convolved = builder.conv('layer1.0', builder.image, scaled(stem), { kernel: 3, stride: 2 });
  let features = builder.relu6('layer1.2', builder.batchNorm('layer1.1', convolved));
  return rows.map(([expansion, channels, repeats, stride], i) => {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const plan = { expansion, channels: scaled(channels), stride: repeat === 0 ? stride : 1 };
      features = appendBlock(builder, `layer${i + 2}.${repeat}`, features, plan);
    }
    return features;
  });
}

/** The inverted residual: expand 1x1, filter 3x3 depthwise, project 1x1; the input is added where shapes allow. */
function appendBlock(
  builder: GraphBuilder,
  name: string,
  input: NodeId,
  { expansion, channels, stride }: { expansion: number; channels: number; stride: number },
): NodeId {
  const inner = builder.channels(input) * expansion;
  const activated = (step: number, convolution: NodeId) =>
    builder.relu6(`${name}.output.${step}.2`, builder.batchNorm(`${name}.output.${step}.1`, convolution));
  const expanded = activated(0, builder.conv(`${name}.output.0.0`, input, inner));
  const filtered = activated(
    1,
    builder.conv(`${name}.output.1.0`, expanded, inner, { kernel: 3, stride, depthwise: true }),
  );
  const projected = builder.batchNorm(`${name}.output.2.1`, builder.conv(`${name}.output.2.0`, filtered, channels));
  const residual = stride === 1 && builder.channels(input) === channels;
  return residual ? builder.add(`${name}.sum`, input, projected) : projected;
}

const CHANNEL_MULTIPLE = 8;

/** MobileNet's rule: to the nearest multiple of 8, one more where that would take away over a tenth. */
export function scaleChannels(channels: number, width: number): number {
  if (width === 1) return channels;
  const wanted = channels * width;
  const nearest = Math.max(1, Math.floor(wanted / CHANNEL_MULTIPLE + 0.5)) * CHANNEL_MULTIPLE;
  return nearest < 0.9 * wanted ? nearest + CHANNEL_MULTIPLE : nearest;
}
