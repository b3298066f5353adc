import type { Dataset } from '../core/dataset.ts';
import { DensebenchError, ResourceError } from '../core/errors.ts';
import type { RgbRaster } from '../core/raster.ts';
import { taxonomyNames } from '../core/taxonomies.ts';
import { type OpenedData, openForSuite } from '../datasets/open-for-suite.ts';
import { dataProgress } from '../run/data-progress.ts';
import type { RunSurroundings } from '../run/request.ts';
import { type Expert, openExpert } from './expert.ts';
import type { LabelRequest } from './request.ts';
import type { LayerTaxonomy } from './taxonomy.ts';

/** A split of the data set; where it offers several class lists, the one that is asked for. */
export const openData = (request: LabelRequest, split: string, surroundings: RunSurroundings): Promise<OpenedData> =>
  openForSuite(
    { id: request.data, split, classes: request.taxonomy === undefined ? undefined : classesOf(request.taxonomy) },
    { dataDir: request.dataDirectory, offline: request.offline, onProgress: dataProgress(surroundings) },
  );

const classesOf = (taxonomy: string) => taxonomyNames(taxonomy)?.length;

/** The experts and the judge, ready; what closes each is added to `closing`. */
export async function openExperts(
  request: LabelRequest,
  { taxonomy, classNames }: LayerTaxonomy,
  dataset: Dataset,
  surroundings: RunSurroundings,
  closing: (() => Promise<void>)[],
): Promise<{ readonly experts: readonly Expert[]; readonly judge?: Expert }> {
  const sight = await firstImage(dataset);
  const open = async (model: string) => {
    const expert = await openExpert(model, sight, {
      backend: request.backend,
      taxonomy,
      classCount: classNames?.length,
      openTrain: async () => (await openData(request, 'train', surroundings)).dataset,
    });
    closing.push(() => expert.close());
    return expert;
  };
  const experts: Expert[] = [];
  for (const model of request.experts) experts.push(await open(model));
  return { experts, ...(request.judge !== undefined && { judge: await open(request.judge) }) };
}

/** The first image that can be read: a damaged one must not stand in the way of the others. */
async function firstImage(dataset: Dataset): Promise<RgbRaster> {
  let first: DensebenchError | undefined;
  for await (const sample of dataset.load(dataset.samples.keys())) {
    try {
      return await sample.image();
    } catch (error) {
      if (!(error instanceof DensebenchError)) throw error;
      first ??= error;
    }
  }
  throw first ?? new ResourceError(`data set ${dataset.info.id}: no image can be read`);
}
