import type { Crop } from '../core/protocol.ts';
import type { Box } from '../kernels/box.ts';

/** Crops of NYUDv2 are given in pixels of the full frame and mean nothing on another size. */
const NYU = { height: 480, width: 640 } as const;
const NYU_BOXES = {
  // Eigen et al. 2014, as run by BTS, AdaBins and ZoeDepth: [45:471, 41:601], counted from 0, the end left out.
  'eigen-nyu': { top: 45, bottom: 471, left: 41, right: 601 },
  // NYUDv2's toolbox, get_projection_mask.m, and GeoNet, eval/test_depth.m: (45:471, 41:601), counted from 1, the end kept.
  'nyu-valid': { top: 44, bottom: 471, left: 40, right: 601 },
} as const;

/** KITTI's benchmark images, as BTS cuts them. */
const KB = { height: 352, width: 1216 } as const;

/** Fractions of height (top, bottom) and width (left, right), truncated to whole pixels. */
const FRACTIONS = {
  // Garg et al. 2016, as run by BTS, monodepth2 and the works after them.
  garg: { top: 0.40810811, bottom: 0.99189189, left: 0.03594771, right: 0.96405229 },
  // Eigen et al. 2014, as in the same programs.
  'eigen-kitti': { top: 0.3324324, bottom: 0.91351351, left: 0.0359477, right: 0.96405229 },
} as const;

/** The pixels that a crop keeps, or why it cannot be applied to an image of this size. */
export function cropBox(crop: Crop, height: number, width: number): Box | { readonly problem: string } {
  if (crop === 'none') return { top: 0, bottom: height, left: 0, right: width };
  if (crop === 'eigen-nyu' || crop === 'nyu-valid') {
    if (height === NYU.height && width === NYU.width) return NYU_BOXES[crop];
    return {
      problem: `the crop "${crop}" is defined for images of ${NYU.height}x${NYU.width} (height x width), not ${height}x${width}`,
    };
  }
  if (crop === 'kb') {
    const top = height - KB.height;
    const left = Math.trunc((width - KB.width) / 2);
    if (top >= 0 && width >= KB.width) return { top, bottom: height, left, right: left + KB.width };
    return {
      problem: `the crop "kb" needs images of at least ${KB.height}x${KB.width} (height x width), not ${height}x${width}`,
    };
  }
  const { top, bottom, left, right } = FRACTIONS[crop];
  return {
    top: Math.trunc(top * height),
    bottom: Math.trunc(bottom * height),
    left: Math.trunc(left * width),
    right: Math.trunc(right * width),
  };
}
