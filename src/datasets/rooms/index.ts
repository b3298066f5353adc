import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mix } from '../../core/random.ts';
import { NYUD40_TO_13, TAXONOMIES } from '../../core/taxonomies.ts';
import { createHdf5 } from '../../formats/hdf5-write.ts';
import { encodeMat5 } from '../../formats/mat5.ts';
import { ROOM_KINDS } from '../../worlds/rooms/kinds.ts';
import { labelClasses, labelNames } from '../../worlds/rooms/labels.ts';
import type { RoomsOptions } from '../generate-schema.ts';
import { writable, writeGenerated } from '../generated-folder.ts';
import { renderAll } from '../render-all.ts';
import { createSideFile, SIDE_FILE } from '../side-file.ts';
import type { FrameJob, StoredFrame } from './stored-frame.ts';

/** Raised whenever a pixel or the layout changes: it names the cache folder. */
export const ROOMS_VERSION = 4;

export const ROOMS_FILES = [
  'nyu_depth_v2_labeled.mat',
  SIDE_FILE,
  'splits.mat',
  'classMapping40.mat',
  'class13Mapping.mat',
] as const;

/**
 * Makes the sample world: rooms in the official layout of NYUDv2's labelled set, with its splits and class maps, plus
 * densebench_side.h5 (exact normals, intrinsics, poses). Rendered by worker threads, written by this one.
 *
 * @throws ResourceError when the folder cannot be written.
 */
export async function generateRooms(
  directory: string,
  options: RoomsOptions,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  await writeGenerated(directory, ROOMS_FILES, (folder) => write(folder, options, onProgress));
}

interface Scene {
  readonly job: FrameJob;
  readonly scene: string;
}

/** Frames in the order of the file: the train split, then the test split. Scenes go through the kinds of room in turn. */
export function planFrames(options: RoomsOptions): Scene[] {
  const { train, test, width, height, seed, path, framesPerScene, outside } = options;
  const frames: Scene[] = [];
  for (const [split, count] of [train, test].entries())
    for (let i = 0; i < count; i++) {
      const visit = Math.floor(i / framesPerScene);
      const kind = ROOM_KINDS[visit % ROOM_KINDS.length];
      const number = visit * 2 + split + 1;
      frames.push({
        job: { seed: mix(mix(seed, split), visit), frame: i % framesPerScene, kind, width, height, path, outside },
        scene: `${kind}_${String(number).padStart(4, '0')}`,
      });
    }
  return frames;
}

async function write(
  folder: string,
  options: RoomsOptions,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const { width, height, train, test } = options;
  const frames = planFrames(options);
  const count = frames.length;
  const main = await createHdf5(join(folder, 'nyu_depth_v2_labeled.mat'), { matlab: true });
  const side = await createSideFile(folder, { maps: ['normals'], count, width, height });
  const plane = [width, height];
  const columns = {
    // A camera's noise hardly shrinks, and trying takes as long as all the other maps together.
    images: main.frames('images', [3, ...plane], count, { compress: false }),
    depths: main.frames('depths', plane, count),
    rawDepths: main.frames('rawDepths', plane, count),
    labels: main.frames('labels', plane, count),
    instances: main.frames('instances', plane, count),
  };
  await renderAll(
    'rooms',
    frames.map(({ job }) => job),
    (frame: StoredFrame, index) => {
      for (const [name, column] of Object.entries(columns)) column.append(frame[name as keyof typeof columns]);
      side.append(frame);
      onProgress?.(index + 1, count);
    },
  );
  side.close();
  main.strings('names', labelNames);
  main.strings(
    'scenes',
    frames.map(({ scene }) => scene),
  );
  main.strings(
    'sceneTypes',
    frames.map(({ job }) => job.kind),
  );
  main.strings(
    'rawRgbFilenames',
    frames.map(({ scene, job }) => `${scene}/r-${job.frame}.ppm`),
  );
  main.strings(
    'rawDepthFilenames',
    frames.map(({ scene, job }) => `${scene}/d-${job.frame}.pgm`),
  );
  main.close();

  const indices = (from: number, length: number) => Array.from({ length }, (_, i) => from + i + 1);
  const save = (name: string, bytes: Uint8Array) => writable(folder, () => writeFileSync(join(folder, name), bytes));
  save('splits.mat', encodeMat5({ trainNdxs: indices(0, train), testNdxs: indices(train, test) }));
  save(
    'classMapping40.mat',
    encodeMat5(
      { mapClass: labelClasses, className: [...TAXONOMIES.nyud40], allClassName: labelNames },
      { shape: 'row' },
    ),
  );
  save(
    'class13Mapping.mat',
    encodeMat5({ labels13: NYUD40_TO_13.map((id) => id + 1), classNames13: [...TAXONOMIES.nyud13] }, { shape: 'row' }),
  );
}
