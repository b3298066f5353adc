import type { DepthProtocol, NormalsProtocol, SegmentationProtocol } from '../../../core/protocol.ts';
import { cropBox } from '../../../metrics/crop.ts';
import type { Case } from '../mistake.ts';

/** Pixels that are looked at in one image: enough for medians, few enough to be kept of many images. */
const SAMPLED = 4096;

/** Whether a pixel of a label map counts. */
export const countsLabel =
  ({ truth: { data }, mask }: Case<'segmentation'>, { classes, ignore }: SegmentationProtocol) =>
  (pixel: number): boolean =>
    data[pixel] !== ignore && data[pixel] >= 0 && data[pixel] < classes && (mask === undefined || mask[pixel] !== 0);

/** Indices of counted pixels of a depth map, evenly over them. */
export function countedDepth(
  { truth, mask }: Case<'depth'>,
  { crop, minimumM, maximumM }: DepthProtocol,
  limit = SAMPLED,
): Int32Array {
  return evenly(truth, mask, crop, limit, (i) => truth.data[i] > minimumM && truth.data[i] < (maximumM ?? Infinity));
}

/** The same of a map of normals. */
export function countedNormals(
  { truth, mask }: Case<'normals'>,
  { crop }: NormalsProtocol,
  limit = SAMPLED,
): Int32Array {
  return evenly(truth, mask, crop, limit, (i) => Number.isFinite(truth.data[3 * i]));
}

function evenly(
  { height, width }: { readonly height: number; readonly width: number },
  mask: Uint8Array | undefined,
  crop: DepthProtocol['crop'],
  limit: number,
  counts: (pixel: number) => boolean,
): Int32Array {
  const box = cropBox(crop, height, width);
  if ('problem' in box) return new Int32Array(0);
  const all: number[] = [];
  for (let row = box.top; row < box.bottom; row++)
    for (let i = row * width + box.left, end = row * width + box.right; i < end; i++)
      if (counts(i) && (mask === undefined || mask[i] !== 0)) all.push(i);
  const step = Math.max(1, all.length / limit);
  return Int32Array.from({ length: Math.min(all.length, limit) }, (_, k) => all[Math.floor(k * step)]);
}
