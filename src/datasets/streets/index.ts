import { copyFileSync, linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mix } from '../../core/random.ts';
import type { StreetsOptions } from '../generate-schema.ts';
import { writable, writeGenerated } from '../generated-folder.ts';
import { imageStem, scanOf } from '../kitti-files.ts';
import { annotatedOf, frameName, type KittiFrame } from '../kitti-list.ts';
import { renderAll } from '../render-all.ts';
import { createSideFile, SIDE_FILE } from '../side-file.ts';
import { calibrationFiles } from './calibration.ts';
import type { FrameJob, StoredFrame } from './stored-frame.ts';

/** Raised whenever a pixel or the layout changes: it names the cache folder. */
export const STREETS_VERSION = 2;

/** No day on which KITTI was recorded. */
const DATE = '2000_01_01';
const SEMANTICS = 'data_semantics/training';

export const STREETS_FILES = [
  DATE,
  'data_depth_annotated',
  'semantic',
  `${SEMANTICS}/image_2`,
  `${SEMANTICS}/semantic`,
  'train_files.txt',
  'test_files.txt',
  'semantics_train.txt',
  'semantics_test.txt',
  SIDE_FILE,
] as const;

/** A drive holds the frames of one street. */
export interface PlannedFrame extends KittiFrame {
  readonly job: FrameJob;
  readonly split: 'train' | 'test';
}

/** Frames in the order of the side file: the train split, then the test split. */
export function planStreets(options: StreetsOptions): PlannedFrame[] {
  const { train, test, width, height, seed, path, framesPerScene } = options;
  return [train, test].flatMap((count, split) =>
    Array.from({ length: count }, (_, i): PlannedFrame => {
      const visit = Math.floor(i / framesPerScene);
      const frame = i % framesPerScene;
      return {
        job: { seed: mix(mix(seed ^ 0x57ee7, split), visit), frame, width, height, path },
        split: split === 0 ? 'train' : 'test',
        date: DATE,
        drive: `${DATE}_drive_${String(visit * 2 + split + 1).padStart(4, '0')}_sync`,
        frame: frameName(frame),
        camera: 2,
      };
    }),
  );
}

/**
 * Makes the sample world: streets in the layouts of KITTI's raw recordings, its annotated depth and its semantics (docs/
 * data.md lists the tree), plus densebench_side.h5 (exact depth and normals, intrinsics, poses). Rendered and encoded by
 * worker threads, written by this one.
 *
 * @throws ResourceError when the folder cannot be written.
 */
export async function generateStreets(
  directory: string,
  options: StreetsOptions,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  await writeGenerated(directory, STREETS_FILES, (folder) => write(folder, planStreets(options), options, onProgress));
}

async function write(
  folder: string,
  frames: readonly PlannedFrame[],
  { width, height }: StreetsOptions,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const count = frames.length;
  const save = (path: string, content: Uint8Array | string) =>
    writable(folder, () => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    });
  const names = frames.map(imageStem);
  const side = await createSideFile(folder, { maps: ['normals', 'depths'], names, count, width, height });
  let intrinsics: readonly number[] = [];
  await renderAll(
    'streets',
    frames.map(({ job }) => job),
    (frame: StoredFrame, index) => {
      const planned = frames[index];
      const image = `${imageStem(planned)}.png`;
      save(image, frame.image);
      save(`semantic/${image}`, frame.labels);
      save(scanOf(planned), frame.scan);
      const annotated = planned.split === 'train' ? 'train' : 'val';
      save(`data_depth_annotated/${annotated}/${annotatedOf(planned)}`, frame.annotated);
      share(folder, image, `${SEMANTICS}/image_2/${semanticsName(index)}.png`);
      share(folder, `semantic/${image}`, `${SEMANTICS}/semantic/${semanticsName(index)}.png`);
      side.append(frame);
      intrinsics = frame.intrinsics;
      onProgress?.(index + 1, count);
    },
  );
  side.close();
  for (const [name, text] of Object.entries(calibrationFiles(width, height, intrinsics))) save(`${DATE}/${name}`, text);
  for (const split of ['train', 'test'] as const) {
    const lines = (line: (frame: PlannedFrame, index: number) => string) =>
      frames.flatMap((frame, index) => (frame.split === split ? [`${line(frame, index)}\n`] : [])).join('');
    save(
      `${split}_files.txt`,
      lines(({ date, drive, frame }) => `${date}/${drive} ${frame} l`),
    );
    save(
      `semantics_${split}.txt`,
      lines((_, index) => semanticsName(index)),
    );
  }
}

const semanticsName = (index: number): string => `${String(index).padStart(6, '0')}_10`;

/** The same file under a second name, or a copy where the file system has no links. */
function share(folder: string, from: string, to: string): void {
  const [source, target] = [join(folder, from), join(folder, to)];
  writable(folder, () => {
    mkdirSync(dirname(target), { recursive: true });
    try {
      linkSync(source, target);
    } catch {
      copyFileSync(source, target);
    }
  });
}
