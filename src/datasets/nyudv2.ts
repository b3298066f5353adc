import { join } from 'node:path';
import { ALL, type Dataset, type Sample, type SampleRef, type Split } from '../core/dataset.ts';
import { ResourceError } from '../core/errors.ts';
import type { Intrinsics } from '../core/intrinsics.ts';
import type { DepthTruth } from '../core/protocol.ts';
import { type Raster, sameSize } from '../core/raster.ts';
import { taxonomyNames } from '../core/taxonomies.ts';
import { type Hdf5File, openHdf5 } from '../formats/hdf5.ts';
import { type CardOf, isSampleCard } from './card.ts';
import { inOrder } from './in-order.ts';
import { type Frames, openFrames } from './mat-frames.ts';
import { readLabelRule, readSplit } from './nyudv2-maps.ts';
import { openFrameNormals, type ReadFrameNormals } from './nyudv2-normals.ts';
import { type OpenRequest, requireOffered } from './request.ts';
import { openSideFile, type SideFile } from './side-file.ts';
import { type DepthRule, mapLabels, markMissing, requireUnitNormals } from './truth.ts';

/** splits.mat knows no others. */
export const NYUDV2_SPLITS: readonly Split[] = ['train', 'test', ALL];
const CLASS_COUNTS: readonly (40 | 13)[] = [40, 13];
const DEPTHS: readonly DepthTruth[] = ['raw', 'inpainted'];

/**
 * The colour camera, from camera_params.m of the data set's toolbox: 518.857901, 519.469611, 325.582449, 253.736166.
 * MATLAB counts pixels from 1, this project from 0, hence the principal point less one.
 */
const COLOUR_CAMERA: Intrinsics = {
  fxPx: 518.85790117450188,
  fyPx: 519.46961112127485,
  cxPx: 325.58244941119034 - 1,
  cyPx: 253.73616633400465 - 1,
};
/** The size that it holds for. */
const COLOUR_SIZE = { height: 480, width: 640 };

const MATLAB_DEPTH: DepthRule = { invalid: 0, allowNaN: false };

export const neededByNyudv2 = (card: CardOf<'nyudv2'>): string[] => [card.labelled, card.splits, card.classMap40];

/** The field's name of a frame: its 1-based index of six digits, as in "000046.png". */
const sampleId = (index: number) => String(index + 1).padStart(6, '0');

/**
 * NYUDv2's labelled frames in the official file, MATLAB v7.3 (HDF5): images [N][3][W][H] uint8, depths (in-painted) and
 * rawDepths [N][W][H] float32 metres, labels [N][W][H] uint16 (0 = none, 1..894). Never the whole file in memory.
 *
 * A sample's group is its entry of `scenes`, e.g. "kitchen_0004" or "bedroom_0017a", letter and all: the letter parts
 * visits of one kind of room, and the official split keeps them apart as scenes of their own.
 *
 * @throws ResourceError on a damaged or truncated file, a missing dataset, shapes that disagree, or a bad split.
 */
export async function openNyudv2(card: CardOf<'nyudv2'>, request: OpenRequest): Promise<Dataset> {
  const { directory } = request;
  const classes = requireOffered(card.id, 'a class count of', request.classes, CLASS_COUNTS);
  const depthTruth = requireOffered(card.id, 'a depth of', request.depth, DEPTHS);
  const depthName = depthTruth === 'raw' ? 'rawDepths' : 'depths';
  const path = join(directory, card.labelled);
  const labelRule = await readLabelRule(directory, card, classes);
  const noNormals = card.normals
    ? `lay them into ${[card.normals.folder]
        .flat()
        .map((folder) => join(directory, folder))
        .join(', ')} as docs/data.md says (the official file has none)`
    : 'name their folder with "normals" in the data set card, as docs/data.md says (the official file has none)';
  const files: Hdf5File[] = [];
  const close = async () => {
    for (const file of files.splice(0)) file.close();
  };
  const open = async (name: string) => {
    const file = await openHdf5(name);
    files.push(file);
    return file;
  };

  try {
    const file = await open(path);
    const images = openFrames(file, path, 'images', 3, Uint8Array);
    const labels = openFrames(file, path, 'labels', 1, Uint16Array);
    const depths = openFrames(file, path, depthName, 1, Float32Array);
    requireSameFrames(path, images, { labels, [depthName]: depths });
    const side = await openSideFile(directory);
    if (side) files.push(side.file);
    const intrinsics = side?.intrinsics ?? (side || !sameSize(images, COLOUR_SIZE) ? undefined : COLOUR_CAMERA);
    const indices = await readSplit(join(directory, card.splits), request.split, images.count);
    const scenes = file.strings('scenes');
    if (scenes.length !== images.count)
      throw new ResourceError(`${path}: /scenes names ${scenes.length} frames, /images has ${images.count}`);

    const readNormals =
      (card.normals && (await openFrameNormals(directory, card.normals, { indices, size: images, idOf: sampleId }))) ??
      normalsOfSide(side, images);

    const samples = indices.map((index): SampleRef => ({ id: sampleId(index), group: scenes[index] }));
    const at = (name: string, index: number) => `${path}: /${name} of sample ${sampleId(index)}`;
    const load = (position: number): Sample => {
      const ref = samples[position];
      const index = indices[position];
      return {
        ...ref,
        image: async () => raster(images, index),
        segmentation: async () => mapLabels(raster(labels, index), labelRule, at('labels', index)),
        depth: async () => markMissing(raster(depths, index), MATLAB_DEPTH, at(depthName, index)),
        normals: async () => {
          if (!readNormals) throw new ResourceError(`${card.id} has no normals: ${noNormals}`);
          return readNormals(index);
        },
        ...(intrinsics && { intrinsics: async () => intrinsics }),
      };
    };

    const taxonomy = `nyud${classes}`;
    return {
      ...(!readNormals && { remedies: { normals: noNormals } }),
      info: {
        id: card.id,
        title: card.title,
        licence: card.licence.name,
        split: request.split,
        location: directory,
        isSample: isSampleCard(card) || (side?.isGenerated ?? false),
        officialCount: card.counts && new Map(Object.entries(card.counts)).get(request.split),
        tasks: readNormals ? ['segmentation', 'depth', 'normals'] : ['segmentation', 'depth'],
        taxonomy,
        classNames: taxonomyNames(taxonomy)!,
        depthTruth,
      },
      samples,
      load: (positions) => inOrder(samples.length, load, positions),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Exact normals of procedural data. */
function normalsOfSide(side: SideFile | undefined, images: Frames<Uint8Array>): ReadFrameNormals | undefined {
  if (!side) return undefined;
  const normals = openFrames(side.file, side.path, 'normals', 3, Float32Array);
  requireSameFrames(side.path, images, { normals });
  return async (index) =>
    requireUnitNormals(raster(normals, index), `${side.path}: /normals of sample ${sampleId(index)}`);
}

function raster<A extends Uint8Array | Uint16Array | Float32Array>(frames: Frames<A>, index: number): Raster<A> {
  const { height, width, channels } = frames;
  return { height, width, channels, data: frames.read(index) };
}

type Size = Pick<Frames<Uint8Array>, 'count' | 'height' | 'width'>;
const sizeOf = ({ count, height, width }: Size) => `${count} frames of ${height}x${width}`;

function requireSameFrames(path: string, images: Size, others: Readonly<Record<string, Size>>): void {
  for (const [name, frames] of Object.entries(others))
    if (sizeOf(frames) !== sizeOf(images))
      throw new ResourceError(`${path}: /${name} has ${sizeOf(frames)} (height x width), /images ${sizeOf(images)}`);
}
