import { type HeadDesign, predict } from './head.ts';

export const dense: HeadDesign = {
  title: 'standard 1x1 convolution in place of the depthwise one, ReLU6, 3x3',
  build(builder, features, plan) {
    return predict(builder, builder.conv(`pre_${plan.name}`, features, builder.channels(features)), plan);
  },
};
