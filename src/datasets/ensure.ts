import { type DatasetCard, generateOptions } from './card.ts';
import { GENERATORS } from './generators.ts';
import { destination, type LocateOptions, type Location, locate } from './locate.ts';

export type OnProgress = (done: number, total: number) => void;

/**
 * Where the data set lies; procedural data that are not there are made first. Data that would have to be downloaded
 * are not: what is missing is in the answer.
 */
export async function ensureData(
  card: DatasetCard,
  options: LocateOptions = {},
  onProgress?: OnProgress,
): Promise<Location> {
  const location = locate(card, options);
  const generate = generateOptions(card);
  if (!generate || location.missing.length === 0) return location;
  await GENERATORS[generate.world].generate(destination(card, options), generate, onProgress);
  return locate(card, options);
}
