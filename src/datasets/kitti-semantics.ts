import { join } from 'node:path';
import type { Dataset } from '../core/dataset.ts';
import { TAXONOMIES } from '../core/taxonomies.ts';
import { type CardOf, isSampleCard } from './card.ts';
import { fileDataset } from './file-dataset.ts';
import { KITTI6_OF_LABEL_IDS } from './kitti-labels.ts';
import { namesOfSplit, pngsOf, requireAll } from './name-lists.ts';
import { type OpenRequest, requireOffered } from './request.ts';
import { openSideFile } from './side-file.ts';

type Card = CardOf<'kitti-semantics'>;

export const neededByKittiSemantics = ({ folder, lists }: Card): string[] => [
  `${folder}/image_2`,
  `${folder}/semantic`,
  ...Object.values(lists ?? {}),
];

/**
 * KITTI's pixel-level semantics (2015): image_2/NNNNNN_10.png and semantic/NNNNNN_10.png of labelIds, as the six classes
 * of `kitti6`. The benchmark keeps its test labels to itself, so every image is one that others train on.
 *
 * A sample's id is the name of its image, e.g. "000000_10"; each is a scene of its own.
 */
export async function openKittiSemantics(card: Card, request: OpenRequest): Promise<Dataset> {
  const { directory, split } = request;
  const classNames = TAXONOMIES.kitti6;
  requireOffered(card.id, 'a class count of', request.classes, [classNames.length]);
  const [imageFolder, labelFolder] = ['image_2', 'semantic'].map((name) => join(directory, card.folder, name));
  const images = await pngsOf(imageFolder);
  const labels = await pngsOf(labelFolder);
  const names = await namesOfSplit(directory, card.lists?.[split], images, imageFolder);
  requireAll(labelFolder, 'labels', names, (name) => labels.has(name));
  const side = await openSideFile(directory);
  side?.file.close();
  return fileDataset(card, request, {
    files: names.map((id) => ({ id, group: id, paths: { image: images.get(id)!, segmentation: labels.get(id)! } })),
    rules: { segmentation: KITTI6_OF_LABEL_IDS },
    tasks: ['segmentation'],
    taxonomy: 'kitti6',
    classNames,
    depthTruth: 'as-given',
    isSample: isSampleCard(card) || (side?.isGenerated ?? false),
    officialCount: card.counts?.[split],
  });
}
