import { TASKS } from '../../src/core/tasks.ts';
import type { NetworkConfig } from '../../src/network/index.ts';
import { randomStream } from '../../src/network/random.ts';
import type { ImageGroup } from '../../src/training/passes.ts';

/** Every operation of the reference network, few channels. */
export const TINY: NetworkConfig = {
  classes: 5,
  tasks: [...TASKS],
  stem: 4,
  rows: [
    [1, 4, 1, 1],
    [2, 6, 2, 2],
    [2, 8, 1, 2],
    [2, 8, 2, 2],
    [2, 10, 1, 1],
    [2, 12, 1, 2],
    [2, 16, 1, 1],
  ],
  decoderWidth: 8,
};

/** Two sizes, one of them odd; large enough that the deepest level, 32 times as coarse, has pixels to normalise over. */
export const GROUPS: readonly ImageGroup[] = [drawGroup(2, 64, 48), drawGroup(1, 37, 85)];

export function drawGroup(images: number, height: number, width: number): ImageGroup {
  const { normal } = randomStream(5, `${images}x${height}x${width}`);
  return { images, height, width, data: Float32Array.from({ length: images * height * width * 3 }, normal) };
}
