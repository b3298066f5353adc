import { catalogIds, readFromCatalog } from '../formats/catalog.ts';
import { type DatasetCard, datasetCardSchema } from './card.ts';

/** The ids of all cards, those of ./datasets and of the package. */
export const cardIds = (): string[] => catalogIds('datasets');

/**
 * The card of an id (./datasets/<id>.yaml first, then the package's own), or of a path to a YAML file.
 * @throws UsageError on an unknown id, with the nearest name, and on a card that breaks the schema or has another id.
 */
export const findCard = (idOrPath: string): DatasetCard =>
  readFromCatalog('datasets', 'data set', idOrPath, datasetCardSchema).value;
