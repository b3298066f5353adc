import type { Dataset, Split } from '../core/dataset.ts';
import type { DatasetCard, LoaderId } from './card.ts';
import { neededByFolder, openFolder, splitsOfFolder } from './folder.ts';
import { neededByKitti, openKitti, splitsOfKitti } from './kitti.ts';
import { neededByKittiObject, openKittiObject } from './kitti-object.ts';
import { neededByKittiSemantics, openKittiSemantics } from './kitti-semantics.ts';
import { splitsOfNames } from './name-lists.ts';
import { NYUDV2_SPLITS, neededByNyudv2, openNyudv2 } from './nyudv2.ts';
import { neededByNyudv2Png, openNyudv2Png, splitsOfNyudv2Png } from './nyudv2-png.ts';
import { type OpenRequest, requireSplit } from './request.ts';

/** How one layout on disk becomes samples. */
export interface Loader {
  /** Paths inside the data set's folder without which nothing can be opened. */
  needed(card: DatasetCard): string[];
  /** Splits that can be asked for. */
  splits(card: DatasetCard): readonly Split[];
  open(card: DatasetCard, request: OpenRequest): Promise<Dataset>;
}

/** Ties a loader to its branch of the card's union; the registry hands each card to the loader that it names. */
const loader = <C extends DatasetCard>(
  needed: (card: C) => string[],
  splits: (card: C) => readonly Split[],
  open: (card: C, request: OpenRequest) => Promise<Dataset>,
): Loader => ({
  needed: (card) => needed(card as C),
  splits: (card) => splits(card as C),
  open: async (card, request) => {
    requireSplit(card.id, request.split, splits(card as C));
    return open(card as C, request);
  },
});

/** Every layout; a card's `loader` names one. */
export const LOADERS: Readonly<Record<LoaderId, Loader>> = {
  nyudv2: loader(neededByNyudv2, () => NYUDV2_SPLITS, openNyudv2),
  'nyudv2-png': loader(neededByNyudv2Png, splitsOfNyudv2Png, openNyudv2Png),
  folder: loader(neededByFolder, splitsOfFolder, openFolder),
  kitti: loader(neededByKitti, splitsOfKitti, openKitti),
  'kitti-semantics': loader(neededByKittiSemantics, splitsOfNames, openKittiSemantics),
  'kitti-object': loader(neededByKittiObject, splitsOfNames, openKittiObject),
};

/** Paths inside the data set's folder that must be there. */
export const neededPaths = (card: DatasetCard): string[] => LOADERS[card.loader].needed(card);

/** Splits that the card has; `all` is the last. */
export const splitsOf = (card: DatasetCard): readonly Split[] => LOADERS[card.loader].splits(card);

/**
 * Opens a data set whose folder is known.
 * @throws UsageError when the card does not offer what is asked; ResourceError when the data are missing or damaged.
 */
export const openDataset = (card: DatasetCard, request: OpenRequest): Promise<Dataset> =>
  LOADERS[card.loader].open(card, request);
