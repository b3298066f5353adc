import type { GraphBuilder, NodeId } from '../graph.ts';

/** Names and channels of one task's head. */
export interface HeadPlan {
  /** The name of the last layer in checkpoints: segm, depth, normal. */
  readonly name: string;
  /** Of the output: classes, 1 or 3. */
  readonly channels: number;
}

/** How a task's output is made of the decoder's last features; all designs end in ReLU6 and a 3x3 convolution. */
export interface HeadDesign {
  readonly title: string;
  /** Appends the head behind `features` and gives its output, at the size of `features`. */
  build(builder: GraphBuilder, features: NodeId, plan: HeadPlan): NodeId;
}

/** ReLU6, then the 3x3 convolution with a bias that gives the raw output. */
export function predict(builder: GraphBuilder, features: NodeId, { name, channels }: HeadPlan): NodeId {
  return builder.conv(name, builder.relu6('relu', features), channels, { kernel: 3, bias: true });
}
