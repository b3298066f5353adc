import { ResourceError } from '../core/errors.ts';
import type { ModelCard } from './model-card.ts';

/**
 * The card as a data set of this taxonomy is read by it: where it has slices, `channels` is that of the taxonomy. A
 * segmentation that nobody scores (no taxonomy) is read by the first.
 * @throws ResourceError naming the taxonomies of the card where that of the data set is none of them.
 */
export function readAs<C extends Pick<ModelCard, 'id' | 'outputs'>>(card: C, taxonomy: string | undefined): C {
  const { segmentation } = card.outputs;
  if (!segmentation?.slices) return card;
  const { slices } = segmentation;
  const names = Object.keys(slices);
  const chosen = taxonomy ?? names[0];
  if (!Object.hasOwn(slices, chosen))
    throw new ResourceError(
      `model ${card.id}, outputs.segmentation.slices: none for the data set's taxonomy "${chosen}", only for ${names.join(' and ')}`,
    );
  return { ...card, outputs: { ...card.outputs, segmentation: { ...segmentation, channels: slices[chosen] } } };
}
