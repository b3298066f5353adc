import { z } from 'zod';
import { CAMERA_PATHS } from '../worlds/rooms/views.ts';
import { MOST_DRIVE_FRAMES, STREET_PATHS } from '../worlds/streets/views.ts';

/** Seeds and sizes are 32-bit numbers in the worlds. */
const whole = (least: number) => z.int().min(least).max(0x7fffffff);

/** Frames per split; no scene is in both. */
const frames = {
  train: whole(1).default(24),
  test: whole(1).default(24),
  seed: whole(0).default(1),
  framesPerScene: whole(1).default(2),
};

/** Rooms, in the layout of NYUDv2. */
export const roomsSchema = z.strictObject({
  world: z.literal('rooms'),
  ...frames,
  width: whole(16).default(640),
  height: whole(12).default(480),
  outside: z
    .literal('street')
    .optional()
    .meta({ description: 'behind every window, in place of a painted view; it is labelled as window all the same' }),
  path: z
    .enum(CAMERA_PATHS)
    .default('views')
    .meta({ description: 'views: unrelated views of each scene; walk: a camera that moves through it' }),
});

/** Streets, in the layout of KITTI. */
export const streetsSchema = z
  .strictObject({
    world: z.literal('streets'),
    ...frames,
    width: whole(32).default(1242),
    height: whole(16).default(375),
    path: z
      .enum(STREET_PATHS)
      .default('views')
      .meta({ description: 'views: places far apart in each street; drive: ten pictures a second along it' }),
  })
  .refine(({ path, framesPerScene }) => path !== 'drive' || framesPerScene <= MOST_DRIVE_FRAMES, {
    path: ['framesPerScene'],
    message: `a street ends after ${MOST_DRIVE_FRAMES} frames of a drive`,
  });

export type RoomsOptions = z.output<typeof roomsSchema>;
export type StreetsOptions = z.output<typeof streetsSchema>;
/** What densebench can make itself when it is missing. */
export type GenerateOptions = RoomsOptions | StreetsOptions;
