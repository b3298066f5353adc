import { findModelCard, type ModelCard } from '../backends/model-card.ts';
import { inputShapeOf } from '../backends/network-predictor.ts';
import { openPredictor } from '../backends/open.ts';
import { planesOf, type Size } from '../backends/postprocess.ts';
import { readAs } from '../backends/slices.ts';
import { fingerprint } from '../core/canonical.ts';
import type { Dataset } from '../core/dataset.ts';
import { UsageError } from '../core/errors.ts';
import type { Tensor } from '../core/predictor.ts';
import type { RgbRaster } from '../core/raster.ts';
import type { ExpertProvenance } from '../datasets/label-layer-provenance.ts';
import { cacheDirectory } from '../download/cache-directory.ts';
import type { Opinion } from './annotate.ts';
import { probabilityRows } from './probability-rows.ts';

/** A network that labels images. */
export interface Expert {
  readonly provenance: ExpertProvenance;
  /** What it says of an image, and of its mirror image where that is asked for. `id` names the sample in errors. */
  look(image: RgbRaster, id: string, wantsMirror: boolean): Promise<Opinion>;
  /** The train id of each class of its probabilities, ascending; 255 = none. */
  readonly classIds: readonly number[];
  close(): Promise<void>;
}

/** A backend and its options. */
export type ExpertBackend = { readonly id: string; readonly [option: string]: unknown };

export interface ExpertContext {
  readonly backend: ExpertBackend;
  /** The class list to label with, where it is known: it chooses among the slices of a network of several data sets. */
  readonly taxonomy: string | undefined;
  readonly classCount: number | undefined;
  /** A network of int8 observes its ranges on training images. */
  openTrain(): Promise<Dataset>;
}

/**
 * @param model id of a model card or path to one
 * @param sight any image of the data set: what the network makes of it tells its classes
 * @throws UsageError for a model without logits of a segmentation; as openPredictor does.
 */
export async function openExpert(model: string, sight: RgbRaster, context: ExpertContext): Promise<Expert> {
  const { taxonomy, classCount, openTrain } = context;
  const { card: given } = findModelCard(model);
  requireLogits(given);
  const opened = await openPredictor(
    { id: `expert ${given.id}`, model, backend: context.backend },
    { cacheDirectory: cacheDirectory(), tasks: ['segmentation'], classCount, taxonomy, openTrain },
  );
  const { predictor } = opened;
  const card = readAs(given, taxonomy);
  const see = async (image: RgbRaster, id: string, isMirrored: boolean) => {
    const { raw } = await predictor.predict({ id, image: async () => image, wantsRaw: true });
    return rowsOf(raw?.segmentation as Tensor, card, image, isMirrored, id);
  };
  try {
    const { classIds } = await see(sight, 'the first', false);
    return {
      provenance: provenanceOf(card, fingerprint(given), predictor),
      classIds,
      async look(image, id, wantsMirror) {
        const { rows } = await see(image, id, false);
        return wantsMirror ? { rows, mirrored: (await see(mirrored(image), id, true)).rows } : { rows };
      },
      close: () => predictor.close(),
    };
  } catch (error) {
    await predictor.close();
    throw error;
  }
}

/** @throws UsageError for a model without logits of a segmentation. */
export function requireLogits({ id, outputs: { segmentation } }: ModelCard): void {
  if (!segmentation) throw new UsageError(`expert ${id}: its card has no segmentation; name a model that gives one`);
  if (segmentation.kind !== 'logits')
    throw new UsageError(
      `expert ${id}: it gives class ids, which say nothing of how sure it is; export the network with its logits as output`,
    );
}

function rowsOf(raw: Tensor, card: ModelCard, image: Size, isMirrored: boolean, id: string) {
  const { segmentation } = card.outputs;
  const { data, channels, height: h, width: w } = planesOf(raw, card.input.layout, `expert ${card.id}, sample ${id}`);
  const range = segmentation?.channels ?? { first: 0, count: channels };
  const { classIds, classOf } = classesOf(range.count, segmentation?.labelMap);
  const rows = probabilityRows({
    // Copied: the raw output lives until the next prediction.
    upsampling: { logits: data.slice(), channels, h, w, ...fedSize(card, image), kind: card.resize },
    image,
    channels: range,
    classOf,
    classes: classIds.length,
    isMirrored,
  });
  return { rows, classIds };
}

/** Train ids in ascending order, and for each channel the place of its own. */
export function classesOf(channels: number, labelMap: readonly number[] | undefined) {
  const idOf = labelMap ?? Array.from({ length: channels }, (_, c) => c);
  const classIds = [...new Set(idOf)].sort((a, b) => a - b);
  return { classIds, classOf: idOf.map((id) => classIds.indexOf(id)) };
}

/** What the output covers: the image, or what it was padded to. */
function fedSize(card: ModelCard, image: Size): Size {
  if (card.input.stride === undefined) return { height: image.height, width: image.width };
  const shape = inputShapeOf(card, image);
  const [height, width] = card.input.layout === 'nchw' ? shape.slice(2) : shape.slice(1, 3);
  return { height, width };
}

function mirrored({ height, width, channels, data }: RgbRaster): RgbRaster {
  const flipped = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++) flipped[(y * width + x) * 3 + c] = data[(y * width + width - 1 - x) * 3 + c];
  return { height, width, channels, data: flipped };
}

function provenanceOf(
  card: ModelCard,
  cardFingerprint: string,
  { card: ran, accuracyUndefined }: Awaited<ReturnType<typeof openPredictor>>['predictor'],
): ExpertProvenance {
  const { width, height, stride } = card.input;
  const { channels, labelMap } = card.outputs.segmentation ?? {};
  return {
    id: card.id,
    title: card.title,
    card: cardFingerprint,
    ...(ran.weightsSha256 !== undefined && { weightsSha256: ran.weightsSha256 }),
    ...(accuracyUndefined !== undefined && { accuracyUndefined }),
    backend: { id: ran.id, version: ran.version, device: ran.device },
    input: {
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
      ...(stride !== undefined && { stride }),
    },
    resize: card.resize,
    ...(channels && { channels }),
    ...(labelMap && { labelMap }),
  };
}
