import type { ModelCard } from '../backends/model-card.ts';
import type { DatasetInfo } from '../core/dataset.ts';
import { UsageError } from '../core/errors.ts';
import { taxonomyNames } from '../core/taxonomies.ts';

/** The class list of a label layer; names are undefined until an expert tells how many there are. */
export interface LayerTaxonomy {
  readonly taxonomy: string;
  readonly classNames?: readonly string[];
}

/**
 * The classes to label with: those of the data set where it has some, else what is asked for, else what the first expert
 * has alone.
 * @throws UsageError where the data set has other classes than those asked for, or the expert has several class lists and
 * nothing says which is meant.
 */
export function chooseTaxonomy(
  data: Pick<DatasetInfo, 'id' | 'taxonomy' | 'classNames'>,
  expert: Pick<ModelCard, 'id' | 'outputs'>,
  asked: string | undefined,
): LayerTaxonomy {
  if (data.classNames.length > 0) {
    if (asked !== undefined && asked !== data.taxonomy)
      throw new UsageError(
        `--taxonomy ${asked}: data set ${data.id} has classes of its own, ${data.taxonomy}; leave out --taxonomy`,
      );
    return { taxonomy: data.taxonomy, classNames: data.classNames };
  }
  const slices = Object.keys(expert.outputs.segmentation?.slices ?? {});
  if (asked === undefined && slices.length > 1)
    throw new UsageError(
      `data set ${data.id} has no classes, and expert ${expert.id} has those of ${slices.join(' and ')}: say with --taxonomy which to label with`,
    );
  const taxonomy = asked ?? slices[0] ?? `of ${expert.id}`;
  return { taxonomy, classNames: taxonomyNames(taxonomy) };
}

/**
 * The names of the classes that the experts give.
 * @param classIds train ids, 255 = none
 * @throws UsageError where an expert gives an id that the class list does not have.
 */
export function namesFor(
  { taxonomy, classNames }: LayerTaxonomy,
  classIds: readonly number[],
  expert: string,
): readonly string[] {
  const last = Math.max(-1, ...classIds.filter((id) => id !== 255));
  if (classNames === undefined) return Array.from({ length: last + 1 }, (_, id) => `class ${id}`);
  if (last >= classNames.length)
    throw new UsageError(
      `expert ${expert} gives class ${last}, but ${taxonomy} has ${classNames.length} classes; name another --taxonomy, or a labelMap in its card`,
    );
  return classNames;
}
