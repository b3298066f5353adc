import { type HeadDesign, predict } from './head.ts';

export const none: HeadDesign = {
  title: 'no 1x1 convolution: ReLU6, 3x3',
  build: predict,
};
