import { ResourceError } from '../core/errors.ts';
import type { Prediction, Predictor, Runtime, Tensor } from '../core/predictor.ts';
import type { OpenSegmentation, RgbRaster } from '../core/raster.ts';
import { type Maps, TASKS } from '../core/tasks.ts';
import { normaliseToPlanar } from '../kernels/normalise.ts';
import { resizeRgb } from '../kernels/resize-rgb.ts';
import { requireFittingOutputs } from './check-outputs.ts';
import { type ModelCard, type NamedOutputs, namedOutputs } from './model-card.ts';
import { cropMap, cropMaps, paddedSize, padPlanes } from './padding.ts';
import { planesOf, type Size, toDepth, toLabels, toNormals, toOpenLabels } from './postprocess.ts';
import { readAs } from './slices.ts';

/**
 * The one Predictor around every Runtime: image -> resize to the input size of the card where it differs -> normalise
 * -> run -> maps at the size of the image. A stage's time leaves out reading the image.
 * @throws ResourceError when the card names an input size or outputs that the model does not have.
 */
export function networkPredictor({
  runtime,
  card: given,
  accuracyUndefined,
  classCount,
  taxonomy,
  now = () => performance.now(),
}: {
  readonly runtime: Runtime;
  readonly card: ModelCard;
  readonly accuracyUndefined?: string;
  /** Of the data set, where segmentation is scored. */
  readonly classCount?: number;
  /** Of the data set, where segmentation is scored: it chooses the slice of a network of several data sets. */
  readonly taxonomy?: string;
  /** Milliseconds. */
  readonly now?: () => number;
}): Predictor {
  const card = readAs(withOutputNames(given, runtime), taxonomy);
  const inputName = requireInput(runtime, card);
  const tasks = TASKS.filter((task) => card.outputs[task] !== undefined);
  requireFittingOutputs(runtime.outputs, card, classCount);
  let closed = false;
  return {
    card: runtime.card,
    tasks,
    accuracyUndefined,
    async predict({ id, image, wantsRaw, wantsOpen }) {
      if (closed) throw new Error(`model ${card.id}: predict() after close()`);
      const rgb = await image();
      const start = now();
      const input = prepareInput(rgb, card);
      const prepared = now();
      requireImageSize(runtime, input, rgb, card, id);
      const raw = await runtime.run({ [inputName]: input });
      const inferred = now();
      const fed = inputSizeOf(card.input, rgb);
      const isPadded = card.input.stride !== undefined;
      const read = postprocess(raw, card, { size: isPadded ? fed : rgb, image: rgb }, id, wantsOpen);
      const { maps, open } = isPadded ? cropRead(read, fed, rgb) : read;
      const end = now();
      return {
        maps,
        ...(open && { open }),
        ...(wantsRaw && { raw: rawOf(raw, card) }),
        timesMs: { prepare: prepared - start, infer: inferred - prepared, postprocess: end - inferred },
      };
    },
    async close() {
      closed = true;
      await runtime.close();
    },
  };
}

/** The shape of the card's input tensor for images of its own or the given size. */
export function inputShapeOf({ input }: ModelCard, size: { height: number; width: number }): number[] {
  const { height, width } = inputSizeOf(input, size);
  return input.layout === 'nchw' ? [1, 3, height, width] : [1, height, width, 3];
}

function inputSizeOf(input: ModelCard['input'], size: { height: number; width: number }) {
  if (input.height === undefined || input.width === undefined) return paddedSize(size, input.stride ?? 1);
  return { height: input.height, width: input.width };
}

/** An image as the network takes it: resized where the card names a size, normalised, padded where it names a stride. */
export function prepareInput(rgb: RgbRaster, card: ModelCard): Tensor {
  const { input } = card;
  const { height, width } = inputSizeOf(input, rgb);
  const isSame = input.height === undefined || (height === rgb.height && width === rgb.width);
  const planar = isSame
    ? padPlanes(normaliseToPlanar(rgb.data, rgb.height, rgb.width, input), rgb, { height, width })
    : normaliseToPlanar(resizeRgb(rgb.data, rgb.height, rgb.width, height, width), height, width, input);
  return {
    data: input.layout === 'nchw' ? planar : interleave(planar, height * width),
    shape: inputShapeOf(card, rgb),
  };
}

function interleave(planar: Float32Array, pixels: number): Float32Array {
  const data = new Float32Array(planar.length);
  for (let i = 0; i < pixels; i++) for (let c = 0; c < 3; c++) data[3 * i + c] = planar[c * pixels + i];
  return data;
}

/** What of a card decides how raw outputs become maps. */
export type OutputCard = Pick<ModelCard, 'id' | 'resize'> & {
  readonly outputs: NamedOutputs;
  readonly input: Pick<ModelCard['input'], 'layout'>;
};

/** Maps, and what all channels of a network of several data sets say. */
interface Read {
  readonly maps: Maps;
  readonly open?: OpenSegmentation;
}

/**
 * Raw outputs as maps of `size`, of which `image` is the part that shows the image; `id` names the sample in errors.
 * @param wantsOpen asks for `open`, which a card with slices gives
 */
export function postprocess(
  raw: Readonly<Record<string, Tensor>>,
  card: OutputCard,
  { size: { height, width }, image }: { readonly size: Size; readonly image: Size },
  id: string,
  wantsOpen = false,
): Read {
  const size = { height, width };
  const { outputs, resize, input } = card;
  const whereOf = (name: string) => `model ${card.id}, output "${name}", sample ${id}`;
  const planes = ({ name }: { name: string }) => planesOf(raw[name], input.layout, whereOf(name));
  const { segmentation, depth, normals } = outputs;
  const labelsOf = (output: NonNullable<typeof segmentation>) => {
    const { name, slices } = output;
    if (wantsOpen && slices)
      return toOpenLabels(planes(output), { ...output, slices }, resize, size, image, whereOf(name));
    return { labels: toLabels(planes(output), output, resize, size, whereOf(name)), open: undefined };
  };
  const read = segmentation && labelsOf(segmentation);
  const maps = {
    ...(read && { segmentation: read.labels }),
    ...(depth && { depth: toDepth(planes(depth), depth, resize, size, whereOf(depth.name)) }),
    ...(normals && { normals: toNormals(planes(normals), normals, resize, size, whereOf(normals.name)) }),
  };
  return { maps, ...(read?.open && { open: read.open }) };
}

function cropRead({ maps, open }: Read, from: Size, to: Size): Read {
  return {
    maps: cropMaps(maps, from, to),
    ...(open && { open: { ...open, labels: cropMap(open.labels, from, to) } }),
  };
}

/** The card with the name of every output, for those that it knows by their place. */
function withOutputNames(card: ModelCard, { outputs }: Runtime): ModelCard & { readonly outputs: NamedOutputs } {
  const nameAt = (index: number, task: string): string => {
    const found = outputs[index];
    if (found) return found.name;
    throw new ResourceError(
      `model ${card.id}, outputs.${task}.index: ${index}, but the file has ${outputs.length} outputs ` +
        `(0: ${outputs.map(({ name }, i) => (i ? `${i}: ${name}` : name)).join(', ')})`,
    );
  };
  return { ...card, outputs: namedOutputs(card.outputs, nameAt) };
}

/** Prediction.raw by task; class ids are no logits. */
export function rawOf(
  raw: Readonly<Record<string, Tensor>>,
  { outputs }: Pick<OutputCard, 'outputs'>,
): Prediction['raw'] {
  const tasks = TASKS.filter((task) => outputs[task] && !(task === 'segmentation' && outputs[task]?.kind === 'labels'));
  return Object.fromEntries(tasks.map((task) => [task, raw[outputs[task]?.name as string]]));
}

/** The name of the model's one input, whose fixed axes must be those of the card. */
function requireInput({ inputs }: Runtime, card: ModelCard): string {
  if (inputs.length !== 1)
    throw new ResourceError(
      `model ${card.id}: the network has ${inputs.length} inputs (${inputs.map(({ name }) => name).join(', ')}); one image input is supported`,
    );
  const [{ name, shape }] = inputs;
  const { input } = card;
  if (input.width === undefined || input.height === undefined) return name;
  requireShape(
    shape,
    inputShapeOf(card, { height: input.height, width: input.width }),
    `model ${card.id}, input "${name}"`,
  );
  return name;
}

function requireImageSize({ inputs }: Runtime, input: Tensor, rgb: RgbRaster, card: ModelCard, id: string): void {
  requireShape(
    inputs[0].shape,
    input.shape,
    `model ${card.id}, sample ${id} of ${rgb.width}x${rgb.height} (width x height)`,
  );
}

function requireShape(has: readonly (number | undefined)[], given: readonly number[], where: string): void {
  if (has.length === given.length && has.every((size, axis) => size === undefined || size === given[axis])) return;
  throw new ResourceError(
    `${where}: the network takes [${has.map((size) => size ?? 'any').join(', ')}], the card makes [${given.join(', ')}]; ` +
      "set input.width, input.height and input.layout in the card to the network's",
  );
}
