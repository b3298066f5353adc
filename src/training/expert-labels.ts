import { canonicalJson, fingerprint, sha256 } from '../core/canonical.ts';
import type { Dataset } from '../core/dataset.ts';
import { UsageError } from '../core/errors.ts';
import type { TaughtLayer } from '../core/training.ts';
import { type LabelFilter, type LabelLayer, openLabelLayer } from '../datasets/label-layer.ts';
import { mergeLabels } from '../datasets/merge-labels.ts';
import { nearest } from './prepare.ts';
import type { RecipeData } from './recipe.ts';

/** What experts say of the images of a data set. */
export interface ExpertLabels {
  /** Of the class list of the layers; undefined without layers. */
  readonly classes: { readonly taxonomy: string; readonly count: number } | undefined;
  /** Image -> train ids at the recipe's size, 255 = none; where several layers say something, the first does. */
  readonly byImage: ReadonlyMap<number, Uint8Array>;
  /** Changes with whatever decides a label. */
  readonly identity: string;
  /** For the card of what learns from them. */
  readonly taught: readonly TaughtLayer[];
}

/**
 * @throws UsageError for layers of other images, or of other classes than each other; ResourceError for one that is not
 * there, damaged, or lacks an image.
 */
export async function expertLabels({ layers, input }: RecipeData, dataset: Dataset): Promise<ExpertLabels> {
  const byImage = new Map<number, Uint8Array>();
  const opened = await Promise.all(
    layers.map(async ({ folder, filter }) => ({ layer: await openLabelLayer(folder), filter })),
  );
  const [first] = opened;
  if (!first) return { classes: undefined, byImage, identity: '', taught: [] };
  for (const { layer } of opened) {
    requireSameImages(layer, dataset);
    requireSameClasses(layer, first.layer);
  }
  for (const [index, { id }] of dataset.samples.entries()) {
    const own = new Uint8Array(input.width * input.height);
    nearest(await mergedLabels(opened, id), input.width, input.height, own);
    byImage.set(index, own);
  }
  const { taxonomy, classNames } = first.layer.provenance;
  return {
    classes: { taxonomy, count: classNames.length },
    byImage,
    taught: opened.map(({ layer, filter }) => ({
      experts: layer.provenance.experts.map(({ id, weightsSha256 }) => ({
        id,
        ...(weightsSha256 !== undefined && { weightsSha256 }),
      })),
      ...(filter && { filter }),
    })),
    identity: fingerprint(opened.map(({ layer, filter }) => [layer.provenance, filter ?? null])),
  };
}

async function mergedLabels(
  layers: readonly { readonly layer: LabelLayer; readonly filter?: LabelFilter }[],
  id: string,
) {
  const labels = await Promise.all(layers.map(({ layer, filter }) => layer.labels(id, filter)));
  return labels.reduce((merged, more) => mergeLabels(merged, more, id));
}

/** Samples of many data sets have the same ids, so ids alone would let the labels of one lie over another. */
function requireSameImages({ folder, provenance: { data } }: LabelLayer, { info, samples }: Dataset): void {
  const own = { id: info.id, split: info.split, sampleIdsSha256: sha256(canonicalJson(samples.map(({ id }) => id))) };
  if (data.id !== own.id || data.split !== own.split)
    throw new UsageError(
      `label layer ${folder}: labels ${data.id}, split ${data.split}; the recipe lays it over ${own.id}, split ${own.split}`,
    );
  if (data.sampleIdsSha256 !== own.sampleIdsSha256)
    throw new UsageError(
      `label layer ${folder}: ${data.id} had other images when it was made (${data.count}, now ${samples.length}); label it again into another folder`,
    );
}

function requireSameClasses({ folder, provenance }: LabelLayer, first: LabelLayer): void {
  const own = [provenance.taxonomy, provenance.classNames];
  if (canonicalJson(own) !== canonicalJson([first.provenance.taxonomy, first.provenance.classNames]))
    throw new UsageError(
      `label layer ${folder}: its classes are those of "${provenance.taxonomy}", those of ${first.folder} of "${first.provenance.taxonomy}"; layers of one data set need one class list`,
    );
}
