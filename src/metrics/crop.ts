import type { Crop } from '../core/protocol.ts';
import type { Box } from '../kernels/box.ts';

/** Eigen's NYUDv2 crop is given in pixels of the full frame and means nothing on another size. */
const EIGEN_NYU = { height: 480, width: 640, box: { top: 45, bottom: 471, left: 41, right: 601 } } as const;

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
  if (crop === 'eigen-nyu') {
    if (height === EIGEN_NYU.height && width === EIGEN_NYU.width) return EIGEN_NYU.box;
    return {
      problem: `the crop "eigen-nyu" is defined for images of 480x640 (height x width), not ${height}x${width}`,
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
