import { type HeadDesign, predict } from './head.ts';

export const depthwise: HeadDesign = {
  title: "the paper's head: depthwise 1x1, ReLU6, 3x3",
  build(builder, features, plan) {
    const scaled = builder.conv(`pre_${plan.name}`, features, builder.channels(features), { depthwise: true });
    return predict(builder, scaled, plan);
  },
};
