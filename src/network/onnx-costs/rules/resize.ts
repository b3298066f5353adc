import { type Call, type Outcome, type Rule, shaped } from '../call.ts';
import { axisOf, CannotInfer, checked } from '../value.ts';

/** Sizes are taken as they are; scales give floor(size x scale), of the region where one is cropped. */
function resize(call: Call): Outcome {
  const shape = call.shape(0);
  const axes = (call.numbers('axes') ?? shape.map((_, i) => i)).map((axis) => axisOf(axis, shape.length));
  const [scalesAt, sizesAt] = call.opset < 11 ? [1, -1] : [2, 3];
  const sizes = optional(call, sizesAt);
  const result = [...shape];
  const put = (values: readonly number[], size: (axis: number, i: number) => number) => {
    if (values.length !== axes.length)
      throw new CannotInfer(`${values.length} sizes or scales for ${axes.length} axes`);
    axes.forEach((axis, i) => {
      result[axis] = size(axis, i);
    });
    return shaped(checked(result));
  };
  if (sizes) {
    const policy = call.string('keep_aspect_ratio_policy', 'stretch');
    if (policy === 'stretch') return put(sizes, (_, i) => sizes[i]);
    const ratios = axes.map((axis, i) => sizes[i] / shape[axis]);
    const ratio = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
    return put(sizes, (axis) => Math.round(ratio * shape[axis]));
  }
  const scales = optional(call, scalesAt) ?? call.numbers('scales');
  if (!scales) throw new CannotInfer('neither scales nor sizes are given');
  const crops = call.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize';
  const region = crops ? call.elements(1) : undefined;
  const part = (i: number) => (region ? region[i + axes.length] - region[i] : 1);
  return put(scales, (axis, i) => Math.floor(shape[axis] * part(i) * scales[i]));
}

/** Exporters write an empty tensor for what they leave out. */
function optional(call: Call, index: number): readonly number[] | undefined {
  if (!call.has(index)) return undefined;
  if (call.inputs[index]?.shape?.[0] === 0) return undefined;
  return call.elements(index);
}

export const RESIZE_RULES: Readonly<Record<string, Rule>> = { Resize: resize, Upsample: resize };
