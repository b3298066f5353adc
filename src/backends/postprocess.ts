import { ResourceError } from '../core/errors.ts';
import type { Tensor } from '../core/predictor.ts';
import {
  type DepthRaster,
  IGNORE_LABEL,
  type LabelRaster,
  type NormalsRaster,
  type OpenSegmentation,
  placeOf,
  placeWords,
} from '../core/raster.ts';
import { channelOf } from '../formats/normals-encoding.ts';
import { resizePlanar } from '../kernels/resize.ts';
import { sliceMasses } from '../kernels/slice-mass.ts';
import { type ChannelRange, upsampleArgmax, upsampleArgmaxOfSlice } from '../kernels/upsample-argmax.ts';
import type { DepthOutput, ModelCard, NormalsOutput, SegmentationOutput } from './model-card.ts';

const METRES = { m: 1, dm: 0.1, cm: 0.01, mm: 0.001 } as const;

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** One output of a network, batch dropped, channels first. */
interface Planes extends Size {
  readonly data: Float32Array;
  readonly channels: number;
}

type Layout = ModelCard['input']['layout'];

/**
 * A raw output [1, C, h, w] (nhwc: [1, h, w, C]) as planes; a single channel may be left out of the shape.
 * @throws ResourceError naming the output and its shape when it is none of these.
 */
export function planesOf(tensor: Tensor, layout: Layout, where: string): Planes {
  const { shape, data } = tensor;
  const [batch, ...rest] = shape;
  const asChannels = layout === 'nchw' ? rest : [rest[2], rest[0], rest[1]];
  const [channels, height, width] = rest.length === 2 ? [1, ...rest] : asChannels;
  const fits = batch === 1 && (rest.length === 2 || rest.length === 3) && data.length === channels * height * width;
  if (!fits || data.length === 0)
    throw new ResourceError(
      `${where}: shape [${shape.join(', ')}]; expected [1, ${layout === 'nchw' ? 'channels, height, width' : 'height, width, channels'}]`,
    );
  if (layout === 'nchw' || channels === 1) return { data, channels, height, width };
  const planes = new Float32Array(data.length);
  const pixels = height * width;
  for (let c = 0; c < channels; c++) for (let i = 0; i < pixels; i++) planes[c * pixels + i] = data[i * channels + c];
  return { data: planes, channels, height, width };
}

/**
 * Train ids at the size of the image: logits resized, then argmax (ties to the lower class) inside the card's channels,
 * then the card's label map.
 * @throws ResourceError on logits that are not finite, channels that are not there, or labels that are not class ids.
 */
export function toLabels(
  planes: Planes,
  output: SegmentationOutput,
  resize: ModelCard['resize'],
  size: Size,
  where: string,
): LabelRaster {
  const data =
    output.kind === 'labels' ? nearestLabels(planes, size, where) : argmaxLabels(planes, output, resize, size, where);
  if (output.labelMap) mapLabels(data, output.labelMap, size, where);
  return { ...size, channels: 1, data };
}

function argmaxLabels(
  planes: Planes,
  output: SegmentationOutput,
  resize: ModelCard['resize'],
  size: Size,
  where: string,
): Uint8Array {
  const { data, height, width } = planes;
  const { first, count } = channelsOf(planes, output, where);
  const used = data.subarray(first * height * width, (first + count) * height * width);
  requireFinite(used, planes, first, where);
  return upsampleArgmax(used, count, height, width, size.height, size.width, resize);
}

/**
 * Train ids as toLabels gives them for the card's slice, and what all channels together say.
 * @param image the part of `size` that shows the image, where images are padded
 * @throws ResourceError as toLabels does, and on any channel that is not finite.
 */
export function toOpenLabels(
  planes: Planes,
  output: SegmentationOutput & Required<Pick<SegmentationOutput, 'slices'>>,
  resize: ModelCard['resize'],
  size: Size,
  image: Size,
  where: string,
): { readonly labels: LabelRaster; readonly open: OpenSegmentation } {
  const { data, channels, height, width } = planes;
  const slice = channelsOf(planes, output, where);
  requireFinite(data, planes, 0, where);
  const upsampling = { logits: data, channels, h: height, w: width, ...size, kind: resize };
  const { closed, open } = upsampleArgmaxOfSlice(upsampling, slice, IGNORE_LABEL);
  const slices = Object.values(output.slices);
  // Cells whose centre lies in the image.
  const seen = (cells: number, all: number, shown: number) => Math.max(1, Math.ceil((cells * shown) / all - 0.5));
  const window = {
    rows: seen(height, size.height, image.height),
    columns: seen(width, size.width, image.width),
  };
  const masses = sliceMasses(data, channels, height, width, slices, window);
  const own = masses[slices.findIndex(({ first }) => first === slice.first)];
  return {
    labels: { ...size, channels: 1, data: closed },
    open: {
      labels: { ...size, channels: 1, data: open },
      sliceMass: own.mass,
      isOwnLargest: masses.every(({ sumExp }) => sumExp <= own.sumExp),
      slices: Object.entries(output.slices)
        .map(([taxonomy, { count }]) => `${taxonomy} ${count}`)
        .sort()
        .join(', '),
    },
  };
}

/** The channels that are chosen among, all there. */
function channelsOf({ channels }: Planes, output: SegmentationOutput, where: string): ChannelRange {
  const chosen = output.channels ?? { first: 0, count: channels };
  const { first, count } = chosen;
  if (first + count > channels || count > 255)
    throw new ResourceError(
      `${where}: ${channels} channels; the card asks for ${count} of them from channel ${first} on (at most 255)`,
    );
  if (output.labelMap && output.labelMap.length !== count)
    throw new ResourceError(`${where}: ${count} classes, but labelMap has ${output.labelMap.length} ids`);
  return chosen;
}

function requireFinite(logits: Float32Array, { height, width }: Planes, first: number, where: string): void {
  const bad = firstNonFinite(logits);
  if (bad < 0) return;
  const at = bad % (height * width);
  throw new ResourceError(
    `${where}: logit ${logits[bad]} in channel ${first + Math.floor(bad / (height * width))}, ${placeWords(placeOf(at, width))} ` +
      `of the ${height}x${width} output; a class cannot be chosen from that`,
  );
}

/** Index of the first NaN or infinity, or -1. */
function firstNonFinite(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] - values[i];
  return sum === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}

/** Class ids cannot be interpolated: each pixel takes the id whose cell its centre falls in. */
function nearestLabels({ data, channels, height, width }: Planes, size: Size, where: string): Uint8Array {
  if (channels !== 1) throw new ResourceError(`${where}: ${channels} channels; labels have one (kind: logits?)`);
  const labels = new Uint8Array(size.height * size.width);
  for (let y = 0, i = 0; y < size.height; y++) {
    const row = Math.floor(((y + 0.5) * height) / size.height) * width;
    for (let x = 0; x < size.width; x++, i++) {
      const label = data[row + Math.floor(((x + 0.5) * width) / size.width)];
      if (!(Number.isInteger(label) && label >= 0 && label <= 255))
        throw new ResourceError(
          `${where}: ${label} is no class id 0..255 (${placeWords({ row: y, column: x })} of the image)`,
        );
      labels[i] = label;
    }
  }
  return labels;
}

function mapLabels(labels: Uint8Array, map: readonly number[], { width }: Size, where: string): void {
  for (let i = 0; i < labels.length; i++) {
    const id = map[labels[i]];
    if (id === undefined)
      throw new ResourceError(
        `${where}: class ${labels[i]} (${placeWords(placeOf(i, width))}) is not in labelMap, which has ${map.length} ids`,
      );
    labels[i] = id;
  }
}

/**
 * Metres at the size of the image: resized as the network gives it, then |.|, the activation, multiplier and shift, then
 * 1/. or exp, and units. NaN stays NaN.
 */
export function toDepth(
  planes: Planes,
  output: DepthOutput,
  resize: ModelCard['resize'],
  size: Size,
  where: string,
): DepthRaster {
  requireChannels(planes, 1, where);
  const data = resizePlanar(planes.data, 1, planes.height, planes.width, size.height, size.width, resize);
  const factor = output.scale * METRES[output.unit];
  const convert = CONVERT[output.kind];
  const depth = new Float32Array(data.length);
  const activate = ACTIVATE[output.activation];
  for (let i = 0; i < data.length; i++) {
    const value = activate(output.absolute ? Math.abs(data[i]) : data[i]);
    depth[i] = factor * convert(output.multiplier * value + output.shift);
  }
  return { ...size, channels: 1, data: depth };
}

const CONVERT: Readonly<Record<DepthOutput['kind'], (value: number) => number>> = {
  depth: (z) => z,
  'inverse-depth': (inverse) => 1 / inverse,
  disparity: (pixels) => 1 / pixels,
  'log-depth': (log) => Math.exp(log),
};

const ACTIVATE: Readonly<Record<DepthOutput['activation'], (value: number) => number>> = {
  none: (x) => x,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  // For large x, exp(x) would be infinite where softplus is x.
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  relu: (x) => (x < 0 ? 0 : x),
  tanh: Math.tanh,
};

/** Unit vectors in the camera frame at the size of the image; where the length is 0 the vector stays 0. */
export function toNormals(
  planes: Planes,
  output: NormalsOutput,
  resize: ModelCard['resize'],
  size: Size,
  where: string,
): NormalsRaster {
  requireChannels(planes, 3, where);
  const raw = resizePlanar(planes.data, 3, planes.height, planes.width, size.height, size.width, resize);
  const pixels = size.height * size.width;
  const [x, y, z] = (['x', 'y', 'z'] as const).map((axis) => {
    const { at, sign } = channelOf(output.axes, axis);
    return { plane: raw.subarray(at * pixels, (at + 1) * pixels), sign };
  });
  const data = new Float32Array(3 * pixels);
  const [gain, offset] = output.encoding === 'zero-to-one' ? [2, -1] : [1, 0];
  for (let i = 0; i < pixels; i++) {
    const a = x.sign * (gain * x.plane[i] + offset);
    const b = y.sign * (gain * y.plane[i] + offset);
    const c = z.sign * (gain * z.plane[i] + offset);
    const length = Math.sqrt(a * a + b * b + c * c);
    const inverse = length === 0 ? 0 : 1 / length;
    data[3 * i] = a * inverse;
    data[3 * i + 1] = b * inverse;
    data[3 * i + 2] = c * inverse;
  }
  return { ...size, channels: 3, data };
}

function requireChannels(planes: Planes, channels: number, where: string): void {
  if (planes.channels !== channels)
    throw new ResourceError(`${where}: ${planes.channels} channels; ${channels} expected`);
}
