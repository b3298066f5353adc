import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ResourceError } from '../core/errors.ts';
import { type NormalsRaster, sameSize } from '../core/raster.ts';
import { readNormals, stemOf } from '../formats/maps.ts';
import { normalsEncodingOf } from '../formats/normals-encoding.ts';
import { filesByStem, someOf } from '../formats/stems.ts';
import type { CardOf } from './card.ts';
import { requireUnitNormals } from './truth.ts';

type Rule = NonNullable<CardOf<'nyudv2'>['normals']>;

/** Reads the normals of the frame with this index, from 0. */
export type ReadFrameNormals = (index: number) => Promise<NormalsRaster>;

/** What is asked: frames by index from 0, their size, and how a frame is called in messages. */
export interface WantedFrames {
  readonly indices: readonly number[];
  readonly size: { readonly height: number; readonly width: number };
  readonly idOf: (index: number) => string;
}

/**
 * Normals that lie beside NYUDv2's file, one file a frame, named by the frame's number. Undefined where the folders are
 * not there, or hold none of the frames that are wanted.
 * @throws ResourceError where some of the frames have normals and others none, a frame has two, or no file is named by
 * a number.
 */
export async function openFrameNormals(
  directory: string,
  rule: Rule,
  { indices, size, idOf }: WantedFrames,
): Promise<ReadFrameNormals | undefined> {
  const folders = [rule.folder].flat().map((folder) => join(directory, folder));
  const there = folders.filter((folder) => existsSync(folder));
  if (there.length === 0) return undefined;
  const files = await filesByIndex(there, rule);
  const missing = indices.filter((index) => !files.has(index));
  if (missing.length === indices.length) return undefined;
  if (missing.length > 0)
    throw new ResourceError(
      `${there.join(', ')}: no normals for ${missing.length} of ${indices.length} frames: ${someOf(missing.map(idOf))}`,
    );
  const options = {
    encoding: normalsEncodingOf(rule.encoding),
    encodingOption: 'normals.encoding in the data set card',
  };
  return async (index) => {
    const path = files.get(index)!;
    const normals = requireUnitNormals(await readNormals(path, options), path);
    if (!sameSize(normals, size))
      throw new ResourceError(
        `${path} is ${normals.height}x${normals.width} (height x width), the image of sample ${idOf(index)} ${size.height}x${size.width}`,
      );
    return normals;
  };
}

/** Frame index from 0 -> file. Files of other names are passed over: some hand-outs keep pictures in the same folder. */
async function filesByIndex(folders: readonly string[], { stem: pattern, first }: Rule): Promise<Map<number, string>> {
  const expression = new RegExp(pattern ?? '^(\\d+)$');
  const files = new Map<number, string>();
  for (const folder of folders) {
    const numbered = await filesByStem(folder, (name) => expression.exec(stemOf(name) ?? '')?.[1]);
    for (const [number, path] of numbered) {
      if (!/^\d+$/.test(number)) continue;
      const index = Number(number) - first;
      const other = files.get(index);
      if (other !== undefined) throw new ResourceError(`${other} and ${path} are of the same frame; keep one of them`);
      files.set(index, path);
    }
  }
  if (files.size === 0)
    throw new ResourceError(
      `${folders.join(', ')}: no file is named by the number of a frame (/${expression.source}/); set normals.stem in the data set card`,
    );
  return files;
}
