import type { NodeView } from '../node.ts';

type Pair = readonly [number, number];

/** The sliding window of a convolution or pooling over height and width. */
export interface Window {
  readonly kernel: Pair | undefined;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly autoPad: string;
  /** Top, left, bottom, right, as ONNX lists them. */
  readonly pads: readonly [number, number, number, number];
}

export interface Padding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Pixels. Wider than any image: what a damaged file holds should not be allocated. */
const WIDEST = 65536;

/** @throws ResourceError unless the window has two axes and a size that is possible. */
export function windowOf(node: NodeView): Window {
  const pair = (name: string): Pair | undefined => {
    const values = node.ints(name);
    if (values && values.length !== 2) throw node.unsupported(`${name} over ${values.length} axes instead of 2`);
    if (values?.some((n) => !(n >= 1 && n <= WIDEST))) throw node.unsupported(`${name} [${values.join(', ')}]`);
    return values as Pair | undefined;
  };
  const pads = node.ints('pads') ?? [0, 0, 0, 0];
  if (pads.length !== 4) throw node.unsupported(`pads of ${pads.length} numbers instead of 4`);
  if (pads.some((n) => !(n >= 0 && n <= WIDEST))) throw node.unsupported(`pads [${pads.join(', ')}]`);
  return {
    kernel: pair('kernel_shape'),
    strides: pair('strides') ?? [1, 1],
    dilations: pair('dilations') ?? [1, 1],
    autoPad: node.text('auto_pad', 'NOTSET'),
    pads: pads as unknown as Window['pads'],
  };
}

/** The padding of an image, auto_pad resolved. `ceil` adds below and right what lets a last partial window fit. */
export function paddingFor(
  { strides, dilations, autoPad, pads }: Window,
  kernel: Pair,
  size: Pair,
  ceil = false,
): Padding {
  const along = (axis: 0 | 1): Pair => {
    const reach = dilations[axis] * (kernel[axis] - 1) + 1;
    if (autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER') {
      const total = Math.max(0, (Math.ceil(size[axis] / strides[axis]) - 1) * strides[axis] + reach - size[axis]);
      const less = Math.floor(total / 2);
      return autoPad === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
    }
    const [before, after] = autoPad === 'VALID' ? [0, 0] : [pads[axis], pads[axis + 2]];
    const free = size[axis] + before + after - reach;
    const steps = Math.ceil(free / strides[axis]);
    // A last window that would begin in the padding behind the image is not taken.
    const starts = steps * strides[axis] < size[axis] + before;
    return [before, after + (ceil && starts ? steps * strides[axis] - free : 0)];
  };
  const [top, bottom] = along(0);
  const [left, right] = along(1);
  return { top, bottom, left, right };
}

/** TensorFlow's own word for a padding. Its native poolings take nothing else; undefined where there is none. */
export function paddingWord(
  { top, bottom, left, right }: Padding,
  { kernel, strides, dilations, pads }: Omit<Window, 'autoPad'> & { readonly kernel: Pair },
  size: Pair,
): 'valid' | 'same' | undefined {
  if (top === 0 && bottom === 0 && left === 0 && right === 0) return 'valid';
  const same = paddingFor({ kernel, strides, dilations, pads, autoPad: 'SAME_UPPER' }, kernel, size);
  const equal = top === same.top && bottom === same.bottom && left === same.left && right === same.right;
  return equal ? 'same' : undefined;
}

type ExplicitPadding = [[number, number], [number, number], [number, number], [number, number]];

/** As TensorFlow.js's convolutions and poolings take it. */
export function explicit({ top, bottom, left, right }: Padding): ExplicitPadding {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}
