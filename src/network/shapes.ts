import { UsageError } from '../core/errors.ts';
import { type Graph, INPUT_CHANNELS, paddingOf } from './graph.ts';

/** Of the image, pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** [channels, height, width] of one image; the batch is 1 everywhere. */
export type Shape = readonly [channels: number, height: number, width: number];

/**
 * The shape of every node's output, by node.
 * A convolution gives floor((n + 2 padding - kernel) / stride) + 1 along each axis.
 * @throws UsageError for a size that is no pair of positive integers.
 */
export function inferShapes(graph: Graph, { width, height }: ImageSize): Shape[] {
  if (![width, height].every((n) => Number.isSafeInteger(n) && n > 0))
    throw new UsageError(`an image of ${width}x${height} (width x height) is impossible; give positive whole numbers`);
  const shapes: Shape[] = [];
  for (const node of graph.nodes) {
    const input = shapes[node.inputs[0]];
    if (node.op === 'input') shapes.push([INPUT_CHANNELS, height, width]);
    else if (node.op === 'conv') {
      const along = (n: number) => Math.floor((n + 2 * paddingOf(node.kernel) - node.kernel) / node.stride) + 1;
      shapes.push([node.outChannels, along(input[1]), along(input[2])]);
    } else if (node.op === 'upsample') {
      const like = shapes[node.inputs[1]];
      shapes.push([input[0], like[1], like[2]]);
    } else shapes.push(input);
  }
  return shapes;
}
