import { IGNORE_LABEL, type LabelRaster, requireSameSize } from '../core/raster.ts';

/**
 * The merge rule of asymmetric annotations: truth wherever it is not 255, the expert's label elsewhere. A filter masks
 * the expert alone, beforehand: a pixel that it masks and that has no truth stays 255.
 * @param where names the sample in errors
 * @throws ResourceError unless both cover the same pixels
 */
export function mergeLabels(truth: LabelRaster, expert: LabelRaster, where: string): LabelRaster {
  requireSameSize(expert, truth, where);
  const data = truth.data.slice();
  fillNone(data, expert.data);
  return { ...truth, data };
}

/** The same of arrays of one length, in place. */
export function fillNone(labels: LabelRaster['data'], expert: ArrayLike<number>): void {
  for (let i = 0; i < labels.length; i++) if (labels[i] === IGNORE_LABEL) labels[i] = expert[i];
}

/** Labels with 255 wherever the stored confidence is below `level`. Both have one value per pixel. */
export function maskUnsure(labels: LabelRaster, confidence: ArrayLike<number>, level: number): LabelRaster {
  const data = labels.data.slice();
  for (let i = 0; i < data.length; i++) if (confidence[i] < level) data[i] = IGNORE_LABEL;
  return { ...labels, data };
}
