import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '../core/dataset.ts';
import { readRgb } from '../formats/image.ts';
import { readVelodyne } from '../formats/velodyne.ts';
import { SCAN_RULES, velodyneDepth } from '../kernels/velodyne-depth.ts';
import type { CardOf } from './card.ts';
import { fileDataset } from './file-dataset.ts';
import { readObjectCamera } from './kitti-camera.ts';
import { namesOfSplit, pngsOf, requireAll } from './name-lists.ts';
import { type OpenRequest, requireOffered } from './request.ts';

type Card = CardOf<'kitti-object'>;

const FOLDERS = ['image_2', 'velodyne', 'calib'] as const;

export const neededByKittiObject = ({ folder, lists }: Card): string[] => [
  ...FOLDERS.map((name) => `${folder}/${name}`),
  ...Object.values(lists ?? {}),
];

/**
 * Frames of KITTI's object benchmark: image_2/NNNNNN.png, velodyne/NNNNNN.bin, calib/NNNNNN.txt; depth is the scan in
 * the image. Scan and image are all the depth needs: the size of the image is not in the calibration.
 *
 * A sample's id is the name of its image; the drives are mixed, and each frame is a group of its own.
 */
export async function openKittiObject(card: Card, request: OpenRequest): Promise<Dataset> {
  const { directory, split } = request;
  const depthTruth = requireOffered(card.id, 'a depth of', request.depth, SCAN_RULES);
  const [imageFolder, scanFolder, calibFolder] = FOLDERS.map((name) => join(directory, card.folder, name));
  const images = await pngsOf(imageFolder);
  const names = await namesOfSplit(directory, card.lists?.[split], images, imageFolder);
  const scanOf = (name: string) => join(scanFolder, `${name}.bin`);
  const calibrationOf = (name: string) => join(calibFolder, `${name}.txt`);
  requireAll(scanFolder, 'scan', names, (name) => existsSync(scanOf(name)));
  requireAll(calibFolder, 'calibration', names, (name) => existsSync(calibrationOf(name)));
  const files = names.map((id) => ({ id, group: id, paths: { image: images.get(id)! } }));
  return fileDataset(card, request, {
    files,
    rules: {},
    tasks: ['depth'],
    taxonomy: 'unknown',
    classNames: [],
    depthTruth,
    officialCount: card.counts?.[split],
    own(position, sized) {
      const { id, paths } = files[position];
      return {
        async depth() {
          const camera = await readObjectCamera(calibrationOf(id));
          const { height, width } = sized(await readRgb(paths.image), paths.image);
          const points = await readVelodyne(scanOf(id));
          return velodyneDepth(points, { projection: camera.scanToImage, height, width }, depthTruth);
        },
        intrinsics: async () => (await readObjectCamera(calibrationOf(id))).intrinsics,
      };
    },
  });
}
