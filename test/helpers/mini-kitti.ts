import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodePng } from '../../src/formats/png.ts';

/** Size of the images of the mini tree, its one day, and its drives: two frames each. */
export const MINI_KITTI = { width: 8, height: 4, date: '2011_09_26', drives: [1, 2], framesPerDrive: 2 } as const;
const { width: W, height: H, date: DATE } = MINI_KITTI;

/** A camera of focal length 4 with its principal point at (4, 2) counted from 1, 8 x 4 pixels, on the scanner and looking forward. */
export const MINI_CALIBRATION = {
  'calib_cam_to_cam.txt': [
    'calib_time: 09-Jan-2012 13:57:47',
    `S_rect_02: ${W} ${H}`,
    `S_rect_03: ${W} ${H}`,
    'R_rect_00: 1 0 0 0 1 0 0 0 1',
    'P_rect_02: 4 0 4 0 0 4 2 0 0 0 1 0',
    'P_rect_03: 4 0 4 -4 0 4 2 0 0 0 1 0',
  ],
  'calib_velo_to_cam.txt': ['calib_time: 15-Mar-2012 11:37:16', 'R: 0 -1 0 0 0 -1 1 0 0', 'T: 0 0 0'],
};

export const driveOf = (number: number) => `${DATE}_drive_${String(number).padStart(4, '0')}_sync`;
export const frameName = (frame: number) => String(frame).padStart(10, '0');

/** The point of the scanner that the left camera sees at this pixel (counted from 1, as the field projects), z metres off. */
export function pointAt(row: number, column: number, z: number): [number, number, number, number] {
  return [z, (-(column + 1 - 4) * z) / 4, (-(row + 1 - 2) * z) / 4, 0.5];
}

/** One point a pixel but for column 0; its depth is a closed form of frame and place. */
export const miniDepth = (frame: number, row: number, column: number) => 5 + frame + row / 4 + column / 8;

export const miniScan = (frame: number): number[] =>
  Array.from({ length: W * H }, (_, i) => [Math.floor(i / W), i % W] as const).flatMap(([row, column]) =>
    column === 0 ? [] : pointAt(row, column, miniDepth(frame, row, column)),
  );

export const scanBytes = (numbers: readonly number[]) => new Uint8Array(Float32Array.from(numbers).buffer);

export function writer(directory: string) {
  return (name: string, content: Uint8Array | string): void => {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  };
}

/** Annotated depth, stored: 256 units a metre, 0 in column 1. */
export const miniAnnotated = (frame: number) =>
  Uint16Array.from({ length: W * H }, (_, i) =>
    i % W === 1 ? 0 : 256 * miniDepth(frame, Math.floor(i / W), i % W) + 64,
  );

/** labelIds, every one of 0..33 in turn. */
export const miniLabels = (frame: number) => Uint8Array.from({ length: W * H }, (_, i) => (i + frame) % 34);

/**
 * KITTI's raw tree in small: images, scans, calibration, annotated depth (one drive in train, one in val), labelIds in
 * semantic/, and the list test_files.txt of all frames.
 */
export function writeMiniKitti(directory: string): void {
  const put = writer(directory);
  for (const [name, lines] of Object.entries(MINI_CALIBRATION)) put(`${DATE}/${name}`, `${lines.join('\n')}\n`);
  const list: string[] = [];
  let count = 0;
  for (const number of MINI_KITTI.drives) {
    const drive = driveOf(number);
    for (let frame = 0; frame < MINI_KITTI.framesPerDrive; frame++, count++) {
      const index = count;
      const size = { height: H, width: W };
      const rgb = Uint8Array.from({ length: 3 * W * H }, (_, i) => (7 * index + i) % 256);
      const image = `${DATE}/${drive}/image_02/data/${frameName(frame)}.png`;
      put(image, encodePng({ ...size, channels: 3, data: rgb }));
      put(`${DATE}/${drive}/velodyne_points/data/${frameName(frame)}.bin`, scanBytes(miniScan(index)));
      put(
        `data_depth_annotated/${number === 1 ? 'train' : 'val'}/${drive}/proj_depth/groundtruth/image_02/${frameName(frame)}.png`,
        encodePng({ ...size, channels: 1, data: miniAnnotated(index) }),
      );
      put(`semantic/${image}`, encodePng({ ...size, channels: 1, data: miniLabels(index) }));
      list.push(`${DATE}/${drive} ${frame} l`);
    }
  }
  put('test_files.txt', `${list.join('\n')}\n`);
}

/** The rest of the card of the mini tree. */
export const MINI_KITTI_CARD = {
  loader: 'kitti',
  lists: { test: 'test_files.txt' },
  dates: [DATE],
  semantic: 'semantic',
};

/** The layout of the object benchmark: four frames that the mini tree has. */
export function writeMiniObject(directory: string): void {
  const put = writer(directory);
  const calibration = [
    'P2: 4 0 4 0 0 4 2 0 0 0 1 0',
    'R0_rect: 1 0 0 0 1 0 0 0 1',
    'Tr_velo_to_cam: 0 -1 0 0 0 0 -1 0 1 0 0 0',
  ];
  for (let frame = 0; frame < 4; frame++) {
    const name = String(frame).padStart(6, '0');
    const rgb = Uint8Array.from({ length: 3 * W * H }, (_, i) => (7 * frame + i) % 256);
    put(`training/image_2/${name}.png`, encodePng({ height: H, width: W, channels: 3, data: rgb }));
    put(`training/velodyne/${name}.bin`, scanBytes(miniScan(frame)));
    put(`training/calib/${name}.txt`, `${calibration.join('\n')}\n\n`);
  }
}

/** KITTI's pixel-level semantics in small: four images with labelIds. */
export function writeMiniSemantics(directory: string): void {
  const put = writer(directory);
  for (let frame = 0; frame < 4; frame++) {
    const name = `${String(frame).padStart(6, '0')}_10.png`;
    const rgb = Uint8Array.from({ length: 3 * W * H }, (_, i) => (7 * frame + i) % 256);
    put(`training/image_2/${name}`, encodePng({ height: H, width: W, channels: 3, data: rgb }));
    put(`training/semantic/${name}`, encodePng({ height: H, width: W, channels: 1, data: miniLabels(frame) }));
  }
}
